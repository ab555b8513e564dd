import { type Identified, type Identifier, NamerError, type Path, type RequestHead } from "@namerkit/core";
import { hostPort } from "../upstream/connect.js";
import type { ProxiedHead } from "./request-head.js";
import { unknownDestination } from "./texts.js";

/**
 * The name of a request, and the target to forward. Throws PROXY_UNKNOWN_DESTINATION with Linkerd's text, or PROXY_BAD_REQUEST if
 * the request has been through too many proxies.
 */
export function named(
  head: ProxiedHead,
  identifiers: readonly Identifier[],
  maxCallDepth: number,
  from: { readonly remoteAddress?: string | undefined; readonly remotePort?: number | undefined },
): { readonly path: Path; readonly target: string } {
  if (head.hops >= maxCallDepth) {
    const text = `Maximum number of calls (${maxCallDepth}) has been exceeded. Please check for proxy loops.`;
    throw new NamerError("PROXY_BAD_REQUEST", text);
  }
  const identified = identify(identifiers, head);
  if ("path" in identified) return { path: identified.path, target: identified.target ?? head.target };
  const client = `/${hostPort(from.remoteAddress ?? "unknown", from.remotePort ?? 0)}`;
  const request = { method: head.method, url: head.target, from: client };
  throw new NamerError("PROXY_UNKNOWN_DESTINATION", unknownDestination(request, identified.unidentified));
}

/** The first identifier that knows the request names it; else the reason of the last, as Linkerd words it. */
function identify(identifiers: readonly Identifier[], head: RequestHead): Identified {
  let last: Identified = { unidentified: "the router has no identifier" };
  for (const identifier of identifiers) {
    try {
      last = identifier.identify(head);
    } catch (thrown) {
      last = { unidentified: thrown instanceof Error ? thrown.message : String(thrown) };
    }
    if ("path" in last) return last;
  }
  return last;
}
