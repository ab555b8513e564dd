import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "@namerkit/core";

/** How long work may go on before requests get their turn. */
const turnMs = 4;
/** Looking at the clock costs as much as some of the steps. */
const stepsPerLook = 16;

/** Cuts long work into turns of the event loop. */
export class Turns {
  readonly #clock: Pick<Clock, "now">;
  #steps = 0;
  #workedMs = 0;
  #since: number;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  /** To be asked after each step: whether to await `next` before the next one. */
  over(): boolean {
    if (++this.#steps % stepsPerLook !== 0) return false;
    return this.#clock.now() - this.#since >= turnMs;
  }

  async next(): Promise<void> {
    this.#workedMs += this.#clock.now() - this.#since;
    await nextTurn();
    this.#since = this.#clock.now();
  }

  /** How long the work has taken so far, without what others did in between. */
  get workedMs(): number {
    return this.#workedMs + this.#clock.now() - this.#since;
  }
}
