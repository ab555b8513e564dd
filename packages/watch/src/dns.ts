import { lookup as systemLookup } from "node:dns/promises";
import { isIP, isIPv4 } from "node:net";
import {
  Addr,
  address,
  type Clock,
  type Closable,
  type InetResolver,
  messageOf,
  NamerError,
  Var,
} from "@namerkit/core";

/** All addresses of a host; rejects with a Node DNS error (`code` ENOTFOUND, …). */
export type DnsLookup = (host: string) => Promise<readonly string[]>;

export interface DnsOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** Default: the operating system's resolver. */
  readonly lookup?: DnsLookup | undefined;
  /** How often an observed name is asked again, in milliseconds, with a tenth of jitter. Default 5,000. */
  readonly refreshMs?: number | undefined;
  /** How long one lookup may take. Default 10,000. */
  readonly deadlineMs?: number | undefined;
  /** How many names are remembered; the oldest unobserved are forgotten. Default 10,000. */
  readonly maxNames?: number | undefined;
}

/**
 * Resolves `host:port` to live addresses, for /$/inet. A name is asked again while somebody observes it; observers share the asking.
 *
 * Literal addresses need no DNS. A host that is not known at first is Neg, any other failure at first is
 * Failed; after a success the last good addresses stay, whatever happens. Lookups cannot be aborted: a late one is ignored.
 */
export function dnsResolver(options: DnsOptions): InetResolver {
  const { maxNames = 10_000 } = options;
  const known = new Map<string, Var<Addr>>();
  return (host, port) => {
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      return failed(`port ${port} is outside 1 to 65535`);
    }
    if (isIP(host) !== 0) return Var.value(Addr.bound([address(host, port)]));
    if (host.length > 253 || !/^[\w.-]+$/.test(host)) return failed(`"${host.slice(0, 80)}" is not a host name`);
    const key = `${host.toLowerCase()}:${port}`;
    let found = known.get(key);
    if (found === undefined) {
      found = new Host(host, port, options).addr;
      // Forgetting a name that is observed does no harm: its observers keep what they have.
      if (known.size >= maxNames) known.delete(known.keys().next().value as string);
      known.set(key, found);
    }
    return found;
  };
}

function failed(message: string): Var<Addr> {
  return Var.value(Addr.failed(new NamerError("NAMER_CONFIG", message)));
}

const nodeLookup: DnsLookup = async (host) =>
  (await systemLookup(host, { all: true, verbatim: true })).map(({ address: ip }) => ip);

class Host {
  readonly addr: Var<Addr>;
  readonly #host: string;
  readonly #port: number;
  readonly #options: DnsOptions;
  #lastGood: Addr | undefined;

  constructor(host: string, port: number, options: DnsOptions) {
    this.#host = host;
    this.#port = port;
    this.#options = options;
    this.addr = Var.async<Addr>(Addr.pending, (set, signal) => this.#run(set, signal));
  }

  #run(set: (addr: Addr) => void, signal: AbortSignal): void {
    const { clock, random, refreshMs = 5_000 } = this.#options;
    let shown = this.#lastGood;
    let timer: Closable | undefined;
    if (shown !== undefined) set(shown);
    signal.addEventListener("abort", () => timer?.close(), { once: true });
    const ask = (): void => {
      this.#lookup(signal, (next) => {
        if (signal.aborted) return;
        timer = clock.after(refreshMs * (0.9 + 0.2 * random()), ask);
        const believed = next.type === "bound" ? next : (this.#lastGood ?? next);
        if (believed.type === "bound") this.#lastGood = believed;
        if (shown !== undefined && Addr.equals(shown, believed)) return;
        shown = believed;
        set(believed);
      });
    };
    ask();
  }

  /** Calls `done` exactly once, unless the signal aborts before. */
  #lookup(signal: AbortSignal, done: (addr: Addr) => void): void {
    const { clock, lookup = nodeLookup, deadlineMs = 10_000 } = this.#options;
    let settled = false;
    const settle = (addr: Addr): void => {
      if (settled) return;
      settled = true;
      timer.close();
      done(addr);
    };
    const timer = clock.after(deadlineMs, () => settle(this.#failed(`no answer within ${deadlineMs} ms`, undefined)));
    signal.addEventListener("abort", () => timer.close(), { once: true });
    Promise.resolve()
      .then(() => lookup(this.#host))
      .then(
        (ips) => settle(this.#answer(ips)),
        (error: unknown) => settle(notFound(error) ? Addr.neg : this.#failed(messageOf(error), error)),
      );
  }

  #answer(ips: readonly string[]): Addr {
    const good = [...new Set(ips)].filter((ip) => isIP(ip) !== 0);
    if (good.length === 0) return Addr.neg;
    good.sort((a, b) => Number(isIPv4(b)) - Number(isIPv4(a)) || (a < b ? -1 : 1));
    return Addr.bound(good.map((ip) => address(ip, this.#port)));
  }

  #failed(why: string, cause: unknown): Addr {
    return Addr.failed(
      new NamerError(
        "NAMER_UNAVAILABLE",
        `looking up ${this.#host} failed: ${why}`,
        cause === undefined ? {} : { cause },
      ),
    );
  }
}

function notFound(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === "ENOTFOUND" || code === "ENODATA";
}
