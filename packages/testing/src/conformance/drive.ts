import type { ManualClock } from "@namerkit/core/testing";
import type { DrivePace } from "./subject.js";

export const defaultPace: DrivePace = { stepMs: 25, everyMs: 0 };

/**
 * Lets time pass in small steps, each of which gives sockets a turn of the event loop. So minutes pass in fractions of a second, and a
 * machine under load cannot make a deadline pass by itself: client, gate and backend are starved of turns together.
 */
export class Drive {
  readonly #clock: ManualClock;
  readonly #pace: DrivePace;

  constructor(clock: ManualClock, pace: Partial<DrivePace> = {}) {
    this.#clock = clock;
    this.#pace = { ...defaultPace, ...pace };
  }

  /** Lets `ms` milliseconds pass; `faster` multiplies the steps where it takes long and little happens. */
  async pass(ms: number, faster = 1): Promise<void> {
    await this.until(() => false, ms, faster);
  }

  /** Lets time pass until the condition holds, but no more than `within` milliseconds. Resolves to whether it does. */
  async until(condition: () => boolean, within: number, faster = 1): Promise<boolean> {
    const end = this.#clock.now() + within;
    // Two turns before the first step: what was set off just now has not reached a socket yet.
    await turn();
    await turn();
    while (!condition()) {
      const left = end - this.#clock.now();
      if (left <= 0) return false;
      await this.#clock.advance(Math.min(this.#pace.stepMs * faster, left));
      if (this.#pace.everyMs > 0) await new Promise((resolve) => setTimeout(resolve, this.#pace.everyMs));
      else await turn();
    }
    return true;
  }
}

/** A whole turn of the event loop, reads of sockets included. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
