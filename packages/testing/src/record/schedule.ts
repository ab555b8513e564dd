import type { Clock } from "@namerkit/core";

/** Waits for moments that are counted from a beginning, so that small delays do not add up. */
export class Schedule {
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #signal: AbortSignal;

  /** It begins now, by the clock. */
  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#startedAt = clock.now();
    this.#signal = signal;
  }

  /** Resolves `ms` after the beginning, which may be at once. Rejects with the signal's reason when nobody waits any more. */
  async at(ms: number): Promise<void> {
    this.#signal.throwIfAborted();
    const left = this.#startedAt + ms - this.#clock.now();
    if (left > 0) await this.#clock.sleep(left, this.#signal);
  }

  /** Never resolves; rejects with the signal's reason. */
  never(): Promise<never> {
    const signal = this.#signal;
    return new Promise((_, reject) => {
      if (signal.aborted) reject(signal.reason);
      else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  }
}
