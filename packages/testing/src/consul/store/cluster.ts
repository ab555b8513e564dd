import { type Clock, type Closable, closable } from "@namerkit/core";
import { Catalog } from "./catalog.js";
import { Keys } from "./keys.js";

/** A query that was defined beforehand and is run by its name. */
export interface PreparedQuery {
  readonly service: string;
  readonly onlyPassing?: boolean;
  readonly tags?: readonly string[];
}

/** What the servers of one datacenter agree on, and whether they can agree at all. */
export class Cluster {
  readonly catalog = new Catalog();
  readonly keys = new Keys();
  readonly queries = new Map<string, PreparedQuery>();
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #index: number;
  /** Whether a write is under way that everything belongs to. */
  #writing = false;
  #leaderlessSince: number | undefined;
  /** Whether ?stale is answered while there is no leader: by servers that have had one, but not by those that still wait for their first. */
  staleReads = false;

  /** `index` is that of the last write so far. */
  constructor(clock: Clock, index: number) {
    this.#clock = clock;
    this.#index = index;
  }

  /** That of the last write, whatever was written. */
  get index(): number {
    return this.#index;
  }

  get hasLeader(): boolean {
    return this.#leaderlessSince === undefined;
  }

  /** For how long, in ms, there has been no leader; 0 if there is one. */
  get leaderlessMs(): number {
    return this.#leaderlessSince === undefined ? 0 : Math.round(this.#clock.now() - this.#leaderlessSince);
  }

  loseLeader(): void {
    this.#leaderlessSince ??= this.#clock.now();
  }

  electLeader(): void {
    this.#leaderlessSince = undefined;
    this.#tell();
  }

  /** A write: one index for all that it does, and for the writes in it. */
  commit<T>(write: (index: number) => T): T {
    if (this.#writing) return write(this.#index);
    this.#writing = true;
    try {
      return write(++this.#index);
    } finally {
      this.#writing = false;
      this.#tell();
    }
  }

  /** Writes that nobody here asks for, sessions and coordinates say, take indexes too. */
  skipTo(index: number): void {
    this.#index = Math.max(this.#index, index);
  }

  /** Told after each write, and when there is a leader again. */
  onChange(listener: () => void): Closable {
    this.#listeners.add(listener);
    return closable(() => this.#listeners.delete(listener));
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
