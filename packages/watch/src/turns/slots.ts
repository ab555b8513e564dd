import { type Closable, NamerError, toNamerError } from "@namerkit/core";
import type { Stop } from "../stop.js";

interface Waiter {
  give(): void;
  refuse(error: NamerError): void;
}

/** A number of places, given to whoever came first. */
export class FairSlots implements Closable {
  #capacity: number;
  #taken = 0;
  #closed = false;
  /** In order of their coming. */
  readonly #waiting = new Set<Waiter>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** More are given out at once; fewer come about as they are released. */
  set capacity(capacity: number) {
    this.#capacity = capacity;
    this.#give();
  }

  get taken(): number {
    return this.#taken;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves, when it is the caller's turn, to what gives the place back. Whoever is aborted while waiting leaves the queue at once.
   *
   * @throws NamerError (by rejecting) CLOSED; the reason of `signal`, as ABORTED unless it is a NamerError
   */
  take(signal: Stop): Promise<() => void> {
    if (this.#closed) return Promise.reject(closed());
    if (signal.aborted) return Promise.reject(toNamerError(signal.reason, "ABORTED"));
    if (this.#taken < this.#capacity && this.#waiting.size === 0) return Promise.resolve(this.#take());
    return new Promise((resolve, reject) => {
      const aborted = (): void => waiter.refuse(toNamerError(signal.reason, "ABORTED"));
      const leave = (): void => {
        this.#waiting.delete(waiter);
        signal.removeEventListener("abort", aborted);
      };
      const waiter: Waiter = {
        give: () => {
          leave();
          resolve(this.#take());
        },
        refuse: (error) => {
          leave();
          reject(error);
        },
      };
      signal.addEventListener("abort", aborted, { once: true });
      this.#waiting.add(waiter);
      this.#give();
    });
  }

  /** Those who wait are refused with CLOSED, and all who come later. */
  close(): void {
    this.#closed = true;
    for (const waiter of [...this.#waiting]) waiter.refuse(closed());
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #take(): () => void {
    this.#taken++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#taken--;
      this.#give();
    };
  }

  #give(): void {
    for (const waiter of this.#waiting) {
      if (this.#taken >= this.#capacity) return;
      waiter.give();
    }
  }
}

function closed(): NamerError {
  return new NamerError("CLOSED", "the places were closed");
}
