import { atLeast, within } from "../range.js";

/** How long an endpoint is left alone, from one failure to the next. */
export type BackoffOptions =
  | { readonly kind: "constant"; readonly ms: number }
  /** Decorrelated jitter: `minMs`, then anything from the last one to three times that, and never more than `maxMs`. */
  | { readonly kind: "jittered"; readonly minMs: number; readonly maxMs: number }
  /** Equal jitter: `minMs`, then that doubled each time, half of it fixed and half random, and at last `maxMs`. */
  | { readonly kind: "equalJittered"; readonly minMs: number; readonly maxMs: number };

/** Delays in milliseconds, without end. */
export interface Backoff {
  next(): number;
  /** Begins again. */
  reset(): void;
}

/** `random`: uniform in [0, 1). Throws CLIENT_OPTIONS. */
export function backoff(options: BackoffOptions, random: () => number): Backoff {
  if (options.kind === "constant") {
    const ms = atLeast(0, "backoff.ms", options.ms);
    return { next: () => ms, reset() {} };
  }
  const minMs = atLeast(0, "backoff.minMs", options.minMs);
  const maxMs = within("backoff.maxMs", options.maxMs, minMs, Number.MAX_SAFE_INTEGER);
  return options.kind === "jittered" ? new Decorrelated(minMs, maxMs, random) : new EqualJitter(minMs, maxMs, random);
}

class Decorrelated implements Backoff {
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #last: number | undefined;

  constructor(minMs: number, maxMs: number, random: () => number) {
    this.#minMs = minMs;
    this.#maxMs = maxMs;
    this.#random = random;
  }

  next(): number {
    const last = this.#last;
    this.#last = last === undefined ? this.#minMs : last + this.#random() * (Math.min(this.#maxMs, 3 * last) - last);
    return this.#last;
  }

  reset(): void {
    this.#last = undefined;
  }
}

class EqualJitter implements Backoff {
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #times = 0;

  constructor(minMs: number, maxMs: number, random: () => number) {
    this.#minMs = minMs;
    this.#maxMs = maxMs;
    this.#random = random;
  }

  next(): number {
    const times = this.#times++;
    if (times === 0) return this.#minMs;
    const half = this.#minMs * 2 ** Math.min(times - 1, 60);
    return half >= this.#maxMs ? this.#maxMs : Math.min(this.#maxMs, half * (1 + this.#random()));
  }

  reset(): void {
    this.#times = 0;
  }
}
