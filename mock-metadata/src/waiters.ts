import type { Clock, Closable } from "@namerkit/core";

/** The server looks at its waiting requests at every reload, and else only this often. */
const TICK_MS = 5_000;

/** Requests held by long polls. One timer for all of them, on the server's own beat, and none while nobody waits. */
export class Waiters {
  readonly #clock: Clock;
  readonly #start: number;
  readonly #waiting = new Set<() => void>();
  #timer: Closable | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#start = clock.now();
  }

  get count(): number {
    return this.#waiting.size;
  }

  /** Resolves at the next wake-up, tick, or abort. */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal.removeEventListener("abort", done);
        if (this.#waiting.size === 0) this.#rest();
        resolve();
      };
      if (signal.aborted) return resolve();
      signal.addEventListener("abort", done, { once: true });
      this.#waiting.add(done);
      this.#timer ??= this.#clock.after(this.#untilTick(), () => {
        this.#timer = undefined;
        this.wakeAll();
      });
    });
  }

  wakeAll(): void {
    for (const done of [...this.#waiting]) done();
  }

  #rest(): void {
    this.#timer?.close();
    this.#timer = undefined;
  }

  #untilTick(): number {
    return TICK_MS - ((this.#clock.now() - this.#start) % TICK_MS);
  }
}
