import { WeightedDraw } from "../weighted-draw.js";
import { type Endpoint, OPEN, type Rank } from "./endpoint.js";
import type { Strategy } from "./strategy.js";

interface WeightClass {
  readonly weight: number;
  readonly strategy: Strategy;
  size: number;
  open: number;
}

/**
 * One strategy per weight, for those that compare loads: endpoints of one weight share by load, classes by weight times the number
 * of their open endpoints. (Linkerd counts those that are dead, too: the last one alive in a class then gets the traffic of all.)
 */
export class WeightClasses implements Strategy {
  readonly kind: string;
  readonly timed: boolean;
  readonly #make: () => Strategy;
  readonly #random: () => number;
  #classes = new Map<number, WeightClass>();
  readonly #home = new Map<Endpoint, WeightClass>();
  /** The only class, which needs no draw. */
  #only: Strategy | undefined;
  #drawn: readonly WeightClass[] = [];
  #draw: WeightedDraw | undefined;

  constructor(make: () => Strategy, random: () => number) {
    const { kind, timed } = make();
    this.kind = kind;
    this.timed = timed;
    this.#make = make;
    this.#random = random;
  }

  rebuild(endpoints: readonly Endpoint[]): void {
    const byWeight = new Map<number, Endpoint[]>();
    for (const endpoint of endpoints) {
      const { weight } = endpoint.address;
      const mates = byWeight.get(weight);
      if (mates === undefined) byWeight.set(weight, [endpoint]);
      else mates.push(endpoint);
    }
    const before = this.#classes;
    this.#classes = new Map();
    this.#home.clear();
    for (const [weight, mates] of byWeight) {
      const one = before.get(weight) ?? { weight, strategy: this.#make(), size: 0, open: 0 };
      one.size = mates.length;
      one.open = mates.filter((endpoint) => endpoint.rank === OPEN).length;
      one.strategy.rebuild(mates);
      this.#classes.set(weight, one);
      for (const endpoint of mates) this.#home.set(endpoint, one);
    }
    this.#drawn = [...this.#classes.values()];
    this.#only = this.#drawn.length === 1 ? this.#drawn[0]?.strategy : undefined;
    this.#draw = undefined;
  }

  ranked(endpoint: Endpoint, before: Rank): void {
    const one = this.#home.get(endpoint);
    if (one === undefined) return;
    one.strategy.ranked(endpoint, before);
    one.open += Number(endpoint.rank === OPEN) - Number(before === OPEN);
    this.#draw = undefined;
  }

  pick(now: number): Endpoint {
    if (this.#only !== undefined) return this.#only.pick(now);
    this.#draw ??= this.#shares();
    return (this.#drawn[this.#draw.draw(this.#random)] as WeightClass).strategy.pick(now);
  }

  loadOf(endpoint: Endpoint, now: number): number {
    return this.#of(endpoint)?.loadOf(endpoint, now) ?? 0;
  }

  started(endpoint: Endpoint, now: number): void {
    this.#of(endpoint)?.started(endpoint, now);
  }

  ended(endpoint: Endpoint, now: number): void {
    this.#of(endpoint)?.ended(endpoint, now);
  }

  measured(endpoint: Endpoint, now: number, tookMs: number, answered: boolean): void {
    this.#of(endpoint)?.measured?.(endpoint, now, tookMs, answered);
  }

  width(): number {
    let sum = 0;
    for (const { strategy, size } of this.#classes.values()) sum += Math.min(strategy.width?.() ?? size, size);
    return sum;
  }

  /** Undefined: it is no member any more. */
  #of(endpoint: Endpoint): Strategy | undefined {
    return this.#only ?? this.#home.get(endpoint)?.strategy;
  }

  /** Classes without open endpoints have no share while others have some. */
  #shares(): WeightedDraw {
    const open = this.#drawn.filter((one) => one.open > 0);
    if (open.length > 0) {
      this.#drawn = [...open, ...[...this.#classes.values()].filter((one) => one.open === 0)];
      return new WeightedDraw(open.map((one) => one.weight * one.open));
    }
    return new WeightedDraw(this.#drawn.map((one) => one.weight * one.size));
  }
}
