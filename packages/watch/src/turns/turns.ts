import { type Clock, type Closable, NamerError } from "@namerkit/core";
import { Bag } from "../bag.js";
import type { Stop } from "../stop.js";
import { Parked } from "./parked.js";
import { FairSlots } from "./slots.js";

export interface TurnsOptions {
  /** How many may be parked at once. */
  readonly slots: number;
  /** How long each of them is to be parked while there is room for all, in ms. */
  readonly waitMs: number;
  /** It is never made less than this for lack of room, in ms; 1,000 by default. */
  readonly leastWaitMs?: number | undefined;
  /** How long a name should be without a turn at most, in ms, as far as `leastWaitMs` allows; 10,000 by default. */
  readonly gapMs?: number | undefined;
}

/** A slot for a while. */
export interface Turn {
  /** What the server should be asked to wait, in ms. */
  readonly waitMs: number;
  /** Aborts with whoever asked for the turn, and when it is over sooner than was said, because more have come who want one. */
  readonly signal: Stop;
}

/** Servers that hold a request add up to a 16th of its wait, so that those who wait for the same do not come back all at once. */
const JITTER = 17 / 16;
/** Of those whose turn has become shorter since it began, no more than a tenth of the slots are called off at once, and after this, in ms, more. */
const CALL_OFF_MS = 100;

/**
 * Who may be parked at a server that holds requests, if there are more who want to than connections.
 *
 * Turns are taken in order of coming. With N who want them and S slots, a turn is `waitMs` while N <= S; beyond,
 * with rounds = ceil((N - S) / S), it is gapMs * 16/17 / rounds, but not less than `leastWaitMs` nor more than `waitMs`.
 *
 * The bound: nobody is longer without a turn than rounds * (turn * 17/16 + what an answer takes). For 2,000 over 120 slots it is
 * 16 rounds of 1 s, which are 17 s and 16 answers. When N has just grown, turns that began when there was more room are called off, at
 * the earliest when what is a turn now has passed; that may take a second more.
 */
export class Turns implements Closable {
  readonly #clock: Clock;
  readonly #slots: FairSlots;
  readonly #options: { readonly waitMs: number; readonly leastWaitMs: number; readonly gapMs: number };
  readonly #parked = new Bag<Parked>();
  #begun = 0;
  #comers = 0;
  #calledOff = 0;
  /** Not before this are more called off. */
  #nextCall = Number.NEGATIVE_INFINITY;
  #timer: Closable | undefined;

  constructor(clock: Clock, options: TurnsOptions) {
    const { slots, waitMs, leastWaitMs = 1_000, gapMs = 10_000 } = options;
    this.#clock = clock;
    this.#slots = new FairSlots(slots);
    this.#options = { waitMs, leastWaitMs, gapMs };
  }

  /** How many may be parked at once. May change, as when the server turns out to multiplex. */
  get slots(): number {
    return this.#slots.capacity;
  }

  set slots(slots: number) {
    this.#slots.capacity = slots;
  }

  /** As setting `slots`, but those that are too many by then are called off, the latest first, and not left to end by themselves. */
  shrink(slots: number): void {
    this.slots = slots;
    for (const parked of this.#inOrder().slice(Math.max(0, slots))) if (!parked.called) this.#end(parked);
  }

  get parked(): number {
    return this.#parked.size;
  }

  get waiting(): number {
    return this.#slots.waiting;
  }

  /** How many turns were called off before their time. */
  get calledOff(): number {
    return this.#calledOff;
  }

  /** Somebody will come for turns again and again, until `signal` aborts: those who do are counted also when they are between two. */
  expect(signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#comers++;
    signal.addEventListener("abort", () => this.#comers--, { once: true });
  }

  /** What a turn is now, in ms. */
  waitMs(): number {
    const { waitMs, leastWaitMs, gapMs } = this.#options;
    const { capacity, taken, waiting } = this.#slots;
    const crowd = Math.max(this.#comers, taken + waiting);
    if (crowd <= capacity) return waitMs;
    const rounds = Math.ceil((crowd - capacity) / capacity);
    return Math.min(waitMs, Math.max(leastWaitMs, Math.floor(gapMs / JITTER / rounds)));
  }

  /**
   * Runs `park` when it is its turn, and gives the slot back when that settles. If its turn is called off, it is run again when it is
   * its turn again: it must be something that can be repeated, and has to heed the signal.
   *
   * @throws NamerError (by rejecting) what `park` throws; CLOSED; the reason of `signal`
   */
  async take<T>(signal: AbortSignal, park: (turn: Turn) => Promise<T>): Promise<T> {
    for (;;) {
      const taking = this.#slots.take(signal);
      this.#callOff();
      const release = await taking;
      const parked = new Parked(++this.#begun, signal, this.#clock.now(), this.waitMs());
      this.#parked.add(parked);
      try {
        return await park(parked);
      } catch (thrown) {
        if (!parked.called || signal.aborted) throw thrown;
      } finally {
        this.#parked.delete(parked);
        release();
        this.#callOff();
      }
    }
  }

  /** Everyone who is parked is called off, to begin anew, as when the server they are parked at is not to be used any more. */
  callOffAll(): void {
    for (const parked of this.#inOrder()) this.#end(parked);
  }

  /** Those who wait are refused with CLOSED. Those who are parked are left alone. */
  close(): void {
    this.#timer?.close();
    this.#slots.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Looks after those whose turn is longer than it would be now, while there are others who wait. */
  #callOff(): void {
    this.#timer?.close();
    this.#timer = undefined;
    if (this.#slots.waiting === 0) return;
    const turn = this.waitMs();
    const now = this.#clock.now();
    let left = now < this.#nextCall ? 0 : Math.ceil(this.#slots.capacity / 10);
    let next = Number.POSITIVE_INFINITY;
    for (const parked of this.#inOrder()) {
      if (parked.called || parked.waitMs <= turn) continue;
      const dueAt = parked.since + turn * JITTER;
      if (dueAt <= now && left > 0) {
        left--;
        this.#nextCall = now + CALL_OFF_MS;
        this.#end(parked);
      } else next = Math.min(next, Math.max(dueAt, this.#nextCall));
    }
    if (next < Number.POSITIVE_INFINITY) this.#timer = this.#clock.after(next - now, () => this.#callOff());
  }

  /** Of the beginning of their turns. */
  #inOrder(): Parked[] {
    return [...this.#parked.list()].sort((a, b) => a.number - b.number);
  }

  #end(parked: Parked): void {
    this.#calledOff++;
    parked.callOff(new NamerError("ABORTED", "its turn was over before its answer came"));
  }
}
