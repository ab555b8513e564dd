/** One place that backs a service: what is kept of an endpoint, and nothing else. */
export interface Backend {
  /** An address, or where the family is "FQDN" a host name. */
  readonly ip: string;
  /** It takes new connections. */
  readonly ready: boolean;
  /** It answers although it may be on its way out. */
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly node: string | undefined;
  readonly zone: string | undefined;
  /** The zones that it should serve, by topology hints. */
  readonly forZones: readonly string[] | undefined;
  /** Of a pod of a headless service. */
  readonly hostname: string | undefined;
}

const READY = 1;
const SERVING = 2;
const TERMINATING = 4;
/** By far the most. */
const WELL = READY | SERVING;

/** What is known of nodes without being said of each backend. */
export interface Zones {
  /** Of a node; undefined if none is known. */
  of(node: string | undefined): string | undefined;
  /** Whether a backend on this node is in this zone, as `of` says from now on at the latest. */
  isOf(node: string | undefined, zone: string | undefined): boolean;
}

type Column<V> = readonly (V | undefined)[] | undefined;

/**
 * The backends of one set, in columns: there are hundreds of thousands in a cluster, of which a proxy sends requests to a few. An IPv4
 * address is a number; a column in which nothing differs from the usual is not there, such as the zones if each is that of the node.
 */
export class Backends {
  readonly size: number;
  readonly #known: Zones;
  readonly #ips: readonly (number | string)[];
  readonly #flags: readonly number[] | undefined;
  readonly #nodes: Column<string>;
  readonly #zones: Column<string>;
  readonly #forZones: Column<readonly string[]>;
  readonly #hostnames: Column<string>;

  constructor(all: readonly Backend[], known: Zones) {
    const size = all.length;
    let ips: (number | string)[] = new Array(size);
    let [usual, nodes, zones, forZones, hostnames] = [true, false, false, false, false];
    for (let i = 0; i < size; i++) {
      const one = all[i] as Backend;
      ips[i] = numberOf(one.ip);
      if (flagsOf(one) !== WELL) usual = false;
      if (one.node !== undefined) nodes = true;
      if (!known.isOf(one.node, one.zone)) zones = true;
      if (one.forZones !== undefined) forZones = true;
      if (one.hostname !== undefined) hostnames = true;
    }
    if (ips.includes(-1)) ips = all.map(({ ip }) => ip);
    this.size = size;
    this.#known = known;
    this.#ips = ips;
    this.#flags = usual ? undefined : all.map(flagsOf);
    this.#nodes = nodes ? all.map(({ node }) => node) : undefined;
    this.#zones = zones ? all.map(({ zone }) => zone) : undefined;
    this.#forZones = forZones ? all.map((one) => one.forZones) : undefined;
    this.#hostnames = hostnames ? all.map(({ hostname }) => hostname) : undefined;
  }

  at(i: number): Backend {
    const ip = this.#ips[i] as number | string;
    const flags = this.#flags === undefined ? WELL : (this.#flags[i] as number);
    const node = this.#nodes?.[i];
    return {
      ip: typeof ip === "number" ? textOf(ip) : ip,
      ready: (flags & READY) !== 0,
      serving: (flags & SERVING) !== 0,
      terminating: (flags & TERMINATING) !== 0,
      node,
      zone: this.#zones === undefined ? this.#known.of(node) : this.#zones[i],
      forZones: this.#forZones?.[i],
      hostname: this.#hostnames?.[i],
    };
  }

  *[Symbol.iterator](): Generator<Backend, void, undefined> {
    for (let i = 0; i < this.size; i++) yield this.at(i);
  }
}

function flagsOf({ ready, serving, terminating }: Backend): number {
  return (ready ? READY : 0) | (serving ? SERVING : 0) | (terminating ? TERMINATING : 0);
}

const DOT = 46;
const ZERO = 48;

/** An IPv4 address as a number; -1 for what is none, or is not written as `textOf` writes it. */
function numberOf(ip: string): number {
  let number = 0;
  let part = 0;
  let digits = 0;
  let dots = 0;
  for (let i = 0; i < ip.length; i++) {
    const code = ip.charCodeAt(i);
    if (code === DOT) {
      if (digits === 0) return -1;
      number = number * 256 + part;
      part = 0;
      digits = 0;
      dots++;
      continue;
    }
    if (code < ZERO || code > ZERO + 9 || (digits > 0 && part === 0)) return -1;
    part = part * 10 + code - ZERO;
    digits++;
    if (part > 255) return -1;
  }
  return dots === 3 && digits > 0 ? number * 256 + part : -1;
}

function textOf(ip: number): string {
  return `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`;
}
