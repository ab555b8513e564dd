import { type Clock, type Closable, closable } from "@namerkit/core";

/** A clock that knows how many timers its user has left on it, where several share the clock underneath. */
export class CountingClock implements Clock {
  readonly #clock: Clock;
  #pending = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get pending(): number {
    return this.#pending;
  }

  now(): number {
    return this.#clock.now();
  }

  wall(): number {
    return this.#clock.wall();
  }

  after(ms: number, fn: () => void): Closable {
    // Never due, and no timer of the clock either.
    if (ms === Number.POSITIVE_INFINITY) return this.#clock.after(ms, fn);
    this.#pending++;
    const release = closable(() => this.#pending--);
    const timer = this.#clock.after(ms, () => {
      release.close();
      fn();
    });
    return closable(() => {
      release.close();
      timer.close();
    });
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = (): void => {
        timer.close();
        reject(signal?.reason);
      };
      const timer = this.after(ms, () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      });
      signal?.addEventListener("abort", abort, { once: true });
    });
  }
}
