import type { NamerError } from "@namerkit/core";
import type { Bagged } from "../bag.js";
import type { Stop } from "../stop.js";
import type { Turn } from "./turns.js";

/** Somebody whose turn it is. It is its own signal: stopped with whoever asked for the turn, or when it is called off. */
export class Parked implements Turn, Stop, Bagged {
  place: number | undefined;
  /** Grows from turn to turn. */
  readonly number: number;
  readonly since: number;
  readonly waitMs: number;
  readonly #asked: AbortSignal;
  #reason: NamerError | undefined;
  /** One is enough for one request, and there are thousands of these. */
  #listeners: Set<() => void> | undefined;

  constructor(number: number, asked: AbortSignal, since: number, waitMs: number) {
    this.number = number;
    this.#asked = asked;
    this.since = since;
    this.waitMs = waitMs;
  }

  get signal(): Stop {
    return this;
  }

  /** Whether its turn is over although nobody has aborted it. */
  get called(): boolean {
    return this.#reason !== undefined;
  }

  callOff(reason: NamerError): void {
    this.#reason ??= reason;
    const listeners = [...(this.#listeners ?? [])];
    for (const listener of listeners) this.removeEventListener("abort", listener);
    for (const listener of listeners) listener();
  }

  get aborted(): boolean {
    return this.#reason !== undefined || this.#asked.aborted;
  }

  get reason(): unknown {
    return this.#asked.aborted ? this.#asked.reason : this.#reason;
  }

  addEventListener(type: "abort", listener: () => void): void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
    this.#asked.addEventListener(type, listener, { once: true });
  }

  removeEventListener(type: "abort", listener: () => void): void {
    this.#listeners?.delete(listener);
    this.#asked.removeEventListener(type, listener);
  }
}
