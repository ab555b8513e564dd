import type { Clock } from "@namerkit/core";
import { within } from "./range.js";

/** Linkerd's budget keys, with its defaults. */
export interface BudgetOptions {
  /** May always be tried again, however little traffic there is. Default 10. */
  readonly minRetriesPerSec?: number;
  /** The share of requests that may be tried again beyond that, 0 to 1000: 2 lets each be tried twice more. Default 0.2. */
  readonly percentCanRetry?: number;
  /** Over how long both are counted, 1 to 60 seconds. Default 10. */
  readonly ttlSecs?: number;
}

const SLICES = 10;
const DEPOSIT = 1000;
/** Of what is left, one request may take so much. */
const PER_REQUEST = 0.2;

/**
 * How much may be tried again: in each window of `ttlSecs`, `minRetriesPerSec` a second and a share of what was deposited. Keeps an
 * outage from multiplying the traffic. After Finagle's RetryBudget: a deposit is 1000 tokens, and a retry costs the whole number of
 * tokens that makes the share.
 */
export class RetryBudget {
  readonly #clock: Clock;
  readonly #deposit: number;
  /** What a retry costs. */
  readonly #cost: number;
  readonly #reserve: number;
  readonly #sliceMs: number;
  /** Net gain per slice, the newest at `#slice % SLICES`. */
  readonly #gains = new Float64Array(SLICES);
  #slice: number;

  /** Throws CLIENT_OPTIONS. */
  constructor(clock: Clock, { minRetriesPerSec = 10, percentCanRetry = 0.2, ttlSecs = 10 }: BudgetOptions = {}) {
    within("minRetriesPerSec", minRetriesPerSec, 0, Number.MAX_SAFE_INTEGER);
    within("percentCanRetry", percentCanRetry, 0, 1000);
    within("ttlSecs", ttlSecs, 1, 60);
    this.#clock = clock;
    this.#deposit = percentCanRetry === 0 ? 0 : DEPOSIT;
    this.#cost = percentCanRetry === 0 ? 1 : Math.floor(DEPOSIT / percentCanRetry);
    this.#reserve = minRetriesPerSec * ttlSecs * this.#cost;
    this.#sliceMs = (ttlSecs * 1000) / SLICES;
    this.#slice = Math.floor(clock.now() / this.#sliceMs);
  }

  /** A request that was no retry. `now` is the clock's, which the caller has at hand. */
  deposit(now: number): void {
    this.#turn(now);
    this.#gain(this.#deposit);
  }

  /** Takes one, if there is one. */
  withdraw(): boolean {
    if (this.balance() < 1) return false;
    this.#gain(-this.#cost);
    return true;
  }

  /** How many could be taken now. */
  balance(): number {
    this.#turn(this.#clock.now());
    let sum = this.#reserve;
    for (const gain of this.#gains) sum += gain;
    return Math.max(0, Math.floor(sum / this.#cost));
  }

  /** How many of them one request may take: Finagle's limit on requeues. */
  perRequest(): number {
    return Math.ceil(PER_REQUEST * this.balance());
  }

  #gain(tokens: number): void {
    const at = this.#slice % SLICES;
    this.#gains[at] = (this.#gains[at] as number) + tokens;
  }

  #turn(now: number): void {
    const slice = Math.floor(now / this.#sliceMs);
    if (slice <= this.#slice) return;
    if (slice - this.#slice >= SLICES) this.#gains.fill(0);
    else for (let at = this.#slice + 1; at <= slice; at++) this.#gains[at % SLICES] = 0;
    this.#slice = slice;
  }
}
