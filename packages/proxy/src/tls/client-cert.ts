import type { Socket } from "node:net";
import { type PeerCertificate, TLSSocket } from "node:tls";

const known = new WeakMap<Socket, string>();

/**
 * What `x-forwarded-client-cert` says of the client at the other end of a socket, as Linkerd and Envoy write it; undefined where there is
 * no certificate, or none that the server's authority has signed.
 */
export function clientCert(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  let text = known.get(socket);
  if (text === undefined) {
    text = shown(socket.getPeerCertificate());
    known.set(socket, text);
  }
  return text === "" ? undefined : text;
}

function shown(certificate: PeerCertificate): string {
  if (certificate.fingerprint256 === undefined) return "";
  const names = certificate.subjectaltname?.split(", ") ?? [];
  const of = (kind: string): string[] =>
    names.filter((one) => one.startsWith(kind)).map((one) => one.slice(kind.length));
  const subject = Object.entries(certificate.subject ?? {}).flatMap(([key, value]) =>
    [value].flat().map((one) => `${key}=${one}`),
  );
  return [
    `Hash=${certificate.fingerprint256.replaceAll(":", "")}`,
    ...of("URI:").map((uri) => `SAN=${safe(uri)}`),
    ...of("DNS:").map((name) => `DNS=${safe(name)}`),
    `Subject="${safe(subject.reverse().join(","))}"`,
  ].join(";");
}

/** A certificate may hold anything; the header is read by others. */
function safe(text: string): string {
  return text.replace(/[^\x20-\x7e]|["\\;]/g, (char) => encodeURIComponent(char));
}
