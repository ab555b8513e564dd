import type { Clock } from "./clock.js";

export interface BackoffOptions {
  /** Ceiling of the first delay, in ms. */
  readonly baseMs: number;
  /** By how much the ceiling grows from one failure to the next. */
  readonly factor: number;
  /** The highest ceiling, in ms. */
  readonly capMs: number;
  /** After so long without a failure the next one counts as the first, in ms. A single success is no health. */
  readonly healthyMs: number;
  /** The most that is conceded to a server that asks us to wait (Retry-After), in ms. */
  readonly retryAfterCapMs: number;
}

export const defaultBackoff: BackoffOptions = {
  baseMs: 100,
  factor: 2,
  capMs: 10_000,
  healthyMs: 30_000,
  retryAfterCapMs: 60_000,
};

/** Even the luckiest draw waits this long, so that failing at once can never become a busy loop. */
const FLOOR_MS = 10;

/**
 * Delays between failures: exponential with full jitter, so that a thousand clients of one broken server spread out.
 * It forgets only after a period of health; a server that answers once and fails again gets ever longer pauses.
 */
export class Backoff {
  readonly #clock: Pick<Clock, "now">;
  readonly #random: () => number;
  readonly #options: BackoffOptions;
  #failures = 0;
  #healthySince: number | undefined;

  constructor(clock: Pick<Clock, "now">, random: () => number, options: Partial<BackoffOptions> = {}) {
    this.#clock = clock;
    this.#random = random;
    this.#options = { ...defaultBackoff, ...options };
  }

  /** Failures in a row, as the next delay sees them. */
  get failures(): number {
    return this.#failures;
  }

  /** A contact that worked. Health is counted from the first one after a failure. */
  succeeded(): void {
    this.#healthySince ??= this.#clock.now();
  }

  /** How long to wait after a failure, in ms; `retryAfterMs` is what the server asked for. */
  failed(retryAfterMs?: number): number {
    const { baseMs, factor, capMs, healthyMs, retryAfterCapMs } = this.#options;
    if (this.#healthySince !== undefined && this.#clock.now() - this.#healthySince >= healthyMs) this.#failures = 0;
    this.#healthySince = undefined;
    const ceiling = Math.min(capMs, baseMs * factor ** this.#failures);
    this.#failures++;
    const floor = Math.min(FLOOR_MS, ceiling);
    const own = floor + this.#random() * (ceiling - floor);
    if (retryAfterMs === undefined || !(retryAfterMs > 0)) return own;
    // A server that sends everybody away for the same time would get everybody back at the same time.
    if (retryAfterMs >= retryAfterCapMs) return retryAfterCapMs * (1 - 0.1 * this.#random());
    return Math.min(retryAfterCapMs, Math.max(own, retryAfterMs * (1 + 0.1 * this.#random())));
  }
}
