import { lookup as systemLookup } from "node:dns/promises";
import { isIP } from "node:net";
import { type Clock, messageOf, NamerError } from "@namerkit/core";
import { oneLine } from "./one-line.js";

/** All addresses of a host; rejects with an error whose `code` is a DNS error of Node (ENOTFOUND, EAI_AGAIN, …). */
export type DnsLookup = (host: string) => Promise<readonly string[]>;

/** The resolver of the operating system, which knows /etc/hosts and search domains. */
export const osLookup: DnsLookup = async (host) => {
  const found = await systemLookup(host, { all: true, verbatim: true });
  return found.map(({ address }) => address);
};

/**
 * Lookups with a deadline. They cannot be aborted, and a hung one occupies a thread of Node's small pool: a host whose lookup still
 * hangs is not asked again but waited for again, and there is a limit to how many may be on their way.
 */
export class Lookups {
  readonly #lookup: DnsLookup;
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #max: number;
  readonly #underWay = new Map<string, Promise<readonly string[]>>();

  constructor(lookup: DnsLookup, clock: Clock, deadlineMs: number, max: number) {
    this.#lookup = lookup;
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
    this.#max = max;
  }

  /** The addresses of a host, once each; undefined if there is no such host. @throws NamerError NAMER_UNAVAILABLE, or the signal's reason */
  async find(host: string, signal: AbortSignal): Promise<readonly string[] | undefined> {
    signal.throwIfAborted();
    const answer = this.#ask(host);
    const over = new AbortController();
    const stop = (): void => over.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    try {
      const late = this.#clock.sleep(this.#deadlineMs, over.signal).then(() => {
        throw new NamerError("NAMER_UNAVAILABLE", `DNS lookup of ${host}: no answer within ${this.#deadlineMs} ms`);
      });
      const ips = await Promise.race([answer, late]);
      // Link-local addresses with a zone mean nothing without it, and an Address has none.
      return [...new Set(ips)].filter((ip) => isIP(ip) !== 0 && !ip.includes("%"));
    } catch (thrown) {
      if (signal.aborted) throw signal.reason;
      if (isNotFound(thrown)) return undefined;
      if (thrown instanceof NamerError) throw thrown;
      const why = oneLine(messageOf(thrown), 200);
      throw new NamerError("NAMER_UNAVAILABLE", `DNS lookup of ${host}: ${why}`, { cause: thrown });
    } finally {
      signal.removeEventListener("abort", stop);
      over.abort();
    }
  }

  #ask(host: string): Promise<readonly string[]> {
    const already = this.#underWay.get(host);
    if (already !== undefined) return already;
    if (this.#underWay.size >= this.#max) {
      const message = `DNS lookup of ${host}: ${this.#max} lookups are under way already`;
      return Promise.reject(new NamerError("NAMER_UNAVAILABLE", message));
    }
    // Async, so that a lookup that throws at once rejects.
    const asked = (async () => this.#lookup(host))();
    this.#underWay.set(host, asked);
    const done = (): void => void this.#underWay.delete(host);
    // Both ways: what comes after the deadline is nobody's business, not even as a rejection.
    asked.then(done, done);
    return asked;
  }
}

function isNotFound(thrown: unknown): boolean {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  return code === "ENOTFOUND" || code === "ENODATA";
}
