import { NamerError } from "../errors.js";
import {
  Addr,
  type Address,
  type AddrMeta,
  type Endpoint,
  type HostAddress,
  sameAddresses,
  sameMeta,
} from "../names/addr.js";

/**
 * What an author answers for a name: endpoints, endpoints with metadata, or undefined if there is no such thing. Empty is Neg too.
 * Host names among them are resolved, and kept resolved, while the name is observed; that needs `inet` in the plug-in's environment.
 */
export type Found =
  | readonly Endpoint[]
  | { readonly addresses: readonly Endpoint[]; readonly meta?: AddrMeta | undefined }
  | undefined;

export type Bound = Extract<Addr, { readonly type: "bound" }>;

/** A set of which a part is known only by host name so far. */
export interface Hosted {
  readonly type: "hosted";
  readonly addresses: readonly Address[];
  /** At least one. */
  readonly hosts: readonly HostAddress[];
  readonly meta: AddrMeta | undefined;
}

export type Known = Bound | Hosted;

export interface FoundContext {
  count(name: string, n?: number): void;
  /** Whether host names can be used. */
  readonly resolves: boolean;
}

/**
 * The same as a set; undefined is Neg. An endpoint that no request could be sent to is left out and counted as "skipped"; if that is
 * all of them the answer is not understood: a set must never become empty by a mistake.
 */
export function knownOf(found: Found, { count, resolves }: FoundContext): Known | undefined {
  if (found === undefined) return undefined;
  const list: unknown = isSet(found) ? found.addresses : found;
  if (!isList(list)) throw new NamerError("NAMER_ANSWER", "expected a list of addresses");
  const meta = isSet(found) ? found.meta : undefined;
  if (list.length > 0 && list.every(isUsableAddress)) return Addr.bound(list, meta) as Bound;
  const addresses = list.filter(isUsableAddress);
  const named = list.filter(isUsableHost);
  const hosts = resolves ? named : [];
  const good = addresses.length + hosts.length;
  if (good < list.length) count("skipped", list.length - good);
  if (hosts.length > 0) return { type: "hosted", addresses, hosts, meta };
  if (good > 0) return Addr.bound(addresses, meta) as Bound;
  if (list.length === 0) return undefined;
  const why =
    named.length === 0 ? "" : `: ${named.length} are host names, and this program resolves none (PluginEnv.inet)`;
  throw new NamerError("NAMER_ANSWER", `none of ${list.length} addresses can be used${why}`);
}

/** Whether two sets say the same, in whatever order. */
export function sameKnown(a: Known, b: Known): boolean {
  if (a === b) return true;
  if (a.type === "bound" || b.type === "bound") return a.type === "bound" && b.type === "bound" && Addr.equals(a, b);
  return (
    sameAddresses(a.hosts, b.hosts) && sameAddresses(a.addresses, b.addresses) && sameMeta(a.meta ?? {}, b.meta ?? {})
  );
}

function isSet(found: Found): found is { readonly addresses: readonly Endpoint[]; readonly meta?: AddrMeta } {
  return typeof found === "object" && found !== null && "addresses" in found;
}

function isList(list: unknown): list is readonly Endpoint[] {
  return Array.isArray(list);
}

// Authors of JavaScript get no help from types.

function isUsableAddress(one: Endpoint): one is Address {
  return typeof one === "object" && one !== null && "ip" in one && isText(one.ip) && isUsable(one);
}

function isUsableHost(one: Endpoint): one is HostAddress {
  return typeof one === "object" && one !== null && !("ip" in one) && isText(one.host) && isUsable(one);
}

function isText(text: unknown): boolean {
  return typeof text === "string" && text !== "";
}

function isUsable(one: Endpoint): boolean {
  return (
    Number.isInteger(one.port) &&
    one.port >= 1 &&
    one.port <= 65_535 &&
    one.weight >= 0 &&
    typeof one.meta === "object" &&
    one.meta !== null
  );
}
