import type { Endpoint } from "./endpoint.js";
import { OpenFirst } from "./open-first.js";
import type { Strategy } from "./strategy.js";

/** Beyond these, sums lose what is added to them. */
const LIGHTEST = 1e-6;
const HEAVIEST = 1e6;

/** Endpoints of one weight: each has its turn. */
class Circle {
  readonly weight: number;
  readonly members = new OpenFirst();
  /** When it is served next, in a time that passes by one for each request to a weight of one. */
  due: number;
  #next: number;

  constructor(weight: number, due: number, next: number) {
    this.weight = weight;
    this.due = due;
    this.#next = next;
  }

  next(): Endpoint {
    const { members } = this;
    if (this.#next >= members.choice) this.#next = 0;
    return members.list[this.#next++] as Endpoint;
  }
}

/**
 * Each endpoint in turn, as often as its weight says, and evenly in between: a circle per weight, and the circle that is due first
 * is served (earliest deadline first). Constant time where weights are equal, else logarithmic in the number of different weights.
 *
 * Weights that are not positive count as none: such an endpoint is served only where no other is open. Loads are not looked at.
 */
export class RoundRobin implements Strategy {
  readonly kind = "round_robin";
  readonly timed = false;
  readonly #random: () => number;
  #circles = new Map<number, Circle>();
  readonly #home = new Map<Endpoint, Circle>();
  /** Those that take part now, as a heap by `due`. */
  #ready: Circle[] = [];
  #stale = false;
  #now = 0;

  /** `random`: for where to begin. */
  constructor(random: () => number) {
    this.#random = random;
  }

  rebuild(endpoints: readonly Endpoint[]): void {
    const byWeight = new Map<number, Endpoint[]>();
    for (const endpoint of endpoints) {
      const weight = endpoint.address.weight > 0 ? Math.min(Math.max(endpoint.address.weight, LIGHTEST), HEAVIEST) : 0;
      const mates = byWeight.get(weight);
      if (mates === undefined) byWeight.set(weight, [endpoint]);
      else mates.push(endpoint);
    }
    const before = this.#circles;
    this.#circles = new Map();
    this.#home.clear();
    for (const [weight, mates] of byWeight) {
      const circle = before.get(weight) ?? new Circle(weight, this.#now, Math.floor(this.#random() * mates.length));
      circle.members.rebuild(mates);
      this.#circles.set(weight, circle);
      for (const endpoint of mates) this.#home.set(endpoint, circle);
    }
    this.#stale = true;
  }

  ranked(endpoint: Endpoint): void {
    const circle = this.#home.get(endpoint);
    if (circle === undefined) return;
    circle.members.ranked(endpoint);
    this.#stale = true;
  }

  pick(_now: number): Endpoint {
    if (this.#stale) this.#refresh();
    const first = this.#ready[0] as Circle;
    this.#now = first.due;
    // A circle is due as often as its members together.
    if (this.#ready.length > 1) {
      first.due += 1 / (first.weight * first.members.choice);
      this.#down(0);
    }
    return first.next();
  }

  loadOf(endpoint: Endpoint, _now: number): number {
    return endpoint.load;
  }

  started(_endpoint: Endpoint, _now: number): void {}

  ended(_endpoint: Endpoint, _now: number): void {}

  /** Those with open members and a weight; else those with open members; else, by the same rule, whatever there is. */
  #refresh(): void {
    this.#stale = false;
    const all = [...this.#circles.values()];
    const open = all.filter((circle) => circle.members.open > 0);
    const some = open.length > 0 ? open : all;
    const weighty = some.filter((circle) => circle.weight > 0);
    this.#ready = weighty.length > 0 ? weighty : some;
    // Whoever was away has no claim on what was served meanwhile.
    for (const circle of this.#ready) circle.due = Math.max(circle.due, this.#now);
    for (let i = (this.#ready.length >> 1) - 1; i >= 0; i--) this.#down(i);
  }

  #down(from: number): void {
    const ready = this.#ready;
    for (let i = from; ; ) {
      const left = 2 * i + 1;
      if (left >= ready.length) return;
      const right = left + 1;
      const least = right < ready.length && (ready[right] as Circle).due < (ready[left] as Circle).due ? right : left;
      const [a, b] = [ready[i] as Circle, ready[least] as Circle];
      if (b.due >= a.due) return;
      ready[i] = b;
      ready[least] = a;
      i = least;
    }
  }
}
