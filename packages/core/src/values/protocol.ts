/**
 * How Vars are wired, and all that two copies of core in one process need to agree on.
 *
 * An update travels in two passes. First the cell tells its dependents that they are *stale*; that runs no user code and ends at
 * the observations, which enter the turn. Then each observation *pulls* its value through the links above it. Since nothing is
 * computed before everything is marked, no observer ever sees one half of an update without the other.
 *
 * The number in the symbol changes whenever one of these interfaces does.
 */
export const varProtocol: unique symbol = Symbol.for("@namerkit/core/var@1") as never;

/** Told that what it depends on may have moved. Must not run user code. */
export interface Dependent {
  stale(turn: Turn): void;
}

/** A dependent's hold on a Var. */
export interface Link<out T> {
  /** The value as of the last pull; the current one right after linking. */
  readonly value: T;
  /** Brings `value` up to date. True when something was published since the last pull, even an equal value. */
  pull(): boolean;
  /** Lets go. Idempotent; a closed link says nothing any more. */
  close(): void;
}

/** An observation waiting for its turn. */
export interface Root {
  /** Pulls, and calls the observer if there is something new. Throws what the observer throws. */
  refresh(): void;
}

/** The observations that one update has made stale, in the order in which they were reached. */
export interface Turn {
  enqueue(root: Root): void;
}

/** One update's turn: every observation is refreshed even if one throws; what was thrown is kept for `rethrow`. */
export class UpdateTurn implements Turn {
  readonly #roots: Root[] = [];
  readonly thrown: unknown[] = [];

  enqueue(root: Root): void {
    this.#roots.push(root);
  }

  flush(): void {
    // Not for-of: a refresh may, by a nested update, make stale what this turn still has to refresh.
    for (let i = 0; i < this.#roots.length; i++) {
      try {
        this.#roots[i]?.refresh();
      } catch (error) {
        this.thrown.push(error);
      }
    }
  }
}

/** Throws the one error, or all of them together; does nothing when there is none. */
export function rethrow(thrown: readonly unknown[] | undefined): void {
  if (thrown === undefined || thrown.length === 0) return;
  if (thrown.length === 1) throw thrown[0];
  throw new AggregateError(thrown, `${thrown.length} observers threw during one update`);
}
