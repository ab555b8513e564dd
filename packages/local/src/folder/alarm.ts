import type { Clock, Closable } from "@namerkit/core";

export interface AlarmTimes {
  /** How long it must have been quiet. Writing a file is several changes. */
  readonly quietMs: number;
  /** How long may pass from the first change on, however busy it is. */
  readonly latestMs: number;
}

/** Gathers what has changed, until it is quiet for a moment or has been busy for too long. */
export class Alarm {
  readonly #clock: Clock;
  readonly #times: AlarmTimes;
  #changed = new Set<string>();
  #since = 0;
  #timer: Closable | undefined;
  #due: (() => void) | undefined;

  constructor(clock: Clock, times: AlarmTimes) {
    this.#clock = clock;
    this.#times = times;
  }

  /** `what` has changed. */
  ring(what: string): void {
    const now = this.#clock.now();
    if (this.#changed.size === 0) this.#since = now;
    this.#changed.add(what);
    if (this.#due !== undefined) this.#wait(now);
  }

  /** Resolves with what has changed, once it is time; with nothing after `ms`. Rejects when the signal aborts. One at a time. */
  next(ms: number, signal: AbortSignal): Promise<ReadonlySet<string>> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        finish();
        reject(signal.reason);
      };
      const nothing = this.#clock.after(ms, () => this.#due?.());
      const finish = () => {
        this.#due = undefined;
        this.#timer?.close();
        this.#timer = undefined;
        nothing.close();
        signal.removeEventListener("abort", stop);
      };
      this.#due = () => {
        finish();
        const changed = this.#changed;
        this.#changed = new Set();
        resolve(changed);
      };
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop);
      if (!signal.aborted && this.#changed.size > 0) this.#wait(this.#clock.now());
    });
  }

  #wait(now: number): void {
    const { quietMs, latestMs } = this.#times;
    this.#timer?.close();
    const left = Math.max(0, this.#since + latestMs - now);
    this.#timer = this.#clock.after(Math.min(quietMs, left), () => this.#due?.());
  }
}
