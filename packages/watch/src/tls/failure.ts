/** What OpenSSL and Node.js mean by their codes, for people who have a configuration to put right. */
const reasons: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: "the certificate is for another name",
  CERT_HAS_EXPIRED: "the certificate has expired",
  CERT_NOT_YET_VALID: "the certificate is not valid yet",
  CERT_REVOKED: "the certificate was revoked",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the certificate is signed by itself, and not among the trusted ones",
  SELF_SIGNED_CERT_IN_CHAIN: "the authority of the certificate is not trusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the authority of the certificate is not trusted",
  UNABLE_TO_GET_ISSUER_CERT: "the authority of the certificate is not trusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the authority of the certificate is not trusted",
  CERT_SIGNATURE_FAILURE: "the certificate is signed with another key than that of the trusted authority of this name",
  ERR_SSL_WRONG_VERSION_NUMBER: "the server does not speak TLS on this port",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "the server does not speak TLS on this port",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "no version of TLS is allowed on both sides",
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: "no version of TLS is allowed on both sides",
  ERR_SSL_NO_PROTOCOLS_AVAILABLE: "no version of TLS is allowed on both sides",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "the server asks for a client certificate",
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: "the server refuses the handshake; it may ask for a client certificate",
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: "the server refuses our client certificate",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "the server does not trust the authority of our client certificate",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: "our client certificate has expired",
};

/** Why TLS failed, in words; undefined if the error is not about TLS. Quotes names of the server's certificate, and no key. */
export function tlsReason(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
  const reason = reasons[code];
  if (reason !== undefined) return `TLS: ${reason} (${detailOf(thrown, code)})`;
  if (code.startsWith("ERR_SSL_")) return `TLS: ${wordsOf(thrown)} (${code})`;
  return undefined;
}

function detailOf(thrown: Error, code: string): string {
  if (code !== "ERR_TLS_CERT_ALTNAME_INVALID") return code;
  const names = "reason" in thrown && typeof thrown.reason === "string" ? thrown.reason : thrown.message;
  return `${code}: ${names}`;
}

/** OpenSSL's, without where in its sources they come from. */
function wordsOf(thrown: Error): string {
  return "reason" in thrown && typeof thrown.reason === "string" ? thrown.reason : "the handshake failed";
}
