import { NamerError } from "@namerkit/core";

/** The two halves of a request target: where the request goes, if the target says so, and what is asked there. */
export interface Target {
  /** From an absolute-form target; overrides Host (RFC 9112, 3.2.2). */
  readonly authority: string | undefined;
  /** Path and query, beginning with a slash. */
  readonly path: string;
}

const scheme = /^https?:\/\//i;

/** Splits a request target as it stood in the request line. Throws PROXY_BAD_REQUEST or PROXY_NOT_SUPPORTED. */
export function parseTarget(target: string): Target {
  // No client sends it, and servers differ over what it is: the end of the path, or a part of it.
  if (target.includes("#")) throw new NamerError("PROXY_BAD_REQUEST", "the request target has a fragment");
  if (target.charCodeAt(0) === 47) return { authority: undefined, path: target };
  const absolute = scheme.exec(target);
  if (absolute === null) {
    if (target === "*") throw new NamerError("PROXY_NOT_SUPPORTED", "OPTIONS * is not forwarded");
    throw new NamerError("PROXY_BAD_REQUEST", "the request target is neither a path nor an http URL");
  }
  const start = absolute[0].length;
  let end = start;
  while (end < target.length && !"/?#".includes(target.charAt(end))) end++;
  const authority = target.slice(start, end);
  if (authority === "") throw new NamerError("PROXY_BAD_REQUEST", "the request target has no host");
  if (authority.includes("@")) {
    throw new NamerError("PROXY_BAD_REQUEST", "the request target has user information before the host");
  }
  const rest = target.slice(end);
  return { authority, path: rest.startsWith("/") ? rest : `/${rest}` };
}

/** The target of a CONNECT: host and port, and nothing else (RFC 9112, 3.2.3). Throws PROXY_BAD_REQUEST. */
export function parseAuthority(target: string): Target {
  if (/^(?:[^\s/?#@:[\]]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}$/.test(target)) return { authority: target, path: "/" };
  throw new NamerError("PROXY_BAD_REQUEST", "the target of a CONNECT is not host:port");
}
