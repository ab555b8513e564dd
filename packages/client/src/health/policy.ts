import type { Backoff } from "./backoff.js";

/** What an endpoint's failures are measured by, and for how long it is then left alone. One per endpoint. */
export interface FailurePolicy {
  succeeded(now: number): void;
  /** For how long it is now to be taken for dead, in milliseconds; undefined: it is not. */
  failed(now: number): number | undefined;
  /** A probe has failed: as for the failure that was one too many. In milliseconds. */
  probeFailed(now: number): number;
  /** It lives: everything begins again. */
  revived(now: number): void;
}

/** So many failures in a row. */
export class ConsecutiveFailures implements FailurePolicy {
  readonly #most: number;
  readonly #backoff: Backoff;
  #failures = 0;

  constructor(failures: number, backoff: Backoff) {
    this.#most = failures;
    this.#backoff = backoff;
  }

  succeeded(_now: number): void {
    this.#failures = 0;
  }

  failed(_now: number): number | undefined {
    return ++this.#failures >= this.#most ? this.#backoff.next() : undefined;
  }

  probeFailed(_now: number): number {
    return this.#backoff.next();
  }

  revived(_now: number): void {
    this.#failures = 0;
    this.#backoff.reset();
  }
}

/**
 * A share of successes, averaged so that recent requests count more, below what is required. Nothing is said before a first window
 * has passed. After Finagle's policies of the same names.
 */
abstract class SuccessRate implements FailurePolicy {
  readonly #required: number;
  readonly #window: number;
  readonly #backoff: Backoff;
  /** The average; undefined before the first outcome. */
  #rate: number | undefined;
  /** Where the last outcome stood in the window's unit. */
  #stamp = 0;

  constructor(required: number, window: number, backoff: Backoff) {
    this.#required = required;
    this.#window = window;
    this.#backoff = backoff;
  }

  /** The average; 1 before the first outcome. */
  get rate(): number {
    return this.#rate ?? 1;
  }

  succeeded(now: number): void {
    this.#take(1, this.stampAt(now));
  }

  failed(now: number): number | undefined {
    const stamp = this.stampAt(now);
    this.#take(0, stamp);
    if (stamp < this.#window || this.rate >= this.#required || !this.enough(now)) return undefined;
    return this.#backoff.next();
  }

  probeFailed(now: number): number {
    this.#take(0, this.stampAt(now));
    return this.#backoff.next();
  }

  revived(now: number): void {
    this.#rate = undefined;
    this.#stamp = 0;
    this.#backoff.reset();
    this.begin(now);
  }

  /** Takes note of an outcome; where it stands since the beginning, in the unit of the window. */
  protected abstract stampAt(now: number): number;
  protected abstract enough(now: number): boolean;
  protected abstract begin(now: number): void;

  #take(outcome: 0 | 1, stamp: number): void {
    if (this.#rate === undefined) {
      this.#rate = outcome;
    } else {
      const kept = Math.exp(-Math.max(0, stamp - this.#stamp) / this.#window);
      this.#rate = outcome * (1 - kept) + this.#rate * kept;
    }
    this.#stamp = stamp;
  }
}

/** Over a number of requests. */
export class SuccessRateOfRequests extends SuccessRate {
  #requests = 0;

  protected override stampAt(_now: number): number {
    return ++this.#requests;
  }

  protected override enough(_now: number): boolean {
    return true;
  }

  protected override begin(_now: number): void {
    this.#requests = 0;
  }
}

const SLICES = 5;
/** Fewer requests than these in the window say nothing. */
const ENOUGH = 5;

/** Over a time, in milliseconds, in which there were at least five requests. */
export class SuccessRateOfTime extends SuccessRate {
  readonly #sliceMs: number;
  #start: number;
  /** Requests per slice, the newest at `#slice % SLICES`. */
  readonly #counts = new Uint32Array(SLICES);
  #slice = 0;

  constructor(required: number, windowMs: number, backoff: Backoff, now: number) {
    super(required, windowMs, backoff);
    this.#sliceMs = windowMs / SLICES;
    this.#start = now;
  }

  protected override stampAt(now: number): number {
    this.#turn(now);
    const at = this.#slice % SLICES;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    return now - this.#start;
  }

  protected override enough(now: number): boolean {
    this.#turn(now);
    return this.#counts.reduce((sum, one) => sum + one, 0) >= ENOUGH;
  }

  protected override begin(now: number): void {
    this.#start = now;
    this.#slice = 0;
    this.#counts.fill(0);
  }

  #turn(now: number): void {
    const slice = Math.floor((now - this.#start) / this.#sliceMs);
    if (slice <= this.#slice) return;
    if (slice - this.#slice >= SLICES) this.#counts.fill(0);
    else for (let at = this.#slice + 1; at <= slice; at++) this.#counts[at % SLICES] = 0;
    this.#slice = slice;
  }
}
