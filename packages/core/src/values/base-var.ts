import { changesOf } from "./changes.js";
import type { Closable } from "./closable.js";
import { FlatMapLink, MapLink } from "./links.js";
import { Observation } from "./observation.js";
import { type Dependent, type Link, varProtocol } from "./protocol.js";
import type { Var } from "./var.js";

const deaf: Dependent = { stale() {} };

/** What every kind of Var shares; a kind has only to say how to link to it. */
export abstract class BaseVar<T> implements Var<T> {
  abstract [varProtocol](dependent: Dependent): Link<T>;

  observe(fn: (value: T) => void): Closable {
    return new Observation(this, fn);
  }

  sample(): T {
    const link = this[varProtocol](deaf);
    try {
      return link.value;
    } finally {
      link.close();
    }
  }

  map<U>(f: (value: T) => U): Var<U> {
    return new MapVar(this, f);
  }

  flatMap<U>(f: (value: T) => Var<U>): Var<U> {
    return new FlatMapVar(this, f);
  }

  changes(options: { readonly signal?: AbortSignal | undefined } = {}): AsyncIterable<T> {
    return changesOf(this, options.signal);
  }
}

// In this file because they extend the class above, which makes them.

/** The values of another Var, each seen through `f`. */
class MapVar<A, B> extends BaseVar<B> {
  readonly #source: Var<A>;
  readonly #f: (value: A) => B;

  constructor(source: Var<A>, f: (value: A) => B) {
    super();
    this.#source = source;
    this.#f = f;
  }

  override [varProtocol](dependent: Dependent): Link<B> {
    return new MapLink(this.#source[varProtocol](dependent), this.#f);
  }
}

/** The values of whichever Var `f` makes of the latest value of another. */
class FlatMapVar<A, B> extends BaseVar<B> {
  readonly #source: Var<A>;
  readonly #f: (value: A) => Var<B>;

  constructor(source: Var<A>, f: (value: A) => Var<B>) {
    super();
    this.#source = source;
    this.#f = f;
  }

  override [varProtocol](dependent: Dependent): Link<B> {
    return new FlatMapLink(this.#source, this.#f, dependent);
  }
}
