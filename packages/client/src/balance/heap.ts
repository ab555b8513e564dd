import { type Endpoint, OPEN } from "./endpoint.js";
import type { Strategy } from "./strategy.js";

/**
 * The least loaded of all: a binary heap over the leases that have not ended, the open ones before the others. Logarithmic per
 * request. Those equally loaded take turns as chance has it: one that becomes idle goes to a random place. After Finagle's
 * HeapLeastLoaded.
 */
export class Heap implements Strategy {
  readonly kind = "heap_least_loaded";
  readonly timed = false;
  readonly #random: () => number;
  #heap: Endpoint[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  rebuild(endpoints: readonly Endpoint[]): void {
    const heap = [...endpoints];
    this.#heap = heap;
    // Shuffled, so that not every process begins with the same one.
    for (let i = heap.length - 1; i > 0; i--) {
      const j = Math.floor(this.#random() * (i + 1));
      const one = heap[i] as Endpoint;
      heap[i] = heap[j] as Endpoint;
      heap[j] = one;
    }
    for (const [i, endpoint] of heap.entries()) endpoint.at = i;
    for (let i = (heap.length >> 1) - 1; i >= 0; i--) this.#down(i);
  }

  ranked(endpoint: Endpoint): void {
    if (this.#isMember(endpoint)) this.#settle(endpoint);
  }

  pick(_now: number): Endpoint {
    return this.#heap[0] as Endpoint;
  }

  loadOf(endpoint: Endpoint, _now: number): number {
    return endpoint.load;
  }

  started(endpoint: Endpoint, _now: number): void {
    if (this.#isMember(endpoint)) this.#down(endpoint.at);
  }

  ended(endpoint: Endpoint, _now: number): void {
    if (!this.#isMember(endpoint)) return;
    if (endpoint.load === 0 && endpoint.rank === OPEN) this.#scatter(endpoint);
    else this.#up(endpoint.at);
  }

  #isMember(endpoint: Endpoint): boolean {
    return this.#heap[endpoint.at] === endpoint;
  }

  #scatter(endpoint: Endpoint): void {
    const other = this.#heap[Math.floor(this.#random() * this.#heap.length)] as Endpoint;
    if (other === endpoint) {
      this.#settle(endpoint);
      return;
    }
    this.#swap(endpoint.at, other.at);
    this.#settle(other);
    this.#settle(endpoint);
  }

  #settle(endpoint: Endpoint): void {
    this.#up(endpoint.at);
    this.#down(endpoint.at);
  }

  #up(from: number): void {
    for (let i = from; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!before(this.#heap[i] as Endpoint, this.#heap[parent] as Endpoint)) return;
      this.#swap(i, parent);
      i = parent;
    }
  }

  #down(from: number): void {
    const heap = this.#heap;
    for (let i = from; ; ) {
      const left = 2 * i + 1;
      if (left >= heap.length) return;
      const right = left + 1;
      const least = right < heap.length && before(heap[right] as Endpoint, heap[left] as Endpoint) ? right : left;
      if (!before(heap[least] as Endpoint, heap[i] as Endpoint)) return;
      this.#swap(i, least);
      i = least;
    }
  }

  #swap(i: number, j: number): void {
    const a = this.#heap[i] as Endpoint;
    const b = this.#heap[j] as Endpoint;
    this.#heap[i] = b;
    b.at = i;
    this.#heap[j] = a;
    a.at = j;
  }
}

function before(a: Endpoint, b: Endpoint): boolean {
  return a.rank === b.rank ? a.load < b.load : a.rank < b.rank;
}
