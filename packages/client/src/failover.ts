import type { Clock, Closable, Logger } from "@namerkit/core";
import type { ClientEntry } from "./client-entry.js";

/** An alternative that was dead is not used before this time is over, in milliseconds, whatever a probe says. */
const MIN_AWAY_MS = 5000;
/** If it dies again soon after, it stays away for twice as long, up to this. */
const MAX_AWAY_MS = 300_000;
/** So long after it came back, in milliseconds, dying is no relapse. */
const PROVEN_AFTER_MS = 60_000;

/** A client whose endpoints had all died. It is absent from every binding until it has proved itself. */
export interface Away {
  readonly client: ClientEntry;
  /** A request is on its way to it, to see whether it lives. */
  probing: boolean;
  /** A request has succeeded since. */
  proven: boolean;
}

interface AwayEntry extends Away {
  /** By the clock: not before this. */
  readonly until: number;
  timer: Closable | undefined;
}

interface Fall {
  backAt: number;
  readonly awayMs: number;
}

export interface FailoverEnv {
  readonly clock: Clock;
  readonly log: Logger | undefined;
}

/**
 * Failover on death: which bound names may be used. A name whose client has only dead endpoints is away: bindings then treat it as
 * if it did not exist, so that `a | b` falls to b. It comes back when a request to it has succeeded, and not before it was away for
 * some seconds; the more often it dies again, the longer. Requests are sent to it meanwhile by those bindings that have it as an
 * alternative, one at a time, as soon as failure accrual lets one of its endpoints be probed.
 */
export class Failover {
  readonly #env: FailoverEnv;
  readonly #away = new Map<string, AwayEntry>();
  readonly #falls = new WeakMap<ClientEntry, Fall>();
  readonly #askers = new Map<string, Set<() => void>>();

  constructor(env: FailoverEnv) {
    this.#env = env;
  }

  /** By client key. */
  away(key: string): Away | undefined {
    return this.#away.get(key);
  }

  /** Calls `changed` whenever the answer of `away` changes for this key. */
  watch(key: string, changed: () => void): Closable {
    const askers = this.#askers.get(key) ?? new Set();
    this.#askers.set(key, askers.add(changed));
    const close = (): void => {
      askers.delete(changed);
      if (askers.size === 0 && this.#askers.get(key) === askers) this.#askers.delete(key);
    };
    return { close, [Symbol.dispose]: close };
  }

  /** All endpoints of the client are dead now, or are not any more. */
  allDead(client: ClientEntry, is: boolean): void {
    const known = this.#away.get(client.key);
    if (known !== undefined) {
      if (known.client === client && is) this.#relapse(known);
      return;
    }
    // One that is not shared is gone with its request, and its name starts anew.
    if (!is || !client.shared || client.stopped) return;
    const now = this.#env.clock.now();
    const before = this.#falls.get(client);
    const again = before !== undefined && now - before.backAt < PROVEN_AFTER_MS;
    const awayMs = again ? Math.min(MAX_AWAY_MS, 2 * before.awayMs) : MIN_AWAY_MS;
    this.#falls.set(client, { backAt: Number.POSITIVE_INFINITY, awayMs });
    const entry = { client, until: now + awayMs, probing: false, proven: false, timer: undefined };
    this.#away.set(client.key, entry);
    this.#env.log?.warn(
      { client: client.key, forMs: awayMs },
      `every endpoint of ${client.key} is dead: it is passed over where there is an alternative`,
    );
    this.#tell(client.key);
  }

  /** A request to the client has succeeded. */
  succeeded(client: ClientEntry): void {
    const entry = this.#away.get(client.key);
    if (entry === undefined || entry.client !== client || entry.proven) return;
    entry.proven = true;
    const left = entry.until - this.#env.clock.now();
    if (left <= 0) this.#back(entry);
    else entry.timer = this.#env.clock.after(left, () => this.#back(entry));
  }

  /** The request that was to probe the client has ended. */
  probed(client: ClientEntry): void {
    const entry = this.#away.get(client.key);
    if (entry?.client === client) entry.probing = false;
  }

  /** The client is no more. */
  forget(client: ClientEntry): void {
    const entry = this.#away.get(client.key);
    if (entry?.client !== client) return;
    entry.timer?.close();
    this.#away.delete(client.key);
    this.#tell(client.key);
  }

  #back(entry: AwayEntry): void {
    const { client } = entry;
    if (client.parts.balancer.allDead) {
      this.#relapse(entry);
      return;
    }
    const fall = this.#falls.get(client);
    if (fall !== undefined) fall.backAt = this.#env.clock.now();
    this.#away.delete(client.key);
    this.#env.log?.info({ client: client.key }, `${client.key} is used again`);
    this.#tell(client.key);
  }

  #relapse(entry: AwayEntry): void {
    entry.proven = false;
    entry.timer?.close();
    entry.timer = undefined;
  }

  #tell(key: string): void {
    for (const changed of [...(this.#askers.get(key) ?? [])]) changed();
  }
}
