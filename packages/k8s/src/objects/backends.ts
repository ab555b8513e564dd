import { isIPv4 } from "node:net";

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

const none: readonly undefined[] = [];

/**
 * The backends of one set, in columns: there are hundreds of thousands in a cluster, of which a proxy sends requests to a few. An IPv4
 * address is a number; a column in which nothing differs from the usual is not there.
 */
export class Backends {
  readonly size: number;
  readonly #ips: readonly (number | string)[];
  readonly #flags: readonly number[] | undefined;
  readonly #nodes: readonly (string | undefined)[];
  readonly #zones: readonly (string | undefined)[];
  readonly #forZones: readonly (readonly string[] | undefined)[];
  readonly #hostnames: readonly (string | undefined)[];

  constructor(all: readonly Backend[]) {
    this.size = all.length;
    this.#ips = all.every(({ ip }) => isIPv4(ip)) ? all.map(({ ip }) => numberOf(ip)) : all.map(({ ip }) => ip);
    const flags = all.map(
      (one) => (one.ready ? READY : 0) | (one.serving ? SERVING : 0) | (one.terminating ? TERMINATING : 0),
    );
    this.#flags = flags.every((one) => one === WELL) ? undefined : flags;
    this.#nodes = column(all, (one) => one.node);
    this.#zones = column(all, (one) => one.zone);
    this.#forZones = column(all, (one) => one.forZones);
    this.#hostnames = column(all, (one) => one.hostname);
  }

  at(i: number): Backend {
    const ip = this.#ips[i] as number | string;
    const flags = this.#flags === undefined ? WELL : (this.#flags[i] as number);
    return {
      ip: typeof ip === "number" ? textOf(ip) : ip,
      ready: (flags & READY) !== 0,
      serving: (flags & SERVING) !== 0,
      terminating: (flags & TERMINATING) !== 0,
      node: this.#nodes[i],
      zone: this.#zones[i],
      forZones: this.#forZones[i],
      hostname: this.#hostnames[i],
    };
  }

  *[Symbol.iterator](): Generator<Backend, void, undefined> {
    for (let i = 0; i < this.size; i++) yield this.at(i);
  }
}

function column<V>(all: readonly Backend[], of: (one: Backend) => V | undefined): readonly (V | undefined)[] {
  return all.some((one) => of(one) !== undefined) ? all.map(of) : none;
}

function numberOf(ip: string): number {
  let number = 0;
  let part = 0;
  for (let i = 0; i < ip.length; i++) {
    const code = ip.charCodeAt(i);
    if (code === 46) {
      number = number * 256 + part;
      part = 0;
    } else part = part * 10 + code - 48;
  }
  return number * 256 + part;
}

function textOf(ip: number): string {
  return `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`;
}
