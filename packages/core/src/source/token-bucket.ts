import type { Clock } from "./clock.js";

export interface Pace {
  /** How many may go at once after a rest. */
  readonly burst: number;
  /** How many per second in the long run. */
  readonly perSecond: number;
}

export const defaultPace: Pace = { burst: 5, perSecond: 2 };

/** Says how long to wait so that, in the long run, no more than so many things happen per second. Keeps no timer. */
export class TokenBucket {
  readonly #clock: Pick<Clock, "now">;
  readonly #pace: Pace;
  #tokens: number;
  #at: number;

  constructor(clock: Pick<Clock, "now">, pace: Pace = defaultPace) {
    this.#clock = clock;
    this.#pace = pace;
    this.#tokens = pace.burst;
    this.#at = clock.now();
  }

  /** Takes one token and says in how many milliseconds it may be used; 0 is now. Each call is for one thing: waits add up. */
  take(): number {
    const { burst, perSecond } = this.#pace;
    const now = this.#clock.now();
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#at) / 1000) * perSecond);
    this.#at = now;
    this.#tokens -= 1;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / perSecond) * 1000;
  }
}
