import type { Closable } from "./closable.js";
import { type Dependent, type Link, type Root, type Turn, varProtocol } from "./protocol.js";
import type { Var } from "./var.js";

/** One observer of a derived Var. */
export class Observation<T> implements Closable, Dependent, Root {
  #link: Link<T> | undefined;
  #fn: ((value: T) => void) | undefined;

  constructor(source: Var<T>, fn: (value: T) => void) {
    const link = source[varProtocol](this);
    this.#link = link;
    this.#fn = fn;
    try {
      // Linking runs user code (flatMap, async bodies), which may already have moved what was linked first.
      link.pull();
      fn(link.value);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  stale(turn: Turn): void {
    turn.enqueue(this);
  }

  refresh(): void {
    const link = this.#link;
    if (link?.pull() && this.#fn !== undefined) this.#fn(link.value);
  }

  close(): void {
    const link = this.#link;
    this.#fn = undefined;
    this.#link = undefined;
    link?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
