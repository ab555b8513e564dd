import { type Closable, Var } from "@namerkit/core";
import type { Within } from "./within.js";

/** What is a Var to another copy of core is the member with this key; whoever has it can be observed. */
type VarProtocol = Extract<keyof Var<unknown>, symbol>;
type Linking<T> = Var<T>[VarProtocol];
type Dependent = Parameters<Linking<unknown>>[0];
type Link<T> = ReturnType<Linking<T>>;

const varProtocol: VarProtocol = Symbol.for("@namerkit/core/var@1") as VarProtocol;
const start: Var<undefined> = Var.value(undefined);

/**
 * The same Var, told of everyone who observes it, through however many derived Vars: `open` is called before and what it returns is
 * closed when the observer leaves. Its argument is the function below which a stack begins with the observer. What an observation sets
 * off runs inside `within`.
 */
export function watchedVar<T>(
  source: Var<T>,
  open: (below: Function) => Closable,
  within: Within = (fn) => fn(),
): Var<T> {
  const link = (dependent: Dependent): Link<T> => {
    const entry = open(link);
    try {
      return new WatchedLink(
        within(() => source[varProtocol](dependent)),
        entry,
      );
    } catch (thrown) {
      entry.close();
      throw thrown;
    }
  };
  // Only the protocol; `flatMap` makes a whole Var of it.
  const bare = { [varProtocol]: link } as unknown as Var<T>;
  return start.flatMap(() => bare);
}

class WatchedLink<T> implements Link<T> {
  readonly #link: Link<T>;
  readonly #entry: Closable;

  constructor(link: Link<T>, entry: Closable) {
    this.#link = link;
    this.#entry = entry;
  }

  get value(): T {
    return this.#link.value;
  }

  pull(): boolean {
    return this.#link.pull();
  }

  close(): void {
    this.#entry.close();
    this.#link.close();
  }
}
