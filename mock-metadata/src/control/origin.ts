import type { IncomingHttpHeaders } from "node:http";

/**
 * Why a call is not carried out, if a page of somebody else may be behind it: browsers say where a page comes from (Origin,
 * Sec-Fetch-Site), and a page whose name has been made to lead to this machine (DNS rebinding) still has that name in Host.
 */
export function refusal(headers: IncomingHttpHeaders): string | undefined {
  const { host, origin, "sec-fetch-site": site } = headers;
  if (host === undefined || !isLoopback(host)) {
    return `calls are made to localhost, 127.0.0.1 or [::1], not to "${host ?? ""}"; where that is not so, send such a Host header`;
  }
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    return `calls from pages of "${origin}" are not carried out`;
  }
  if (site === "cross-site" || site === "same-site") return "calls from pages of others are not carried out";
  return undefined;
}

/** With or without port. */
function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i.test(host);
}
