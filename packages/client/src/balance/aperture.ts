import { type Endpoint, OPEN } from "./endpoint.js";
import type { Strategy } from "./strategy.js";
import { betterOfTwo } from "./two-choices.js";

export interface ApertureOptions {
  /** Over how long the load is averaged, in milliseconds. */
  readonly smoothWindowMs: number;
  /** At most so many requests an endpoint: the aperture narrows. */
  readonly lowLoad: number;
  /** At least so many requests an endpoint: the aperture widens. */
  readonly highLoad: number;
  readonly minAperture: number;
}

/**
 * The less loaded of two among the first few endpoints, in an order that is this process's own; so few that each has between
 * `lowLoad` and `highLoad` requests under way on average. A process then keeps few connections to a large set, and different
 * processes use different parts of it. After Finagle's aperture with a random order.
 *
 * The order goes by a hash of ip:port and of a number drawn once: endpoints that come and go leave the others in place. Those that
 * are not open stand behind.
 */
export class Aperture implements Strategy {
  readonly kind = "aperture_least_loaded";
  readonly timed = true;
  readonly #random: () => number;
  readonly #options: ApertureOptions;
  readonly #seed: number;
  #list: Endpoint[] = [];
  #open = 0;
  #width: number;
  /** Requests under way, to members. */
  #total = 0;
  #average = 0;
  #stamp: number | undefined;

  constructor(random: () => number, options: ApertureOptions) {
    this.#random = random;
    this.#options = options;
    this.#seed = Math.floor(random() * 0x1_0000_0000);
    this.#width = Math.max(1, options.minAperture);
  }

  rebuild(endpoints: readonly Endpoint[]): void {
    this.#total = 0;
    for (const endpoint of endpoints) {
      endpoint.order = hash(endpoint.key, this.#seed);
      this.#total += endpoint.load;
    }
    this.#list = endpoints.toSorted(before);
    this.#open = 0;
    for (const [i, endpoint] of this.#list.entries()) {
      endpoint.at = i;
      if (endpoint.rank === OPEN) this.#open++;
    }
  }

  ranked(endpoint: Endpoint): void {
    const list = this.#list;
    if (list[endpoint.at] !== endpoint) return;
    const wasOpen = endpoint.at < this.#open;
    if (wasOpen !== (endpoint.rank === OPEN)) this.#open += wasOpen ? -1 : 1;
    // Everybody else is in order: it moves past those that it no longer comes before, or after.
    let at = endpoint.at;
    for (; at > 0 && before(endpoint, list[at - 1] as Endpoint) < 0; at--) this.#put(list[at - 1] as Endpoint, at);
    for (; at + 1 < list.length && before(endpoint, list[at + 1] as Endpoint) > 0; at++) {
      this.#put(list[at + 1] as Endpoint, at);
    }
    this.#put(endpoint, at);
  }

  pick(now: number): Endpoint {
    const most = this.#open > 0 ? this.#open : this.#list.length;
    return betterOfTwo(this.#list, Math.min(this.#width, most), this.#random, this, now);
  }

  loadOf(endpoint: Endpoint, _now: number): number {
    return endpoint.load;
  }

  started(endpoint: Endpoint, now: number): void {
    if (this.#list[endpoint.at] === endpoint) this.#adjust(1, now);
  }

  ended(endpoint: Endpoint, now: number): void {
    if (this.#list[endpoint.at] === endpoint) this.#adjust(-1, now);
  }

  width(): number {
    return this.#width;
  }

  #adjust(delta: number, now: number): void {
    this.#total += delta;
    const { smoothWindowMs, lowLoad, highLoad, minAperture } = this.#options;
    if (this.#stamp === undefined) {
      this.#average = this.#total;
    } else {
      const kept = Math.exp(-Math.max(0, now - this.#stamp) / smoothWindowMs);
      this.#average = this.#average * kept + this.#total * (1 - kept);
    }
    this.#stamp = now;
    const most = Math.max(1, this.#list.length);
    const least = Math.min(Math.max(1, minAperture), most);
    const each = this.#average / this.#width;
    if (each >= highLoad) this.#width++;
    else if (each <= lowLoad) this.#width--;
    this.#width = Math.max(least, Math.min(this.#width, most));
  }

  #put(endpoint: Endpoint, at: number): void {
    this.#list[at] = endpoint;
    endpoint.at = at;
  }
}

function before(a: Endpoint, b: Endpoint): number {
  const aOpen = a.rank === OPEN;
  if (aOpen !== (b.rank === OPEN)) return aOpen ? -1 : 1;
  if (a.order !== b.order) return a.order - b.order;
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

/** FNV-1a with a final mix, 32 bits. */
function hash(text: string, seed: number): number {
  let h = (0x811c_9dc5 ^ seed) >>> 0;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x0100_0193);
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
