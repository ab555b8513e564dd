import { type Dependent, type Link, type Turn, varProtocol } from "./protocol.js";
import type { Var } from "./var.js";

/** One dependent's view of a mapped Var. */
export class MapLink<A, B> implements Link<B> {
  readonly #source: Link<A>;
  readonly #f: (value: A) => B;
  #pulls = 0;
  value: B;

  constructor(source: Link<A>, f: (value: A) => B) {
    this.#source = source;
    this.#f = f;
    try {
      this.value = f(source.value);
    } catch (error) {
      source.close();
      throw error;
    }
  }

  pull(): boolean {
    if (!this.#source.pull()) return false;
    const pull = ++this.#pulls;
    const value = this.#f(this.#source.value);
    // `f` has updated something by which this link was pulled again: that pull has the newer value.
    if (pull !== this.#pulls) return false;
    this.value = value;
    return true;
  }

  close(): void {
    this.#source.close();
  }
}

/** One dependent's view of a flat-mapped Var: a link to the source, and one to what was chosen last. */
export class FlatMapLink<A, B> implements Link<B>, Dependent {
  readonly #dependent: Dependent;
  readonly #f: (value: A) => Var<B>;
  readonly #source: Link<A>;
  #chosen: Var<B>;
  #inner: Link<B>;
  #pulls = 0;
  #closed = false;
  value: B;

  constructor(source: Var<A>, f: (value: A) => Var<B>, dependent: Dependent) {
    this.#dependent = dependent;
    this.#f = f;
    this.#source = source[varProtocol](this);
    try {
      this.#chosen = f(this.#source.value);
      this.#inner = this.#chosen[varProtocol](this);
    } catch (error) {
      this.#source.close();
      throw error;
    }
    this.value = this.#inner.value;
  }

  stale(turn: Turn): void {
    this.#dependent.stale(turn);
  }

  pull(): boolean {
    // The source first: an inner value of a Var that is no longer chosen must not be seen.
    const switched = this.#source.pull() && this.#choose();
    if (this.#closed) return false;
    if (!this.#inner.pull() && !switched) return false;
    this.value = this.#inner.value;
    return true;
  }

  #choose(): boolean {
    const pull = ++this.#pulls;
    const chosen = this.#f(this.#source.value);
    if (this.#closed || pull !== this.#pulls || chosen === this.#chosen) return false;
    // Observe the new before letting go of the old: what both use never drops to zero observers in between.
    const inner = chosen[varProtocol](this);
    if (this.#closed || pull !== this.#pulls) {
      inner.close();
      return false;
    }
    const old = this.#inner;
    this.#chosen = chosen;
    this.#inner = inner;
    old.close();
    return true;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#source.close();
    this.#inner.close();
  }
}
