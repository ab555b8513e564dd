import { list, object } from "../fields/containers.js";
import { type Fields, ignored, quiet } from "../fields/field.js";
import { kinded } from "../fields/kinded.js";
import { flag, integer, milliseconds, number, text } from "../fields/scalars.js";

/** `socketOptions`, the same on admin, servers and clients. */
export const socketOptions = ignored(
  object({
    noDelay: quiet(flag, "TCP_NODELAY. Default true."),
    reuseAddr: quiet(flag, "SO_REUSEADDR. Default true."),
    reusePort: quiet(flag, "SO_REUSEPORT. Default false."),
    readTimeoutMs: quiet(milliseconds, "How long a read may take."),
    writeTimeoutMs: quiet(milliseconds, "How long a write may take."),
    keepAlive: quiet(flag, "SO_KEEPALIVE."),
    backlog: quiet(integer(0), "Connections that may wait to be accepted."),
  }),
  "Options of the TCP sockets; ours are noDelay and keepAlive.",
);

/** TLS of what we connect to. */
export const clientTls = object({
  enabled: quiet(flag, "false takes TLS off again for this prefix. Default true."),
  disableValidation: quiet(flag, "Accepts any certificate. Default false."),
  commonName: quiet(text, "The name that the certificate has to carry."),
  trustCerts: quiet(list(text), "Files with certificates to trust."),
  trustCertsBundle: quiet(text, "One file with certificates to trust."),
  clientAuth: quiet(
    object({
      certPath: quiet(text, "Our own certificate."),
      keyPath: quiet(text, "Its key, PKCS#8 PEM."),
      intermediateCertsPath: quiet(text, "Certificates between it and the authority."),
    }),
    "What we show to the server.",
  ),
  protocols: quiet(list(text), "Versions of TLS."),
});

/** TLS of what connects to us. */
export const serverTls = object({
  enabled: quiet(flag, "Named in Linkerd's documentation."),
  certPath: quiet(text, "Our certificate."),
  keyPath: quiet(text, "Its key, PKCS#8 PEM."),
  intermediateCertsPath: quiet(text, "Certificates between it and the authority."),
  caCertPath: quiet(text, "The authority that client certificates have to come from."),
  ciphers: quiet(list(text), "Ciphers, in order of preference."),
  requireClientAuth: quiet(flag, "Refuses clients without a certificate. Default false."),
  protocols: quiet(list(text), "Versions of TLS."),
});

const constantOrJittered: Readonly<Record<string, Fields>> = {
  constant: { ms: quiet(milliseconds, "Every wait. Default 0.") },
  jittered: { minMs: quiet(milliseconds, "The shortest wait."), maxMs: quiet(milliseconds, "The longest wait.") },
};

export const backoff = kinded(constantOrJittered);

export const retryBudget = object({
  minRetriesPerSec: quiet(number(0), "Retries that are always allowed. Default 10."),
  percentCanRetry: quiet(number(0), "Retries per request, as a share: 0.2 is one in five. Default 0.2."),
  ttlSecs: quiet(integer(1), "How long an unspent retry is remembered. Default 10."),
});
