import type { Closable } from "./closable.js";
import type { Var } from "./var.js";

/** The values of a Var as an async iterable that holds at most one of them: the latest. */
export function changesOf<T>(source: Var<T>, signal: AbortSignal | undefined): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => new Changes(source, signal) };
}

class Changes<T> implements AsyncIterator<T, undefined> {
  readonly #source: Var<T>;
  readonly #signal: AbortSignal | undefined;
  readonly #abort = (): void => this.#end();
  #observation: Closable | undefined;
  #latest: { readonly value: T } | undefined;
  readonly #waiting: ((result: IteratorResult<T, undefined>) => void)[] = [];
  #ended = false;

  constructor(source: Var<T>, signal: AbortSignal | undefined) {
    this.#source = source;
    this.#signal = signal;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#signal?.aborted) this.#end();
    if (!this.#ended && this.#observation === undefined) {
      try {
        this.#start();
      } catch (error) {
        this.#end();
        return Promise.reject(error);
      }
    }
    const latest = this.#latest;
    if (latest !== undefined) {
      this.#latest = undefined;
      return Promise.resolve({ done: false, value: latest.value });
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#latest = undefined;
    this.#end();
    return Promise.resolve({ done: true, value: undefined });
  }

  #start(): void {
    this.#signal?.addEventListener("abort", this.#abort, { once: true });
    this.#observation = this.#source.observe((value) => {
      const waiter = this.#waiting.shift();
      if (waiter === undefined) this.#latest = { value };
      else waiter({ done: false, value });
    });
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#observation?.close();
    if (this.#signal?.aborted) this.#latest = undefined;
    for (const waiter of this.#waiting.splice(0)) waiter({ done: true, value: undefined });
  }
}
