import { NamerError, toNamerError } from "../errors.js";
import type { Name } from "../names/name.js";
import { NameTree } from "../names/nametree.js";
import { BaseVar } from "../values/base-var.js";
import { type Dependent, type Link, varProtocol } from "../values/protocol.js";
import { State } from "../values/state.js";
import type { Var } from "../values/var.js";

/** What one binding holds at the moment, and how much it may. */
export interface LookupBudget {
  /** Observations. */
  live: number;
  readonly max: number;
  /** Of all answers together: see `treeSize`. */
  size: number;
  readonly maxSize: number;
  /** What the first one too many is answered, and all others too: making an error costs more than a lookup. */
  exceeded?: State<never>;
}

/** What the answers of one binding may hold together, by `treeSize`: some 30 MB. */
export const MAX_ANSWERS_SIZE = 200_000;

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
  readonly #sizeOf: (value: T) => number;

  constructor(source: Var<State<T>>, budget: LookupBudget, sizeOf: (value: T) => number) {
    super();
    this.#source = source;
    this.#budget = budget;
    this.#sizeOf = sizeOf;
  }

  override [varProtocol](dependent: Dependent): Link<State<T>> {
    return new GuardedLink(this.#source, this.#budget, this.#sizeOf, dependent);
  }
}

class GuardedLink<T> implements Link<State<T>> {
  readonly #budget: LookupBudget;
  #source: Link<State<T>> | undefined;
  readonly #sizeOf: (value: T) => number;
  #held = false;
  #size = 0;
  value: State<T>;

  constructor(source: Var<State<T>>, budget: LookupBudget, sizeOf: (value: T) => number, dependent: Dependent) {
    this.#budget = budget;
    this.#sizeOf = sizeOf;
    if (budget.live >= budget.max || budget.size > budget.maxSize) {
      this.value = this.#exceeded();
      return;
    }
    budget.live++;
    this.#held = true;
    try {
      this.#source = source[varProtocol](dependent);
      this.value = this.#charged(this.#source.value);
    } catch (thrown) {
      this.value = State.failed(toNamerError(thrown, "BIND_THREW"));
    }
  }

  pull(): boolean {
    if (this.#source === undefined) return false;
    try {
      if (!this.#source.pull()) return false;
      this.value = this.#charged(this.#source.value);
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
    this.#budget.size -= this.#size;
    this.#size = 0;
    this.#source?.close();
  }

  /** What does not fit stays charged while it is held, so that the lookups after it are not even made. */
  #charged(value: State<T>): State<T> {
    const size = value.status === "ok" ? this.#sizeOf(value.value) : 0;
    this.#budget.size += size - this.#size;
    this.#size = size;
    return this.#budget.size > this.#budget.maxSize ? this.#exceeded() : value;
  }

  #exceeded(): State<never> {
    const { max, maxSize } = this.#budget;
    this.#budget.exceeded ??= State.failed(tooManyLookups(max, maxSize));
    return this.#budget.exceeded;
  }
}

export function tooManyLookups(max: number, maxSize: number): NamerError {
  const text = `This name leads to more than ${max} lookups at once, or to answers of more than ${maxSize} elements`;
  return new NamerError("BIND_BREADTH", text);
}

/** What a tree costs to keep and to follow: each leaf counts, and each element of its path. */
export function treeSize(tree: NameTree<Name>): number {
  let size = 0;
  for (const leaf of NameTree.leaves(tree)) size += 1 + (leaf.type === "path" ? leaf.path.size : 0);
  return size;
}

export function tooLong(size: number): NamerError {
  return new NamerError("BIND_BREADTH", `A name of ${size} elements came up, more than ${MAX_PATH_SIZE}`);
}
