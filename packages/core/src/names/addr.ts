import type { NamerError } from "../errors.js";

/** One place to send requests to. Two addresses with equal ip and port are the same endpoint, whatever their weight or meta. */
export interface Address {
  /** An IPv4 or IPv6 literal, without brackets or zone. */
  readonly ip: string;
  /** 1 to 65535. */
  readonly port: number;
  /** Share of the traffic relative to the other endpoints; 1 unless the catalogue says otherwise. */
  readonly weight: number;
  readonly meta: Readonly<Record<string, string>>;
}

/** An endpoint that the catalogue knows by the name of its host only. A namer's author may answer it; requests go to what it resolves to. */
export interface HostAddress {
  /** A host name, such as db.example.com. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
  /** As in Address; each address that the host resolves to has it. */
  readonly weight: number;
  readonly meta: Readonly<Record<string, string>>;
}

/** What a catalogue may say of one endpoint. */
export type Endpoint = Address | HostAddress;

export type AddrMeta = Readonly<Record<string, string | number>>;

/** The addresses behind a bound name at one moment. An empty bound set and `neg` differ: Empty exists and has no members. */
export type Addr =
  | { readonly type: "bound"; readonly addresses: readonly Address[]; readonly meta: AddrMeta }
  | { readonly type: "neg" }
  | { readonly type: "pending" }
  | { readonly type: "failed"; readonly error: NamerError };

/** The metadata key under which binding records the weight of the union branch that a bound name came from. */
export const NAMETREE_WEIGHT = "namer_nametree_weight";

const noMeta = Object.freeze({});
const neg: Addr = Object.freeze({ type: "neg" });
const pending: Addr = Object.freeze({ type: "pending" });

export const Addr = {
  neg,
  pending,
  bound(addresses: readonly Address[], meta: AddrMeta = noMeta): Addr {
    return { type: "bound", addresses, meta };
  },
  failed(error: NamerError): Addr {
    return { type: "failed", error };
  },
  equals,
};

export function address(
  ip: string,
  port: number,
  options: { weight?: number; meta?: Record<string, string> } = {},
): Address {
  return { ip, port, weight: options.weight ?? 1, meta: options.meta ?? noMeta };
}

export function hostAddress(
  host: string,
  port: number,
  options: { weight?: number; meta?: Record<string, string> } = {},
): HostAddress {
  return { host, port, weight: options.weight ?? 1, meta: options.meta ?? noMeta };
}

function equals(a: Addr, b: Addr): boolean {
  if (a === b) return true;
  if (a.type === "bound" && b.type === "bound")
    return sameMeta(a.meta, b.meta) && sameAddresses(a.addresses, b.addresses);
  if (a.type === "failed" && b.type === "failed")
    return a.error.code === b.error.code && a.error.message === b.error.message;
  return a.type === b.type && a.type !== "bound" && a.type !== "failed";
}

/**
 * Equal as sets: order does not count; weight and meta do. Linear in the number of addresses, and what stands in the same place in both
 * costs no more than a look: sets are compared at each change of a catalogue, and most of each is what it was.
 */
export function sameAddresses(a: readonly Endpoint[], b: readonly Endpoint[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  const moved: number[] = [];
  for (let i = 0; i < a.length; i++) if (!sameAddress(a[i] as Endpoint, b[i] as Endpoint)) moved.push(i);
  if (moved.length === 0) return true;
  const counts = new Map<string, number>();
  for (const i of moved) {
    const key = addressKey(a[i] as Endpoint);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const i of moved) {
    const key = addressKey(b[i] as Endpoint);
    const left = counts.get(key) ?? 0;
    if (left === 0) return false;
    counts.set(key, left - 1);
  }
  return true;
}

function sameAddress(a: Endpoint, b: Endpoint): boolean {
  return a === b || (where(a) === where(b) && a.port === b.port && a.weight === b.weight && sameMeta(a.meta, b.meta));
}

/** No host name is also the text of an address. */
function where(one: Endpoint): string {
  return "ip" in one ? one.ip : one.host;
}

export function sameMeta(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  if (a === b) return true;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key]);
}

function addressKey(one: Endpoint): string {
  const keys = Object.keys(one.meta);
  if (keys.length === 0) return `${where(one)} ${one.port} ${one.weight}`;
  return `${where(one)} ${one.port} ${one.weight} ${JSON.stringify(keys.sort().map((key) => [key, one.meta[key]]))}`;
}
