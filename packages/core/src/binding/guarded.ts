import { NamerError, toNamerError } from "../errors.js";
import { BaseVar } from "../values/base-var.js";
import { type Dependent, type Link, varProtocol } from "../values/protocol.js";
import { State } from "../values/state.js";
import type { Var } from "../values/var.js";

/** How many observations one binding holds at the moment, and how many it may. */
export interface LookupBudget {
  live: number;
  readonly max: number;
  /** What the first one too many is answered, and all others too: making an error costs more than a lookup. */
  exceeded?: State<never>;
}

/** A name longer than this many elements is one that a dtab makes longer at every step. */
export const MAX_PATH_SIZE = 1_000;

/**
 * States of somebody else's making, made safe: whatever throws while they are observed is Failed (BIND_THREW), and an observation
 * beyond the budget is Failed (BIND_BREADTH) without being made. The depth limit alone would not do: a dtab such as
 * `/a => /a & /a`, which a client can send with its request, asks for 2^100 lookups before it is reached.
 */
export class GuardedVar<T> extends BaseVar<State<T>> {
  readonly #source: Var<State<T>>;
  readonly #budget: LookupBudget;

  constructor(source: Var<State<T>>, budget: LookupBudget) {
    super();
    this.#source = source;
    this.#budget = budget;
  }

  override [varProtocol](dependent: Dependent): Link<State<T>> {
    return new GuardedLink(this.#source, this.#budget, dependent);
  }
}

class GuardedLink<T> implements Link<State<T>> {
  readonly #budget: LookupBudget;
  #source: Link<State<T>> | undefined;
  #held = false;
  value: State<T>;

  constructor(source: Var<State<T>>, budget: LookupBudget, dependent: Dependent) {
    this.#budget = budget;
    if (budget.live >= budget.max) {
      budget.exceeded ??= State.failed(tooManyLookups(budget.max));
      this.value = budget.exceeded;
      return;
    }
    budget.live++;
    this.#held = true;
    try {
      this.#source = source[varProtocol](dependent);
      this.value = this.#source.value;
    } catch (thrown) {
      this.value = State.failed(toNamerError(thrown, "BIND_THREW"));
    }
  }

  pull(): boolean {
    if (this.#source === undefined) return false;
    try {
      if (!this.#source.pull()) return false;
      this.value = this.#source.value;
    } catch (thrown) {
      this.value = State.failed(toNamerError(thrown, "BIND_THREW"));
    }
    return true;
  }

  close(): void {
    if (this.#held) {
      this.#held = false;
      this.#budget.live--;
    }
    this.#source?.close();
  }
}

export function tooManyLookups(max: number): NamerError {
  return new NamerError("BIND_BREADTH", `This name leads to more than ${max} lookups at once`);
}

export function tooLong(size: number): NamerError {
  return new NamerError("BIND_BREADTH", `A name of ${size} elements came up, more than ${MAX_PATH_SIZE}`);
}
