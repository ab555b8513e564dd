import { NamerError } from "../errors.js";
import { Addr, type Address, type AddrMeta } from "../names/addr.js";

/** What an author answers for a name: addresses, addresses with metadata, or undefined if there is no such thing. Empty is Neg too. */
export type Found =
  | readonly Address[]
  | { readonly addresses: readonly Address[]; readonly meta?: AddrMeta | undefined }
  | undefined;

export type Bound = Extract<Addr, { readonly type: "bound" }>;

/**
 * The same as a bound address set; undefined is Neg. An address that no request could be sent to is left out and counted as
 * "skipped"; if that is all of them the answer is not understood: a set must never become empty by a mistake.
 */
export function boundOf(found: Found, count: (name: string, n?: number) => void): Bound | undefined {
  if (found === undefined) return undefined;
  const list: unknown = isSet(found) ? found.addresses : found;
  if (!isList(list)) throw new NamerError("NAMER_ANSWER", "expected a list of addresses");
  const good = list.every(usable) ? list : list.filter(usable);
  if (good.length < list.length) count("skipped", list.length - good.length);
  if (good.length > 0) return Addr.bound(good, isSet(found) ? found.meta : undefined) as Bound;
  if (list.length > 0) throw new NamerError("NAMER_ANSWER", `none of ${list.length} addresses can be used`);
  return undefined;
}

function isSet(found: Found): found is { readonly addresses: readonly Address[]; readonly meta?: AddrMeta } {
  return typeof found === "object" && found !== null && "addresses" in found;
}

function isList(list: unknown): list is readonly Address[] {
  return Array.isArray(list);
}

/** Authors of JavaScript get no help from types. */
function usable(one: Address): boolean {
  return (
    typeof one?.ip === "string" &&
    one.ip !== "" &&
    Number.isInteger(one.port) &&
    one.port >= 1 &&
    one.port <= 65_535 &&
    one.weight >= 0 &&
    typeof one.meta === "object" &&
    one.meta !== null
  );
}
