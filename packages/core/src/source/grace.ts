import type { Clock } from "./clock.js";
import type { Bound } from "./found.js";

/** A set that is shown although the catalogue has it no more. */
export interface Held {
  readonly bound: Bound;
  /** It has just been put aside. */
  readonly first: boolean;
  /** When to ask again, in ms; 0: the time is over, but while contact is lost emptiness may be part of the trouble: after the next answer. */
  readonly waitMs: number;
}

/** How long the emptiness of one name must last before it is believed. Remembers; what is shown, and the waiting, are its owner's. */
export class Grace {
  readonly #clock: Clock;
  readonly #ms: number;
  #last: Bound | undefined;
  #emptySince: number | undefined;
  /** Until then it was certainly not seen empty: since then nobody has looked. */
  #leftAt: number | undefined;

  /** `ms`: 0 believes at once. */
  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
  }

  full(bound: Bound): void {
    this.#last = bound;
    this.#emptySince = undefined;
    this.#leftAt = undefined;
  }

  /** Nothing is there. Undefined if that is believed. */
  empty(contactLost: boolean): Held | undefined {
    const bound = this.#last;
    if (bound === undefined) return undefined;
    const now = this.#clock.now();
    const first = this.#emptySince === undefined;
    this.#emptySince ??= this.#leftAt ?? now;
    const left = this.#emptySince + this.#ms - now;
    if (left > 0 || (contactLost && this.#ms > 0)) return { bound, first, waitMs: Math.max(0, left) };
    this.#last = undefined;
    this.#emptySince = undefined;
    return undefined;
  }

  /** Nobody looks any more. What comes within the grace time of now is still a drop from what was there. */
  left(): void {
    if (this.#emptySince === undefined) this.#leftAt = this.#clock.now();
  }
}
