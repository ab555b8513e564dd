import { Activity } from "./activity.js";
import { BaseVar } from "./base-var.js";
import { type Dependent, type Link, varProtocol } from "./protocol.js";
import { State, sameState } from "./state.js";
import type { Var } from "./var.js";

/**
 * Splits *whether* something exists from *what* it is: the outer Activity moves only when the thing appears, disappears or fails,
 * and the inner Var carries its value. This is what lets a proxy keep its client while a service scales.
 *
 * - There is one inner Var for life, also across disappearance and return; it keeps the last value while there is none.
 * - New observers get the current existence and the latest value. Equal values (by `equals`, Object.is by default) are no change.
 * - Failed is passed through. Pending after an answer is not shown while somebody still observes that answer.
 *
 * Both parts observe the source on their own, so each works when the other is let go.
 */
export function stabilizeExistence<T extends {} | null>(
  source: Activity<T | undefined>,
  equals: (a: T, b: T) => boolean = Object.is,
): Activity<Var<T> | undefined> {
  const memory = new Memory<T>(equals);
  const inner = new Inner(source.run, memory);
  return new Activity(new Existence(source.run, inner, memory));
}

/** What the parts of one stabilised Activity know together. */
class Memory<T extends {} | null> {
  readonly #equals: (a: T, b: T) => boolean;
  latest: T | undefined;

  constructor(equals: (a: T, b: T) => boolean) {
    this.#equals = equals;
  }

  /** The value to show for `next`: the one shown before, if they are equal. */
  take(next: T): T {
    if (this.latest === undefined || !this.#equals(this.latest, next)) this.latest = next;
    return this.latest;
  }
}

/** The value. Observed only by those who were given it, thus after the first value has come. */
class Inner<T extends {} | null> extends BaseVar<T> {
  readonly #source: Var<State<T | undefined>>;
  readonly #memory: Memory<T>;

  constructor(source: Var<State<T | undefined>>, memory: Memory<T>) {
    super();
    this.#source = source;
    this.#memory = memory;
  }

  override [varProtocol](dependent: Dependent): Link<T> {
    return new InnerLink(this.#source[varProtocol](dependent), this.#memory);
  }
}

class InnerLink<T extends {} | null> implements Link<T> {
  readonly #source: Link<State<T | undefined>>;
  readonly #memory: Memory<T>;
  value: T;

  constructor(source: Link<State<T | undefined>>, memory: Memory<T>) {
    this.#source = source;
    this.#memory = memory;
    this.value = this.#current();
  }

  pull(): boolean {
    if (!this.#source.pull()) return false;
    const value = this.#current();
    if (value === this.value) return false;
    this.value = value;
    return true;
  }

  #current(): T {
    const state = this.#source.value;
    if (state.status === "ok" && state.value !== undefined) return this.#memory.take(state.value);
    return this.#memory.latest as T;
  }

  close(): void {
    this.#source.close();
  }
}

/** Whether it exists. */
class Existence<T extends {} | null> extends BaseVar<State<Var<T> | undefined>> {
  readonly #source: Var<State<T | undefined>>;
  readonly #memory: Memory<T>;
  readonly present: State<Var<T> | undefined>;
  readonly absent: State<Var<T> | undefined> = State.ok(undefined);
  /** What the present observers have been shown last; forgotten when the last of them leaves. */
  #shown: State<Var<T> | undefined> = State.pending;
  #links = 0;

  constructor(source: Var<State<T | undefined>>, inner: Var<T>, memory: Memory<T>) {
    super();
    this.#source = source;
    this.#memory = memory;
    this.present = State.ok(inner);
  }

  override [varProtocol](dependent: Dependent): Link<State<Var<T> | undefined>> {
    const link = this.#source[varProtocol](dependent);
    this.#links++;
    return new ExistenceLink(link, this);
  }

  show(state: State<T | undefined>): State<Var<T> | undefined> {
    if (state.status === "ok") {
      if (state.value !== undefined) this.#memory.take(state.value);
      this.#shown = state.value === undefined ? this.absent : this.present;
    } else if (state.status === "failed") {
      if (!sameState<unknown>(this.#shown, state, Object.is)) this.#shown = state;
    } else if (this.#shown.status === "failed") {
      this.#shown = state;
    }
    return this.#shown;
  }

  leave(): void {
    if (--this.#links === 0) this.#shown = State.pending;
  }
}

class ExistenceLink<T extends {} | null> implements Link<State<Var<T> | undefined>> {
  #source: Link<State<T | undefined>> | undefined;
  readonly #existence: Existence<T>;
  value: State<Var<T> | undefined>;

  constructor(source: Link<State<T | undefined>>, existence: Existence<T>) {
    this.#source = source;
    this.#existence = existence;
    this.value = existence.show(source.value);
  }

  pull(): boolean {
    if (!this.#source?.pull()) return false;
    const value = this.#existence.show(this.#source.value);
    if (value === this.value) return false;
    this.value = value;
    return true;
  }

  close(): void {
    const source = this.#source;
    if (source === undefined) return;
    this.#source = undefined;
    source.close();
    this.#existence.leave();
  }
}
