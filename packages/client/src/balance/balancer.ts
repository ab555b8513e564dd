import type { Address, Clock } from "@namerkit/core";
import { Endpoint, endpointKey } from "./endpoint.js";
import { betterOfTwo } from "./two-choices.js";
import { WeightedDraw } from "./weighted.js";

/** Picks until an open endpoint turns up; after that the last one is taken as it is. Finagle's maxEffort. */
const MAX_EFFORT = 5;

/** How long a refused endpoint is passed over: uniform in [half, one and a half times] this, in milliseconds. */
const BUSY_MS = 1000;

export interface BalancerCounts {
  updates: number;
  rebuilds: number;
  adds: number;
  removes: number;
  maxEffortExhausted: number;
}

/** Endpoints of one weight. They share their traffic by least load; classes share by weight times size. */
interface WeightClass {
  readonly weight: number;
  readonly endpoints: Endpoint[];
}

/**
 * Least loaded of two random endpoints, over an address set that changes under it.
 *
 * Endpoints are told apart by ip:port: one that stays in the set keeps its load and its connections, whatever becomes of its
 * weight. One that leaves is never picked again and is reported to `closed` when its last lease ends.
 *
 * A refused endpoint is *busy* for about a second: it is picked only when nothing better turns up. One dead endpoint of five then
 * costs one refused connection a second instead of one per five requests. It knows nothing of failed responses.
 */
export class Balancer {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #closed: (address: Address) => void;
  #byKey = new Map<string, Endpoint>();
  /** Out of the set, with leases that have not ended. One that comes back in time is the same endpoint, with the same connections. */
  readonly #leaving = new Map<string, Endpoint>();
  #all: readonly Endpoint[] = [];
  #addresses: readonly Address[] = [];
  #classes: readonly WeightClass[] = [];
  #classDraw = new WeightedDraw([]);
  /** The time after which no endpoint is busy; 0 while none is, and then picking reads no clock. */
  #busyUntil = 0;
  readonly counts: BalancerCounts = { updates: 0, rebuilds: 0, adds: 0, removes: 0, maxEffortExhausted: 0 };

  constructor(clock: Clock, random: () => number, closed: (address: Address) => void) {
    this.#clock = clock;
    this.#random = random;
    this.#closed = closed;
  }

  /** Those in the set, in its order, each ip:port once. */
  get endpoints(): readonly Endpoint[] {
    return this.#all;
  }

  get addresses(): readonly Address[] {
    return this.#addresses;
  }

  /** Replaces the set. Of several addresses with the same ip:port the first counts. */
  update(addresses: readonly Address[]): void {
    this.counts.updates++;
    const next = new Map<string, Endpoint>();
    let rebuild = false;
    for (const address of addresses) {
      const key = endpointKey(address);
      if (next.has(key)) continue;
      const known = this.#byKey.get(key);
      if (known === undefined) {
        next.set(key, this.#comeBack(key, address) ?? new Endpoint(key, address));
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
    if (rebuild || next.size !== before.size) this.#rebuild();
    this.#addresses = this.#all.map((endpoint) => endpoint.address);
    for (const [key, endpoint] of before) if (!next.has(key)) this.#leave(endpoint);
  }

  /** The endpoint for the next request, its load not yet counted; undefined when the set is empty. */
  pick(): Endpoint | undefined {
    const classes = this.#classes;
    if (classes.length === 0) return undefined;
    const now = this.#busyNow();
    const drawn = classes.length === 1 ? 0 : this.#openClass(this.#classDraw.draw(this.#random), now);
    const { endpoints } = classes[drawn] as WeightClass;
    let picked = betterOfTwo(endpoints, this.#random, now);
    for (let effort = 1; picked.busyUntil > now && effort < MAX_EFFORT; effort++) {
      picked = betterOfTwo(endpoints, this.#random, now);
    }
    if (picked.busyUntil > now) this.counts.maxEffortExhausted++;
    return picked;
  }

  /** Like `pick` among those not in `tried`; undefined when all are. One that left and came back was tried all the same. */
  pickOther(tried: readonly Endpoint[]): Endpoint | undefined {
    const left = this.#all.filter((endpoint) => !tried.some((one) => one.key === endpoint.key));
    if (left.length === 0) return undefined;
    const now = this.#busyNow();
    const open = left.filter((endpoint) => endpoint.busyUntil <= now);
    return betterOfTwo(open.length > 0 ? open : left, this.#random, now);
  }

  /** Passes the endpoint over for a while: it refused a connection. */
  busy(endpoint: Endpoint): void {
    endpoint.busyUntil = this.#clock.now() + BUSY_MS * (0.5 + this.#random());
    this.#busyUntil = Math.max(this.#busyUntil, endpoint.busyUntil);
  }

  start(endpoint: Endpoint): void {
    endpoint.load++;
  }

  end(endpoint: Endpoint): void {
    endpoint.load--;
    if (!endpoint.leaving || endpoint.load > 0) return;
    this.#leaving.delete(endpoint.key);
    this.#closed(endpoint.address);
  }

  /** How many endpoints are busy now. */
  busyCount(): number {
    const now = this.#busyNow();
    let count = 0;
    for (const endpoint of this.#all) if (endpoint.busyUntil > now) count++;
    return count;
  }

  #leave(endpoint: Endpoint): void {
    endpoint.leaving = true;
    this.counts.removes++;
    if (endpoint.load === 0) this.#closed(endpoint.address);
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

  #rebuild(): void {
    this.counts.rebuilds++;
    this.#all = [...this.#byKey.values()];
    const classes = new Map<number, WeightClass>();
    for (const endpoint of this.#all) {
      const { weight } = endpoint.address;
      const mates = classes.get(weight);
      if (mates === undefined) classes.set(weight, { weight, endpoints: [endpoint] });
      else mates.endpoints.push(endpoint);
    }
    this.#classes = [...classes.values()];
    this.#classDraw = new WeightedDraw(this.#classes.map((one) => one.weight * one.endpoints.length));
  }

  /** The drawn class if it has an open endpoint, else the next one that has, else the drawn one. */
  #openClass(drawn: number, now: number): number {
    if (this.#busyUntil === 0) return drawn;
    const count = this.#classes.length;
    for (let step = 0; step < count; step++) {
      const at = (drawn + step) % count;
      if (this.#classes[at]?.endpoints.some((endpoint) => endpoint.busyUntil <= now)) return at;
    }
    return drawn;
  }

  /** The time, or 0 when no endpoint is busy. */
  #busyNow(): number {
    if (this.#busyUntil === 0) return 0;
    const now = this.#clock.now();
    if (now < this.#busyUntil) return now;
    this.#busyUntil = 0;
    for (const endpoint of this.#all) endpoint.busyUntil = 0;
    return 0;
  }
}
