import type { Clock, Closable, Metrics } from "@namerkit/core";
import { type CacheEntry, IdleList } from "./cache-entry.js";

export interface EntryCacheOptions {
  /** Entries that are shared, at most. */
  readonly size: number;
  readonly idleTtlMs: number;
  readonly clock: Clock;
  /** The scope of `misses`, `evicts` and `oneshots`. */
  readonly metrics: Metrics;
}

/**
 * A bounded cache of things in use. Entries that nobody uses are closed after `idleTtlMs`; a full cache makes room by closing the
 * one idle for longest, and when all are in use it hands out a one-shot entry: not shared, closed by its last user.
 *
 * Linkerd never closes the least idle entry of a cache; here every idle one goes, so that a quiet proxy watches nothing.
 */
export class EntryCache<E extends CacheEntry, Arg> {
  readonly #options: EntryCacheOptions;
  readonly #make: (key: string, arg: Arg) => E;
  readonly #entries = new Map<string, E>();
  readonly #oneShots = new Set<E>();
  readonly #idle = new IdleList<E>();
  readonly #misses: { add(n?: number): void };
  readonly #evicts: { add(n?: number): void };
  readonly #oneShotCount: { add(n?: number): void };
  #timer: Closable | undefined;
  #closed = false;

  constructor(options: EntryCacheOptions, make: (key: string, arg: Arg) => E) {
    this.#options = options;
    this.#make = make;
    this.#misses = options.metrics.counter("misses");
    this.#evicts = options.metrics.counter("evicts");
    this.#oneShotCount = options.metrics.counter("oneshots");
  }

  /** Shared entries now. */
  get size(): number {
    return this.#entries.size;
  }

  values(): Iterable<E> {
    return this.#entries.values();
  }

  peek(key: string): E | undefined {
    return this.#entries.get(key);
  }

  /** The shared entry, or a new one; either is in use until `drop`. Throws what `make` throws, and then holds nothing. */
  hold(key: string, arg: Arg): E {
    const found = this.#entries.get(key);
    if (found !== undefined) {
      this.retain(found);
      return found;
    }
    this.#misses.add();
    const entry = this.#make(key, arg);
    entry.active = 1;
    if (!this.#closed && this.#hasRoom()) {
      entry.shared = true;
      this.#entries.set(key, entry);
    } else {
      this.#oneShotCount.add();
      this.#oneShots.add(entry);
    }
    return entry;
  }

  /** One more user of an entry that is not stopped. */
  retain(entry: E): void {
    if (entry.active++ === 0) this.#idle.remove(entry);
  }

  /** One user fewer. `now` is the clock's. */
  drop(entry: E, now: number): void {
    if (--entry.active > 0) return;
    if (entry.stopped) {
      entry.finish();
    } else if (entry.shared) {
      entry.idleSince = now;
      this.#idle.add(entry);
      this.#timer ??= this.#options.clock.after(this.#options.idleTtlMs, this.#sweep);
    } else {
      this.#oneShots.delete(entry);
      this.#stop(entry);
    }
  }

  /** Stops every entry; those in use finish with their last user. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.close();
    this.#timer = undefined;
    const all = [...this.#entries.values(), ...this.#oneShots];
    this.#entries.clear();
    this.#oneShots.clear();
    for (const entry of all) this.#stop(entry);
  }

  #hasRoom(): boolean {
    if (this.#entries.size < this.#options.size) return true;
    const idlest = this.#idle.longest;
    if (idlest === undefined || idlest.idleSince >= this.#options.clock.now()) return false;
    this.#evicts.add();
    this.#evict(idlest);
    return true;
  }

  #evict(entry: E): void {
    this.#idle.remove(entry);
    this.#entries.delete(entry.key);
    this.#stop(entry);
  }

  #stop(entry: E): void {
    entry.stopped = true;
    entry.stop();
    if (entry.active === 0) entry.finish();
  }

  // One timer for all, armed again only while something is idle: a busy entry costs none.
  readonly #sweep = (): void => {
    const { clock, idleTtlMs } = this.#options;
    this.#timer = undefined;
    const now = clock.now();
    for (let entry = this.#idle.longest; entry !== undefined; entry = this.#idle.longest) {
      const left = entry.idleSince + idleTtlMs - now;
      if (left > 0) {
        this.#timer = clock.after(left, this.#sweep);
        return;
      }
      this.#evict(entry);
    }
  };
}
