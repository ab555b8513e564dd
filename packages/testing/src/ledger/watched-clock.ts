import { type Clock, type Closable, closable } from "@namerkit/core";
import type { Book } from "./book.js";
import { Opener } from "./opener.js";
import type { Within } from "./within.js";

/** A clock whose timers and sleeps are entered in a book while they wait. */
export class WatchedClock implements Clock {
  readonly #clock: Clock;
  readonly #book: Book;
  readonly #within: Within;

  constructor(clock: Clock, book: Book, within: Within) {
    this.#clock = clock;
    this.#book = book;
    this.#within = within;
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
    const entry = this.#enter("timer", ms, this.after);
    const timer = this.#clock.after(ms, () => {
      entry.close();
      this.#within(fn);
    });
    return closable(() => {
      entry.close();
      timer.close();
    });
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw signal.reason;
    const entry = this.#enter("sleep", ms, this.sleep);
    // Not when the promise settles, which is a little later than what aborted it may want to look.
    const abort = (): void => entry.close();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await this.#clock.sleep(ms, signal);
    } finally {
      signal?.removeEventListener("abort", abort);
      entry.close();
    }
  }

  #enter(kind: "timer" | "sleep", ms: number, below: Function): Closable {
    const due = this.now() + ms;
    return this.#book.enter(
      kind,
      Opener.of(below),
      () => `${kind} of ${Math.round(ms)} ms, due in ${Math.round(due - this.now())} ms`,
    );
  }
}
