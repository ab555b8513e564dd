import { NamerError } from "../errors.js";
import type { Closable } from "../values/closable.js";
import type { Clock } from "./clock.js";
import type { TokenBucket } from "./token-bucket.js";
import type { Watch, WatchContext } from "./watch.js";

/** Who is told what a watch does. None of these may throw. */
export interface AttemptEvents<T> {
  value(value: T | undefined): void;
  alive(): void;
  request(text: string): void;
  count(name: string, n: number): void;
  /** Exactly one of these two, unless it is closed before. */
  failed(thrown: unknown): void;
  ended(): void;
}

/**
 * One call of a watch, from its first pull to its end. Works on callbacks and not with `await`, so that closing leaves nothing
 * behind: a generator that ignores its signal keeps only itself, and what it still says reaches nobody.
 */
export class Attempt<T> implements WatchContext {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  readonly #controller = new AbortController();
  #events: AttemptEvents<T> | undefined;
  #iterator: AsyncIterator<T | undefined> | undefined;
  #wait: Closable | undefined;
  #yielded = false;

  constructor(clock: Clock, bucket: TokenBucket, events: AttemptEvents<T>) {
    this.#clock = clock;
    this.#bucket = bucket;
    this.#events = events;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  start(watch: Watch<T>): void {
    try {
      this.#iterator = watch(context(this))[Symbol.asyncIterator]();
    } catch (thrown) {
      this.#fail(thrown);
      return;
    }
    this.#pull();
  }

  alive(): void {
    this.#events?.alive();
  }

  request(text: string): void {
    this.#events?.request(text);
  }

  count(name: string, n = 1): void {
    this.#events?.count(name, n);
  }

  async pace(): Promise<void> {
    this.signal.throwIfAborted();
    const wait = this.#bucket.take();
    if (wait > 0) await this.#clock.sleep(wait, this.signal);
  }

  /** Aborts the signal and stops listening. */
  close(): void {
    if (this.#events === undefined) return;
    const iterator = this.#iterator;
    this.#finish("the watch was closed");
    if (iterator !== undefined) letGo(iterator);
  }

  #pull(): void {
    const iterator = this.#iterator;
    // Closed by what its own first steps have set off.
    if (iterator === undefined || this.#events === undefined) return;
    try {
      // Through Promise.resolve: a hand-written iterator may answer with less than a promise.
      Promise.resolve(iterator.next()).then(
        (result) => this.#took(result),
        (thrown) => this.#fail(thrown),
      );
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #took(result: IteratorResult<T | undefined>): void {
    if (this.#events === undefined) return;
    if (result.done) {
      // A yield has been paced already; a generator that only returns must not turn into a busy loop.
      this.#after(this.#yielded ? 0 : this.#bucket.take(), () => this.#end());
      return;
    }
    this.#yielded = true;
    this.#events.value(result.value);
    if (this.#events !== undefined) this.#after(this.#bucket.take(), () => this.#pull());
  }

  #after(ms: number, fn: () => void): void {
    if (ms > 0) this.#wait = this.#clock.after(ms, fn);
    else fn();
  }

  #fail(thrown: unknown): void {
    const events = this.#events;
    this.#finish("the watch has failed");
    events?.failed(thrown);
  }

  #end(): void {
    const events = this.#events;
    this.#finish("the watch has ended");
    events?.ended();
  }

  #finish(why: string): void {
    this.#events = undefined;
    this.#iterator = undefined;
    this.#wait?.close();
    this.#controller.abort(new NamerError("CLOSED", why));
  }
}

/** What the author sees of an attempt: functions that also work when taken apart, `{ signal, alive }`. */
function context(attempt: Attempt<unknown>): WatchContext {
  return {
    signal: attempt.signal,
    alive: () => attempt.alive(),
    request: (text) => attempt.request(text),
    count: (name, n) => attempt.count(name, n),
    pace: () => attempt.pace(),
  };
}

/** Lets the generator run its `finally`. What comes of it is nobody's business any more. */
function letGo(iterator: AsyncIterator<unknown>): void {
  try {
    Promise.resolve(iterator.return?.()).then(undefined, () => {});
  } catch {
    // A hand-written iterator whose `return` throws: it was told, which is all we owe it.
  }
}
