import { type AsyncBody, AsyncVar } from "./async-var.js";
import { Cell } from "./cell.js";
import type { Closable } from "./closable.js";
import { CollectVar } from "./collect.js";
import { ConstantVar } from "./constant.js";
import { type Dependent, type Link, varProtocol } from "./protocol.js";

/**
 * A value that changes over time and always has a current one. After Finagle's Var.
 *
 * Nothing runs without an observer; derived Vars are evaluated once per observer and never show a state that mixes old and new.
 * There is no equality filter: publishing an equal value is a change. Re-entrant updates are allowed; the latest value wins.
 */
export interface Var<out T> {
  readonly [varProtocol]: (dependent: Dependent) => Link<T>;
  /** Calls `fn` with the current value before it returns, then once per change until closed. Observers are told in order of registration. */
  observe(fn: (value: T) => void): Closable;
  /** The current value: observes, takes it, lets go. */
  sample(): T;
  map<U>(f: (value: T) => U): Var<U>;
  /** Follows the Var that `f` makes of the latest value. The new one is observed before the old one is let go. */
  flatMap<U>(f: (value: T) => Var<U>): Var<U>;
  /** The current value, then changes; a slow reader misses what lies between and gets the latest. Ends when the signal aborts. */
  changes(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<T>;
}

/** A Var that is set from outside. */
export interface MutableVar<T> extends Var<T> {
  /**
   * Publishes to every observer before it returns. An observer that throws does not keep the others from being told;
   * what was thrown is then thrown here, as an AggregateError if there were several.
   */
  update(value: T): void;
}

export const Var = {
  /** A Var that never changes. */
  value<T>(value: T): Var<T> {
    return new ConstantVar(value);
  },
  mutable<T>(initial: T): MutableVar<T> {
    return new Cell(initial);
  },
  /**
   * A Var fed by `body`, which runs while there is at least one observer, once for all of them. Its signal aborts when the last
   * one leaves; the next observer starts over from `initial`. What a stopped body still sets, nobody sees.
   */
  async<T>(initial: T, body: AsyncBody<T>): Var<T> {
    return new AsyncVar(initial, body);
  },
  /** All values together, in order. One change for one update, however many of the Vars it moves; cost in proportion to those. */
  collect<T>(vars: readonly Var<T>[]): Var<readonly T[]> {
    return vars.length === 0 ? new ConstantVar([]) : new CollectVar(vars);
  },
  join<A, B>(a: Var<A>, b: Var<B>): Var<readonly [A, B]> {
    return new CollectVar<A | B>([a, b]) as unknown as Var<readonly [A, B]>;
  },
  /** True for a Var of any copy of core in the process. */
  is(value: unknown): value is Var<unknown> {
    return typeof value === "object" && value !== null && varProtocol in value;
  },
};
