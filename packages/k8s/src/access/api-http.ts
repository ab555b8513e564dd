import { createHttp, type Http, type HttpEnv, type HttpOptions, type TlsEnv, TlsMaterial } from "@namerkit/watch";
import type { Access } from "./access.js";

/** What speaks to the API: with HTTP/2 if it can, by the certificates and through the proxy of the access. */
export function apiHttp(
  { tls, pem, proxy, onCertificate }: Access,
  env: HttpEnv & TlsEnv,
  options: HttpOptions = {},
): Http {
  const material = tls === undefined ? undefined : new TlsMaterial(tls, env, pem);
  const http = createHttp(env, { ...options, tls: material, proxy, http2: true });
  onCertificate?.(() => http.reconnect());
  return http;
}
