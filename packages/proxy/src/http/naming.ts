import {
  type Identified,
  type Identifier,
  isNamerError,
  NamerError,
  type Path,
  type RequestHead,
} from "@namerkit/core";
import { hostPort } from "../upstream/connect.js";
import type { ProxiedHead } from "./request-head.js";
import { unknownDestination } from "./texts.js";

/** The name of a request, and the target to forward. */
export interface Named {
  readonly path: Path;
  readonly target: string;
}

interface From {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/**
 * Names a request; at once, unless an identifier has to wait. Throws, or rejects with, PROXY_UNKNOWN_DESTINATION with Linkerd's text,
 * PROXY_BAD_REQUEST if the request has been through too many proxies, or what the catalogue of an identifier failed with.
 */
export function named(
  head: ProxiedHead,
  identifiers: readonly Identifier[],
  maxCallDepth: number,
  from: From,
): Named | Promise<Named> {
  if (head.hops >= maxCallDepth) {
    const text = `Maximum number of calls (${maxCallDepth}) has been exceeded. Please check for proxy loops.`;
    throw new NamerError("PROXY_BAD_REQUEST", text);
  }
  const identified = identify(identifiers, 0, head, { unidentified: "the router has no identifier" });
  return identified instanceof Promise
    ? identified.then((one) => known(one, head, from))
    : known(identified, head, from);
}

function known(identified: Identified, head: ProxiedHead, from: From): Named {
  if ("path" in identified) return { path: identified.path, target: identified.target ?? head.target };
  const client = `/${hostPort(from.remoteAddress ?? "unknown", from.remotePort ?? 0)}`;
  const request = { method: head.method, url: head.target, from: client };
  throw new NamerError("PROXY_UNKNOWN_DESTINATION", unknownDestination(request, identified.unidentified));
}

/** The first identifier that knows the request names it; else the reason of the last, as Linkerd words it. */
function identify(
  identifiers: readonly Identifier[],
  from: number,
  head: RequestHead,
  before: Identified,
): Identified | Promise<Identified> {
  let last = before;
  for (let i = from; i < identifiers.length; i++) {
    const found = ask(identifiers[i] as Identifier, head);
    if (found instanceof Promise) {
      return found.then((one) => ("path" in one ? one : identify(identifiers, i + 1, head, one)));
    }
    last = found;
    if ("path" in last) return last;
  }
  return last;
}

function ask(identifier: Identifier, head: RequestHead): Identified | Promise<Identified> {
  try {
    const found = identifier.identify(head);
    return found instanceof Promise ? found.catch(reason) : found;
  } catch (thrown) {
    return reason(thrown);
  }
}

/** A catalogue that fails says nothing about the request. */
function reason(thrown: unknown): Identified {
  if (isNamerError(thrown) && thrown.code.startsWith("NAMER_")) throw thrown;
  return { unidentified: thrown instanceof Error ? thrown.message : String(thrown) };
}
