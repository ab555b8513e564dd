import type { ManualClock } from "@namerkit/core/testing";
import type { DrivePace } from "./subject.js";

export const defaultPace: DrivePace = { stepMs: 25, everyMs: 0 };

/** After so many steps in which nothing has come through the gate, there is nothing on its way. */
const QUIET_STEPS = 20;
/** Then this is the longest step, unless a timer is due earlier. */
const LEAP_MS = 250;

/**
 * Lets time pass in small steps, each of which gives sockets a turn of the event loop. So minutes pass in fractions of a second, and a
 * machine under load cannot make a deadline pass by itself: client, gate and backend are starved of turns together.
 */
export class Drive {
  readonly #clock: ManualClock;
  readonly #pace: DrivePace;
  readonly #activity: () => number;
  #quiet = 0;
  #seen = 0;

  /** `activity` is another number each time that something has come through the gate. */
  constructor(clock: ManualClock, pace: Partial<DrivePace> = {}, activity: () => number = () => 0) {
    this.#clock = clock;
    this.#pace = { ...defaultPace, ...pace };
    this.#activity = activity;
  }

  /** Lets `ms` milliseconds pass. */
  async pass(ms: number): Promise<void> {
    await this.until(() => false, ms);
  }

  /** Lets time pass until the condition holds, but no more than `within` milliseconds. Resolves to whether it does. */
  async until(condition: () => boolean, within: number): Promise<boolean> {
    const end = this.#clock.now() + within;
    // Something may have been set off just now that has not reached a socket yet.
    this.#quiet = 0;
    await turn();
    await turn();
    while (!condition()) {
      const left = end - this.#clock.now();
      if (left <= 0) return false;
      await this.#clock.advance(Math.min(this.#step(), left));
      if (this.#pace.everyMs > 0) await new Promise((resolve) => setTimeout(resolve, this.#pace.everyMs));
      else await turn();
    }
    return true;
  }

  #step(): number {
    const { stepMs, everyMs } = this.#pace;
    const next = this.#clock.next ?? LEAP_MS;
    const activity = this.#activity();
    const quiet = everyMs === 0 && activity === this.#seen && next > stepMs;
    this.#seen = activity;
    this.#quiet = quiet ? this.#quiet + 1 : 0;
    return this.#quiet > QUIET_STEPS ? Math.max(stepMs, Math.min(LEAP_MS, next)) : stepMs;
  }
}

/** A whole turn of the event loop, reads of sockets included. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
