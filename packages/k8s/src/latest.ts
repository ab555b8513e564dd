import type { NamerError } from "@namerkit/core";

/** The last that was said of something, for whoever comes round to it; what came before is not missed. */
export class Latest<T> {
  #value: T | undefined;
  #known = false;
  #error: NamerError | undefined;
  #fresh = false;
  #wake: (() => void) | undefined;

  /** Whether a value has ever been said. */
  get known(): boolean {
    return this.#known;
  }
  get value(): T | undefined {
    return this.#value;
  }
  /** Undefined if the last word was a value. */
  get error(): NamerError | undefined {
    return this.#error;
  }

  set(value: T): void {
    this.#value = value;
    this.#known = true;
    this.#error = undefined;
    this.#stir();
  }

  fail(error: NamerError): void {
    this.#error = error;
    this.#stir();
  }

  #stir(): void {
    this.#fresh = true;
    this.#wake?.();
  }

  /** Resolves when something has been said of one of them since the last time; rejects with the reason of the signal. */
  static any(all: readonly Latest<unknown>[], signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (settle: () => void): void => {
        signal.removeEventListener("abort", aborted);
        for (const one of all) one.#wake = undefined;
        settle();
      };
      const aborted = (): void => done(() => reject(signal.reason));
      const look = (): void => {
        if (!all.some((one) => one.#fresh)) return;
        for (const one of all) one.#fresh = false;
        done(resolve);
      };
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      signal.addEventListener("abort", aborted, { once: true });
      for (const one of all) one.#wake = look;
      look();
    });
  }
}
