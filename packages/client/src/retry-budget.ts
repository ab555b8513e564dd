import type { Clock } from "@namerkit/core";

const SLICES = 10;
const SLICE_MS = 1000;
const MIN_PER_SECOND = 10;
const PERCENT = 0.2;
/** What may always be spent within the window, however little traffic there is. */
const RESERVE = MIN_PER_SECOND * SLICES;

/**
 * How many requests may be sent again to another endpoint: over the last 10 seconds, 10 a second plus a fifth of the requests
 * that succeeded. Keeps an outage from multiplying the traffic. Linkerd's default `requeueBudget`.
 */
export class RequeueBudget {
  readonly #clock: Clock;
  /** Net gain per second, newest at `#slice % SLICES`. */
  readonly #gains = new Float64Array(SLICES);
  #slice: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#slice = Math.floor(clock.now() / SLICE_MS);
  }

  /** A request succeeded. `now` is the clock's, which the caller has at hand. */
  deposit(now: number): void {
    this.#turn(now);
    this.#gain(PERCENT);
  }

  /** Takes one, if there is one. */
  withdraw(): boolean {
    if (this.balance() < 1) return false;
    this.#gain(-1);
    return true;
  }

  /** How many could be taken now. */
  balance(): number {
    this.#turn(this.#clock.now());
    let sum = RESERVE;
    for (const gain of this.#gains) sum += gain;
    // Fifths do not add up exactly in binary.
    return Math.max(0, Math.floor(sum + 1e-6));
  }

  /** How many of them one request may take. */
  perRequest(): number {
    return Math.ceil(PERCENT * this.balance());
  }

  #gain(tokens: number): void {
    const at = this.#slice % SLICES;
    this.#gains[at] = (this.#gains[at] ?? 0) + tokens;
  }

  #turn(now: number): void {
    const slice = Math.floor(now / SLICE_MS);
    if (slice <= this.#slice) return;
    if (slice - this.#slice >= SLICES) this.#gains.fill(0);
    else for (let at = this.#slice + 1; at <= slice; at++) this.#gains[at % SLICES] = 0;
    this.#slice = slice;
  }
}
