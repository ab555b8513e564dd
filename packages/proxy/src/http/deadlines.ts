import type { Clock, Closable, NamerError } from "@namerkit/core";

/** Something that must not wait for ever. */
export interface Supervised {
  /** Where it is supervised; undefined where it is not. For Deadlines alone. */
  place: number | undefined;
  /** Ends itself if it has been silent for too long. `now` is the clock's. */
  check(now: number): void;
  /** Ends at once, however it may: nobody waits for it any longer. */
  end(why: NamerError): void;
}

/**
 * Looks at everything in flight now and then, instead of one timer for each: a timer runs only while there is something.
 *
 * What is in flight is kept in an array, each at a place that it knows. A Set to which every request is added and from which it is
 * deleted again makes itself a new table every few dozen of them, to which the old one points: once one of these has got into the
 * old generation, all of V8's scavenges keep all tables after it, and every request in them, until the next full collection.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #inFlight: Supervised[] = [];
  #timer: Closable | undefined;
  #whenEmpty: (() => void) | undefined;

  /** `everyMs`: how late a deadline may be noticed. */
  constructor(clock: Clock, everyMs: number) {
    this.#clock = clock;
    this.#everyMs = everyMs;
  }

  add(one: Supervised): void {
    one.place ??= this.#inFlight.push(one) - 1;
    this.#timer ??= this.#clock.after(this.#everyMs, this.#tick);
  }

  delete(one: Supervised): void {
    const { place } = one;
    if (place === undefined) return;
    one.place = undefined;
    const last = this.#inFlight.pop();
    if (last !== undefined && last !== one) {
      this.#inFlight[place] = last;
      last.place = place;
    }
    if (this.#inFlight.length === 0) this.#tellEmpty();
  }

  get size(): number {
    return this.#inFlight.length;
  }

  /** Calls back once, as soon as nothing is in flight; never before this returns. Nothing may be added any more. */
  whenEmpty(fn: () => void): void {
    this.#whenEmpty = fn;
    if (this.#inFlight.length === 0) queueMicrotask(() => this.#tellEmpty());
  }

  /** Ends everything that is in flight. Returns how much that was. */
  endAll(why: NamerError): number {
    const all = [...this.#inFlight];
    for (const one of all) one.end(why);
    return all.length;
  }

  close(): void {
    this.#timer?.close();
    this.#timer = undefined;
    this.#whenEmpty = undefined;
    for (const one of this.#inFlight.splice(0)) one.place = undefined;
  }

  #tellEmpty(): void {
    const tell = this.#whenEmpty;
    this.#whenEmpty = undefined;
    tell?.();
  }

  readonly #tick = (): void => {
    this.#timer = undefined;
    const now = this.#clock.now();
    for (const one of [...this.#inFlight]) one.check(now);
    if (this.#inFlight.length > 0) this.#timer ??= this.#clock.after(this.#everyMs, this.#tick);
  };
}
