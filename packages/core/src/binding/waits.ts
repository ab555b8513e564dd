import type { Activity } from "../values/activity.js";

/**
 * Many waits for first values that end together: when the signal fires, or when `close` is called. The signal gets one listener
 * however many there are; Node warns of a leak from the eleventh on.
 */
export class Waits {
  readonly #signal: AbortSignal | undefined;
  readonly #waiting = new Set<AbortController>();
  readonly #onAbort = (): void => this.close();
  #closed = false;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
    if (signal?.aborted) this.#closed = true;
    else signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** True once all waits have ended, and those to come would at once. */
  get closed(): boolean {
    return this.#closed;
  }

  /** As `activity.toPromise`; rejects with ABORTED once closed. */
  async first<T>(activity: Activity<T>): Promise<T> {
    const one = new AbortController();
    if (this.#closed) one.abort(this.#signal?.reason);
    this.#waiting.add(one);
    try {
      return await activity.toPromise({ signal: one.signal });
    } finally {
      this.#waiting.delete(one);
    }
  }

  close(): void {
    this.#closed = true;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    for (const one of this.#waiting) one.abort(this.#signal?.reason);
  }
}
