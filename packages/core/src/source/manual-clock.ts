import { type Closable, closable, closedAlready } from "../values/closable.js";
import type { Clock } from "./clock.js";
import { sleepWith } from "./sleep.js";

/** More timers than this at one instant can only be a loop that never lets time pass. */
const MOST_AT_ONCE = 10_000;

interface Timer {
  readonly due: number;
  readonly fn: () => void;
}

export interface ManualClockOptions {
  /** What `wall()` shows at the start; 2020-01-01T00:00:00Z by default. */
  readonly wall?: number;
}

/**
 * A clock that a test turns by hand. Nothing happens by itself: `advance` fires what is due, one timer after the other in order of
 * due time and then of creation, and lets promises settle in between, so that every run of a test is the same run.
 */
export class ManualClock implements Clock {
  #now = 0;
  readonly #wallAtStart: number;
  /** Sorted by due time; equal ones in order of creation. */
  readonly #timers: Timer[] = [];
  #advancing = false;

  constructor(options: ManualClockOptions = {}) {
    this.#wallAtStart = options.wall ?? Date.UTC(2020, 0, 1);
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#wallAtStart + this.#now;
  }

  after(ms: number, fn: () => void): Closable {
    if (ms === Number.POSITIVE_INFINITY) return closedAlready;
    const timer: Timer = { due: this.#now + Math.max(0, ms), fn };
    this.#timers.splice(this.#placeAfter(timer.due), 0, timer);
    return closable(() => {
      const at = this.#timers.lastIndexOf(timer, this.#placeAfter(timer.due));
      if (at >= 0) this.#timers.splice(at, 1);
    });
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepWith((wait, fn) => this.after(wait, fn), ms, signal);
  }

  /** How many timers wait. After everything is closed it should be 0: what is left has leaked. */
  get pending(): number {
    return this.#timers.length;
  }

  /** In how many milliseconds the next timer is due; undefined when there is none. */
  get next(): number | undefined {
    const first = this.#timers[0];
    return first === undefined ? undefined : first.due - this.#now;
  }

  /**
   * Lets `ms` milliseconds pass and settles once all their consequences have come about. `advance(0)` only lets promises settle and
   * fires what is due now. Rejects with what a timer threw, after all the others have fired, and on a loop of timers that lets no time pass.
   */
  async advance(ms: number): Promise<void> {
    if (this.#advancing) throw new Error("advance is already under way; await it first");
    this.#advancing = true;
    const thrown: unknown[] = [];
    try {
      const end = this.#now + ms;
      let atOnce = 0;
      await settle();
      for (let timer = this.#due(end); timer !== undefined; timer = this.#due(end)) {
        atOnce = timer.due > this.#now ? 0 : atOnce + 1;
        if (atOnce > MOST_AT_ONCE) throw new Error(`${MOST_AT_ONCE} timers fired without time passing: a hot loop`);
        this.#now = Math.max(this.#now, timer.due);
        try {
          timer.fn();
        } catch (error) {
          thrown.push(error);
        }
        await settle();
      }
      this.#now = end;
    } finally {
      this.#advancing = false;
    }
    if (thrown.length === 1) throw thrown[0];
    if (thrown.length > 1) throw new AggregateError(thrown, `${thrown.length} timers threw`);
  }

  #due(end: number): Timer | undefined {
    const first = this.#timers[0];
    return first !== undefined && first.due <= end ? this.#timers.shift() : undefined;
  }

  #placeAfter(due: number): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#timers[middle] as Timer).due <= due) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** One turn of the event loop: every promise that can settle without I/O has settled then, however long the chain. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
