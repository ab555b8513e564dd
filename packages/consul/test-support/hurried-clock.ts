import { type Clock, type Closable, systemClock } from "@namerkit/core";

/**
 * Real time while everything begins, which on a busy machine takes its while; then `hurry` makes it many times as fast, since what
 * takes half a minute is too slow for a test.
 */
export class HurriedClock implements Clock {
  times = 1;
  #at = systemClock.now();
  #now = 0;

  hurry(times = 10): void {
    this.#now = this.now();
    this.#at = systemClock.now();
    this.times = times;
  }

  now(): number {
    return this.#now + (systemClock.now() - this.#at) * this.times;
  }

  wall(): number {
    return systemClock.wall();
  }

  after(ms: number, fn: () => void): Closable {
    return systemClock.after(ms / this.times, fn);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms / this.times, signal);
  }
}
