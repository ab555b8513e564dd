import type { Endpoint } from "./endpoint.js";
import { OpenFirst } from "./open-first.js";
import type { Strategy } from "./strategy.js";

/**
 * The less loaded of two different endpoints drawn at random ("power of two choices"), load being the leases that have not ended.
 * After Finagle's P2C. Constant time.
 */
export class TwoChoices implements Strategy {
  readonly kind: string = "p2c";
  readonly timed: boolean = false;
  readonly #members = new OpenFirst();
  readonly #random: () => number;

  /** `random`: uniform in [0, 1). */
  constructor(random: () => number) {
    this.#random = random;
  }

  rebuild(endpoints: readonly Endpoint[]): void {
    this.#members.rebuild(endpoints);
  }

  ranked(endpoint: Endpoint): void {
    this.#members.ranked(endpoint);
  }

  pick(now: number): Endpoint {
    return betterOfTwo(this.#members.list, this.#members.choice, this.#random, this, now);
  }

  loadOf(endpoint: Endpoint, _now: number): number {
    return endpoint.load;
  }

  started(_endpoint: Endpoint, _now: number): void {}

  ended(_endpoint: Endpoint, _now: number): void {}
}

type Loads = Pick<Strategy, "loadOf">;

/** Of two drawn from the first `size` of the list, at least one. Draws nothing when there is one alone. */
export function betterOfTwo(
  list: readonly Endpoint[],
  size: number,
  random: () => number,
  loads: Loads,
  now: number,
): Endpoint {
  if (size === 1) return list[0] as Endpoint;
  const first = Math.floor(random() * size);
  const second = secondIndex(first, Math.floor(random() * (size - 1)));
  return better(list[first] as Endpoint, list[second] as Endpoint, loads, now);
}

/** The second index out of a draw from one fewer: the first is skipped, so that the two always differ. */
export function secondIndex(first: number, draw: number): number {
  return draw >= first ? draw + 1 : draw;
}

/** `a` unless `b` is strictly better: by rank, then by load. */
export function better(a: Endpoint, b: Endpoint, loads: Loads, now: number): Endpoint {
  if (a.rank !== b.rank) return a.rank < b.rank ? a : b;
  return loads.loadOf(b, now) < loads.loadOf(a, now) ? b : a;
}
