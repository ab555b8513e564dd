import type { Clock, Closable } from "@namerkit/core";
import { shownDuration } from "./duration.js";
import { timedOut } from "./texts.js";

/** The longest a timer can be. */
const maxMs = 2 ** 31 - 1;

/** By when an answer has to begin: the strictest of several limits. */
export class TimeLimit {
  readonly #clock: Clock;
  readonly #expired: (text: string) => void;
  #endsAt = Number.POSITIVE_INFINITY;
  #timer: Closable | undefined;

  /** `expired` is called once, with Linkerd's text; never from within a call. */
  constructor(clock: Clock, expired: (text: string) => void) {
    this.#clock = clock;
    this.#expired = expired;
  }

  /** At most this long from now. */
  tighten(ms: number): void {
    const endsAt = this.#clock.now() + ms;
    if (endsAt >= this.#endsAt) return;
    this.#endsAt = endsAt;
    this.#timer?.close();
    this.#timer = this.#clock.after(Math.min(ms, maxMs), () => this.#expired(timedOut(shownDuration(ms))));
  }

  /** What is left, or `attemptMs` if that is less. */
  leftMs(attemptMs: number | undefined): number {
    const left = Math.max(0, this.#endsAt - this.#clock.now());
    return attemptMs === undefined ? left : Math.min(left, attemptMs);
  }

  close(): void {
    this.#timer?.close();
  }
}
