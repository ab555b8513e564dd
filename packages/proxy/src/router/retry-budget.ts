import type { RetryBudgetPlan } from "@namerkit/config";
import type { Clock } from "@namerkit/core";
import type { Budget } from "./retry-policy.js";

const slices = 10;

/** Linkerd's retry budget: within `ttlSecs`, so many a second and a share of the requests may be tried again. */
export class RetryBudget implements Budget {
  readonly #clock: Clock;
  readonly #reserve: number;
  readonly #share: number;
  readonly #sliceMs: number;
  readonly #gains = new Float64Array(slices);
  #slice: number;

  constructor(clock: Clock, { minRetriesPerSec, percentCanRetry, ttlSecs }: RetryBudgetPlan = defaults) {
    this.#clock = clock;
    this.#reserve = minRetriesPerSec * ttlSecs;
    this.#share = percentCanRetry;
    this.#sliceMs = (ttlSecs * 1_000) / slices;
    this.#slice = Math.floor(clock.now() / this.#sliceMs);
  }

  deposit(now: number): void {
    this.#turn(now);
    this.#gain(this.#share);
  }

  withdraw(): boolean {
    if (this.balance() < 1) return false;
    this.#gain(-1);
    return true;
  }

  balance(): number {
    this.#turn(this.#clock.now());
    let sum = this.#reserve;
    for (const gain of this.#gains) sum += gain;
    // Fifths do not add up exactly in binary.
    return Math.max(0, Math.floor(sum + 1e-6));
  }

  #gain(tokens: number): void {
    const at = this.#slice % slices;
    this.#gains[at] = (this.#gains[at] ?? 0) + tokens;
  }

  #turn(now: number): void {
    const slice = Math.floor(now / this.#sliceMs);
    if (slice <= this.#slice) return;
    if (slice - this.#slice >= slices) this.#gains.fill(0);
    else for (let at = this.#slice + 1; at <= slice; at++) this.#gains[at % slices] = 0;
    this.#slice = slice;
  }
}

const defaults: RetryBudgetPlan = { minRetriesPerSec: 10, percentCanRetry: 0.2, ttlSecs: 10 };
