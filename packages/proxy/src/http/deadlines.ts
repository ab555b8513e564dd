import type { Clock, Closable } from "@namerkit/core";

/** Something that must not wait for ever. */
export interface Supervised {
  /** Ends itself if it has been silent for too long. `now` is the clock's. */
  check(now: number): void;
}

/** Looks at everything in flight now and then, instead of one timer for each: a timer runs only while there is something. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #inFlight = new Set<Supervised>();
  #timer: Closable | undefined;

  /** `everyMs`: how late a deadline may be noticed. */
  constructor(clock: Clock, everyMs: number) {
    this.#clock = clock;
    this.#everyMs = everyMs;
  }

  add(one: Supervised): void {
    this.#inFlight.add(one);
    this.#timer ??= this.#clock.after(this.#everyMs, this.#tick);
  }

  delete(one: Supervised): void {
    this.#inFlight.delete(one);
  }

  get size(): number {
    return this.#inFlight.size;
  }

  close(): void {
    this.#timer?.close();
    this.#timer = undefined;
    this.#inFlight.clear();
  }

  readonly #tick = (): void => {
    this.#timer = undefined;
    const now = this.#clock.now();
    for (const one of [...this.#inFlight]) one.check(now);
    if (this.#inFlight.size > 0) this.#timer ??= this.#clock.after(this.#everyMs, this.#tick);
  };
}
