import type { Clock, Closable, NamerError } from "@namerkit/core";
import { Bag, type Bagged } from "@namerkit/watch";

/** Something that must not wait for ever. */
export interface Supervised extends Bagged {
  /** Ends itself if it has been silent for too long. `now` is the clock's. */
  check(now: number): void;
  /** Ends at once, however it may: nobody waits for it any longer. */
  end(why: NamerError): void;
}

/** Looks at everything in flight now and then, instead of one timer for each: a timer runs only while there is something. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #inFlight = new Bag<Supervised>();
  #timer: Closable | undefined;
  #whenEmpty: (() => void) | undefined;

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
    if (this.#inFlight.delete(one) && this.#inFlight.size === 0) this.#tellEmpty();
  }

  get size(): number {
    return this.#inFlight.size;
  }

  /** Calls back once, as soon as nothing is in flight; never before this returns. Nothing may be added any more. */
  whenEmpty(fn: () => void): void {
    this.#whenEmpty = fn;
    if (this.#inFlight.size === 0) queueMicrotask(() => this.#tellEmpty());
  }

  /** Ends everything that is in flight. Returns how much that was. */
  endAll(why: NamerError): number {
    const all = this.#inFlight.list();
    for (const one of all) one.end(why);
    return all.length;
  }

  close(): void {
    this.#timer?.close();
    this.#timer = undefined;
    this.#whenEmpty = undefined;
    this.#inFlight.clear();
  }

  #tellEmpty(): void {
    const tell = this.#whenEmpty;
    this.#whenEmpty = undefined;
    tell?.();
  }

  readonly #tick = (): void => {
    this.#timer = undefined;
    const now = this.#clock.now();
    for (const one of this.#inFlight.list()) one.check(now);
    if (this.#inFlight.size > 0) this.#timer ??= this.#clock.after(this.#everyMs, this.#tick);
  };
}
