import {
  Addr,
  address,
  type Clock,
  type InetResolver,
  type Logger,
  type Metrics,
  NamerError,
  noMetrics,
  type SourceStatus,
  type State,
  type Supervised,
  silentLog,
  supervise,
  Var,
  type WatchContext,
} from "@namerkit/core";
import { isHostName, literalAddress } from "./literals.js";
import { type DnsLookup, Lookups, osLookup } from "./lookups.js";
import { oneLine } from "./one-line.js";

export interface DnsOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** The operating system's resolver by default. */
  readonly lookup?: DnsLookup | undefined;
  /** How often an observed name is looked up again, in ms, give or take a tenth; 5,000 by default. */
  readonly refreshMs?: number | undefined;
  /** How long one lookup may take, in ms; 5,000 by default. */
  readonly deadlineMs?: number | undefined;
  /** How many names may be observed, and how many lookups under way, at once; 1,000 by default. Clients can invent names. */
  readonly maxNames?: number | undefined;
  readonly log?: Logger | undefined;
  readonly metrics?: Metrics | undefined;
}

export interface DnsResolver extends InetResolver {
  /** How fresh the addresses of a host are; undefined while nobody observes it, and for what needs no lookup. */
  statusOf(host: string): SourceStatus | undefined;
}

type Ips = readonly string[];

/**
 * Resolves `host:port` to live addresses. A host is looked up, once for all its ports, while somebody observes it; supervised like
 * every other source, so that failures are retried with back-off and paced.
 *
 * Literals need no lookup. A host that is not found is Neg, and any other failure is Failed after 5 s of trying; but once there were
 * addresses, the last good ones stay through failures of any kind, "not found" included: resolvers say that too when they lose their
 * own upstream. `statusOf` then says since when. A host that stops being observed is forgotten.
 */
export function dnsResolver(options: DnsOptions): DnsResolver {
  const hosts = new Hosts(options);
  const resolve = (host: string, port: number): Var<Addr> => {
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      return failed("WATCH_PORT_INVALID", `port out of range: ${port}`);
    }
    const literal = literalAddress(host);
    if (literal === undefined && isHostName(host)) return hosts.observe(host.toLowerCase(), port);
    if (literal === undefined || literal === "bad") {
      return failed("WATCH_HOST_INVALID", `neither a host name nor an address: ${oneLine(host, 80)}`);
    }
    return Var.value(Addr.bound([address(literal, port)]));
  };
  return Object.assign(resolve, { statusOf: (host: string) => hosts.statusOf(host.toLowerCase()) });
}

interface Host {
  readonly source: Supervised<Ips>;
  observers: number;
}

/** The hosts that are observed now. */
class Hosts {
  readonly #options: DnsOptions;
  readonly #lookups: Lookups;
  readonly #max: number;
  readonly #hosts = new Map<string, Host>();

  constructor(options: DnsOptions) {
    const { lookup = osLookup, clock, deadlineMs = 5_000, maxNames = 1_000 } = options;
    this.#options = options;
    this.#max = maxNames;
    this.#lookups = new Lookups(lookup, clock, deadlineMs, maxNames);
  }

  observe(name: string, port: number): Var<Addr> {
    return Var.async<Addr>(Addr.pending, (set, signal) => {
      const host = this.#hosts.get(name) ?? this.#make(name);
      if (host === undefined) {
        set(Addr.failed(new NamerError("NAMER_TOO_MANY_KEYS", `${this.#max} host names are being watched already`)));
        return;
      }
      host.observers++;
      let closed = false;
      const observation = host.source.activity.run.observe((state) => {
        if (!closed) set(addrOf(state, port));
      });
      signal.addEventListener("abort", () => {
        closed = true;
        observation.close();
        if (--host.observers === 0) this.#hosts.delete(name);
      });
    });
  }

  statusOf(name: string): SourceStatus | undefined {
    return this.#hosts.get(name)?.source.status.sample();
  }

  #make(name: string): Host | undefined {
    if (this.#hosts.size >= this.#max) return undefined;
    const { clock, random, log = silentLog, metrics = noMetrics } = this.#options;
    const lookups = this.#lookups;
    const { refreshMs = 5_000 } = this.#options;
    let known = false;
    async function* watch({ signal, request }: WatchContext): AsyncGenerator<Ips | undefined> {
      request(`DNS lookup of ${name}`);
      for (;;) {
        const ips = await lookups.find(name, signal);
        const found = ips !== undefined && ips.length > 0;
        // Thrown, so that the last good addresses stay and the status says why.
        if (!found && known) throw new NamerError("NAMER_UNAVAILABLE", `DNS lookup of ${name}: no longer found`);
        known ||= found;
        yield ips;
        await clock.sleep(refreshMs * (0.9 + 0.2 * random()), signal);
      }
    }
    const source = supervise<Ips>({ clock, random, log, metrics }, { lingerMs: 0 }, watch, {
      isEmpty: (ips) => ips.length === 0,
      equals: (a, b) => a.length === b.length && a.every((ip) => b.includes(ip)),
    });
    const host: Host = { source, observers: 0 };
    this.#hosts.set(name, host);
    return host;
  }
}

function addrOf(state: State<Ips | undefined>, port: number): Addr {
  if (state.status === "pending") return Addr.pending;
  if (state.status === "failed") return Addr.failed(state.error);
  return state.value === undefined ? Addr.neg : Addr.bound(state.value.map((ip) => address(ip, port)));
}

function failed(code: string, message: string): Var<Addr> {
  return Var.value(Addr.failed(new NamerError(code, message)));
}
