import { NamerError, toNamerError } from "../errors.js";
import type { Closable } from "./closable.js";
import { DistinctVar } from "./distinct.js";
import { State, sameState } from "./state.js";
import { Var } from "./var.js";

/**
 * A value that may not be there yet, or may have failed to come, and may change its mind: a Var of States. After Finagle's Activity.
 *
 * Functions given to it may throw: what is thrown becomes Failed (code BIND_THREW unless it is a NamerError).
 * It has no `then` and is not iterable, so that `await` and `for await` cannot mistake one of its values for all of them.
 */
export class Activity<out T> {
  readonly run: Var<State<T>>;

  constructor(run: Var<State<T>>) {
    this.run = run;
  }

  static of<T>(run: Var<State<T>>): Activity<T> {
    return new Activity(run);
  }

  static value<T>(value: T): Activity<T> {
    return new Activity(Var.value(State.ok(value)));
  }

  static failed(error: NamerError): Activity<never> {
    return new Activity<never>(Var.value(State.failed(error)));
  }

  static readonly pending: Activity<never> = new Activity<never>(Var.value<State<never>>(State.pending));

  /** Pending until `body` sets something; as with Var.async, the body runs while somebody observes. */
  static async<T>(body: (set: (state: State<T>) => void, signal: AbortSignal) => void): Activity<T> {
    return new Activity(Var.async<State<T>>(State.pending, body));
  }

  /** All values together, in order. Otherwise the first in the list that is not Ok decides. */
  static collect<T>(list: readonly Activity<T>[]): Activity<readonly T[]> {
    return new Activity(Var.collect(list.map((one) => one.run)).map(together));
  }

  static join<A, B>(a: Activity<A>, b: Activity<B>): Activity<readonly [A, B]> {
    return Activity.collect<A | B>([a, b]) as unknown as Activity<readonly [A, B]>;
  }

  map<U>(f: (value: T) => U): Activity<U> {
    return new Activity(
      this.run.map((state) => {
        if (state.status !== "ok") return state;
        try {
          return State.ok(f(state.value));
        } catch (thrown) {
          return State.failed(toNamerError(thrown, "BIND_THREW"));
        }
      }),
    );
  }

  flatMap<U>(f: (value: T) => Activity<U>): Activity<U> {
    return this.transform((state) => (state.status === "ok" ? f(state.value) : passOn(state)));
  }

  /** Another Activity in place of some failures; `undefined` leaves the failure as it is. */
  recover<U>(f: (error: NamerError) => Activity<U> | undefined): Activity<T | U> {
    return this.transform<T | U>((state) => {
      if (state.status === "failed") return f(state.error) ?? passOn(state);
      return state.status === "ok" ? Activity.value(state.value) : Activity.pending;
    });
  }

  /** Follows the Activity that `f` makes of the latest state. */
  transform<U>(f: (state: State<T>) => Activity<U>): Activity<U> {
    return new Activity(
      this.run.flatMap((state) => {
        try {
          return f(state).run;
        } catch (thrown) {
          return Var.value<State<U>>(State.failed(toNamerError(thrown, "BIND_THREW")));
        }
      }),
    );
  }

  /** Once there was a value, shows the last one in place of any later Pending or Failed, to every observer, for good. */
  stabilize(): Activity<T> {
    let last: State<T> | undefined;
    return new Activity(
      this.run.map((state) => {
        if (state.status === "ok") last = state;
        return last ?? state;
      }),
    );
  }

  /** Without consecutive equal states; the first of several equal values stays. */
  dedup(equals: (a: T, b: T) => boolean = Object.is): Activity<T> {
    return new Activity(new DistinctVar(this.run, (shown, next) => sameState(shown, next, equals)));
  }

  /** The current state, then changes; latest wins, nothing queues. Ends when the signal aborts. */
  states(options: { readonly signal?: AbortSignal | undefined } = {}): AsyncIterable<State<T>> {
    return this.run.changes(options);
  }

  /** The first value, or the first failure. Rejects with code ABORTED when the signal aborts; without a signal it may wait for ever. */
  toPromise(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<T> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      let observation: Closable | undefined;
      let settled = false;
      const settle = (): void => {
        settled = true;
        signal?.removeEventListener("abort", abort);
        observation?.close();
      };
      const abort = (): void => {
        settle();
        reject(new NamerError("ABORTED", "waiting for a first value was aborted", { cause: signal?.reason }));
      };
      if (signal?.aborted) return abort();
      signal?.addEventListener("abort", abort, { once: true });
      try {
        observation = this.run.observe((state) => {
          if (settled || state.status === "pending") return;
          settle();
          if (state.status === "ok") resolve(state.value);
          else reject(state.error);
        });
      } catch (thrown) {
        settle();
        reject(thrown);
      }
      // Settled by the very first value, before there was a handle to close.
      if (settled) observation?.close();
    });
  }
}

function passOn(state: State<unknown>): Activity<never> {
  return state.status === "failed" ? Activity.failed(state.error) : Activity.pending;
}

function together<T>(states: readonly State<T>[]): State<readonly T[]> {
  const values: T[] = [];
  for (const state of states) {
    if (state.status !== "ok") return state;
    values.push(state.value);
  }
  return State.ok(values);
}
