import type { Address } from "@namerkit/core";
import type { Accrual, EndpointOutcome } from "../health/accrual.js";
import { BUSY, DEAD, Endpoint, endpointKey, OPEN, type Rank, type Use } from "./endpoint.js";
import type { Strategy } from "./strategy.js";
import { better } from "./two-choices.js";

/** How long a refused endpoint is passed over: uniform in [half, one and a half times] this, in milliseconds. */
const BUSY_MS = 1000;

export interface BalancerCounts {
  updates: number;
  rebuilds: number;
  adds: number;
  removes: number;
  /** Picks that found no endpoint open and took one all the same. */
  maxEffortExhausted: number;
}

export interface BalancerParts {
  readonly strategy: Strategy;
  readonly accrual: Accrual;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** An endpoint has left, and its last lease has ended. */
  closed(address: Address): void;
  /** All endpoints have come to be dead, or there is one that is not. An empty set has none that is dead. */
  allDead?(is: boolean): void;
}

/**
 * The endpoints of one client: the set as it changes, who is open, busy or dead, and what is under way. Which of them gets the next
 * request its strategy decides. Every `now` is the clock's; nothing here sets a timer.
 *
 * Endpoints are told apart by ip:port: one that stays in the set keeps its load, its record and its connections, whatever becomes of
 * its weight. One that leaves is never picked again and is reported to `closed` when its last lease ends.
 *
 * No request is refused because endpoints look bad: when none is open, those that are merely busy count as open again, and when all
 * are dead, the dead are picked.
 */
export class Balancer {
  readonly #strategy: Strategy;
  readonly #accrual: Accrual;
  readonly #parts: BalancerParts;
  #byKey = new Map<string, Endpoint>();
  /** Out of the set, with leases that have not ended. One that comes back in time is the same endpoint, with the same connections. */
  readonly #leaving = new Map<string, Endpoint>();
  #all: readonly Endpoint[] = [];
  #addresses: readonly Address[] = [];
  /** Members that are not open. */
  readonly #down = new Set<Endpoint>();
  /** The time at which the first of them may be picked again. */
  #wakeAt = Number.POSITIVE_INFINITY;
  /** Members that are taken for dead, being probed or not. */
  readonly #dead = new Set<Endpoint>();
  #allDead = false;
  readonly counts: BalancerCounts = { updates: 0, rebuilds: 0, adds: 0, removes: 0, maxEffortExhausted: 0 };

  constructor(parts: BalancerParts) {
    this.#strategy = parts.strategy;
    this.#accrual = parts.accrual;
    this.#parts = parts;
  }

  get strategy(): Strategy {
    return this.#strategy;
  }

  /** Those in the set, in its order, each ip:port once. */
  get endpoints(): readonly Endpoint[] {
    return this.#all;
  }

  get addresses(): readonly Address[] {
    return this.#addresses;
  }

  /** True while there are endpoints, and all are dead. */
  get allDead(): boolean {
    return this.#allDead;
  }

  /** Replaces the set. Of several addresses with the same ip:port the first counts. */
  update(addresses: readonly Address[], now: number): void {
    this.counts.updates++;
    const next = new Map<string, Endpoint>();
    let rebuild = false;
    for (const address of addresses) {
      const key = endpointKey(address);
      if (next.has(key)) continue;
      const known = this.#byKey.get(key);
      if (known === undefined) {
        next.set(key, this.#comeBack(key, address) ?? this.#newcomer(key, address, now));
        this.counts.adds++;
        rebuild = true;
      } else {
        rebuild ||= known.address.weight !== address.weight;
        known.address = address;
        next.set(key, known);
      }
    }
    const before = this.#byKey;
    this.#byKey = next;
    if (rebuild || next.size !== before.size) this.#rebuild(now);
    this.#addresses = this.#all.map((endpoint) => endpoint.address);
    for (const [key, endpoint] of before) if (!next.has(key)) this.#leave(endpoint);
    this.#noteDeaths();
  }

  /** False: `pick` and `start` do not look at the time now, and may be given 0. */
  get timed(): boolean {
    return this.#strategy.timed || this.#down.size > 0;
  }

  /** The endpoint for the next request, its load not yet counted; undefined when the set is empty. */
  pick(now: number): Endpoint | undefined {
    if (this.#all.length === 0) return undefined;
    if (now >= this.#wakeAt) this.#wake(now);
    const picked = this.#strategy.pick(now);
    return picked.rank === OPEN ? picked : this.#leastBad(picked, now);
  }

  /** Like `pick` among those not in `tried`; undefined when all are. One that left and came back was tried all the same. */
  pickOther(tried: readonly Endpoint[], now: number): Endpoint | undefined {
    if (now >= this.#wakeAt) this.#wake(now);
    const left = this.#all.filter((endpoint) => !tried.some((one) => one.key === endpoint.key));
    const best = left.reduce<number>((least, { rank }) => Math.min(least, rank), DEAD);
    const choice = left.filter(({ rank }) => rank === best);
    const draw = () => choice[Math.floor(this.#parts.random() * choice.length)];
    const [a, b] = [draw(), draw()];
    return a === undefined || b === undefined ? a : better(a, b, this.#strategy, now);
  }

  /** True if there is an endpoint whose next request would say something about it: one that is open, proven or not. */
  hasOpen(now: number): boolean {
    if (now >= this.#wakeAt) this.#wake(now);
    return this.#down.size < this.#all.length;
  }

  /** A request goes to the endpoint. `use` is to be handed back. */
  start(use: Use, endpoint: Endpoint, now: number): void {
    endpoint.load++;
    use.endpoint = endpoint;
    use.startedAt = now;
    use.deaths = endpoint.deaths;
    use.probe = endpoint.dead && endpoint.rank === OPEN;
    this.#strategy.started(endpoint, now);
    if (!use.probe) return;
    this.#accrual.probe(endpoint);
    this.#rank(endpoint, now);
  }

  /** What a request says about its endpoint; it may go on after that. `timed`: also by how long it took until now. */
  judge(use: Use, outcome: EndpointOutcome, now: number, timed = true): void {
    const endpoint = use.endpoint as Endpoint;
    // A refusal takes no time, and an endpoint is no faster for it.
    if (timed && outcome !== "refused") {
      this.#strategy.measured?.(endpoint, now, now - use.startedAt, outcome !== "ignorable");
    }
    const changed = this.#accrual.ended(endpoint, use, outcome, now, this.#all.length === 1);
    const busy = outcome === "refused" && !endpoint.dead;
    if (busy) endpoint.until = now + BUSY_MS * (0.5 + this.#parts.random());
    if (changed || busy) this.#rank(endpoint, now);
  }

  /** A request, already judged, is no longer the endpoint's load. */
  end(use: Use, now: number): void {
    const endpoint = use.endpoint as Endpoint;
    endpoint.load--;
    this.#strategy.ended(endpoint, now);
    if (!endpoint.leaving || endpoint.load > 0) return;
    this.#leaving.delete(endpoint.key);
    this.#parts.closed(endpoint.address);
  }

  /** How many endpoints are busy or dead now. */
  downCount(now: number): number {
    if (now >= this.#wakeAt) this.#wake(now);
    return this.#down.size;
  }

  /** The strategy's pick is not open, so none is. Those that only refused a connection are given their turn before the dead ones. */
  #leastBad(picked: Endpoint, now: number): Endpoint {
    this.counts.maxEffortExhausted++;
    let freed = false;
    for (const endpoint of this.#down) {
      if (endpoint.rank !== BUSY) continue;
      endpoint.until = now;
      this.#rank(endpoint, now);
      freed = true;
    }
    return freed ? this.#strategy.pick(now) : picked;
  }

  #newcomer(key: string, address: Address, now: number): Endpoint {
    const endpoint = new Endpoint(key, address);
    endpoint.stamp = now;
    this.#accrual.adopt(endpoint, now);
    return endpoint;
  }

  #leave(endpoint: Endpoint): void {
    endpoint.leaving = true;
    this.counts.removes++;
    if (endpoint.load === 0) this.#parts.closed(endpoint.address);
    else this.#leaving.set(endpoint.key, endpoint);
  }

  /** Two endpoints of one ip:port must never be: the end of the first would close what the second uses. */
  #comeBack(key: string, address: Address): Endpoint | undefined {
    const endpoint = this.#leaving.get(key);
    if (endpoint === undefined) return undefined;
    this.#leaving.delete(key);
    endpoint.leaving = false;
    endpoint.address = address;
    return endpoint;
  }

  #rebuild(now: number): void {
    this.counts.rebuilds++;
    this.#all = [...this.#byKey.values()];
    this.#down.clear();
    this.#dead.clear();
    this.#wakeAt = Number.POSITIVE_INFINITY;
    for (const endpoint of this.#all) {
      endpoint.rank = rankOf(endpoint, now);
      if (endpoint.rank !== OPEN) this.#noteDown(endpoint);
      if (endpoint.dead) this.#dead.add(endpoint);
    }
    this.#strategy.rebuild(this.#all);
  }

  /** `dead` or `until` have changed, or time has passed. */
  #rank(endpoint: Endpoint, now: number): void {
    const before = endpoint.rank;
    endpoint.rank = rankOf(endpoint, now);
    // One that has left may die, or live; when it comes back it is ranked anew.
    if (endpoint.leaving) return;
    if (endpoint.rank === OPEN) this.#down.delete(endpoint);
    else this.#noteDown(endpoint);
    if (endpoint.dead) this.#dead.add(endpoint);
    else this.#dead.delete(endpoint);
    if (endpoint.rank !== before) this.#strategy.ranked(endpoint, before);
    this.#noteDeaths();
  }

  #noteDown(endpoint: Endpoint): void {
    this.#down.add(endpoint);
    if (endpoint.until < this.#wakeAt) this.#wakeAt = endpoint.until;
  }

  #wake(now: number): void {
    this.#wakeAt = Number.POSITIVE_INFINITY;
    for (const endpoint of this.#down) {
      if (endpoint.until <= now) this.#rank(endpoint, now);
      else if (endpoint.until < this.#wakeAt) this.#wakeAt = endpoint.until;
    }
  }

  #noteDeaths(): void {
    const is = this.#all.length > 0 && this.#dead.size === this.#all.length;
    if (is === this.#allDead) return;
    this.#allDead = is;
    this.#parts.allDead?.(is);
  }
}

function rankOf(endpoint: Endpoint, now: number): Rank {
  if (endpoint.until <= now) return OPEN;
  return endpoint.dead ? DEAD : BUSY;
}
