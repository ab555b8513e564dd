import { Addr } from "../names/addr.js";
import type { Clock } from "./clock.js";
import type { Bound } from "./found.js";
import { addressesJson, type Remembered } from "./snapshot-format.js";

/** One moment on both clocks, in ms. */
export interface Moment {
  readonly wall: number;
  readonly now: number;
}

/** Whose contact keeps a name fresh. */
export interface Contact {
  readonly lastContact: Moment | undefined;
}

interface Entry {
  readonly bound: Bound;
  json: string | undefined;
}
interface Live extends Entry {
  readonly contact: Contact;
}
interface Rest extends Entry {
  readonly at: Moment;
}

/**
 * The last good addresses of the names of one namer: of those that are observed, as fresh as the contact with the catalogue, and of
 * those that were, as old as they are. Bounded: the one not observed for longest goes first.
 */
export class RememberedNames {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #max: number;
  readonly #live = new Map<string, Live>();
  /** In the order in which they were left, the loaded ones first. */
  #rest = new Map<string, Rest>();

  constructor(clock: Clock, limitMs: number, max: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#max = max;
  }

  get observed(): number {
    return this.#live.size;
  }

  /** What is remembered of a name that is not live, and for how long it may still be believed: 0 or less if it may not. */
  find(key: string): { readonly bound: Bound; readonly since: number; readonly leftMs: number } | undefined {
    const found = this.#rest.get(key);
    return found && { bound: found.bound, since: found.at.wall, leftMs: this.#left(found) };
  }

  /** When there was contact last, of all that is remembered and not live. */
  get newest(): number | undefined {
    let newest: number | undefined;
    for (const { at } of this.#rest.values()) newest = Math.max(newest ?? at.wall, at.wall);
    return newest;
  }

  /** False if that is known, or there is no room for it. */
  live(key: string, bound: Bound, contact: Contact): boolean {
    const known = this.#live.get(key);
    if (known !== undefined && Addr.equals(known.bound, bound)) return false;
    const before = this.#rest.get(key);
    this.#rest.delete(key);
    if (known === undefined && !this.#hasRoom()) return false;
    const same = before !== undefined && Addr.equals(before.bound, bound);
    this.#live.set(key, { bound, contact, json: same ? before.json : undefined });
    return !same;
  }

  #hasRoom(): boolean {
    if (this.#live.size + this.#rest.size < this.#max) return true;
    const [oldest] = this.#rest.keys();
    return oldest !== undefined && this.#rest.delete(oldest);
  }

  /** Nobody observes it any more. */
  left(key: string): void {
    const known = this.#live.get(key);
    if (known === undefined) return;
    this.#live.delete(key);
    const at = known.contact.lastContact;
    if (at !== undefined) this.#rest.set(key, { bound: known.bound, json: known.json, at });
  }

  /** It does not exist. False if it was not known anyway. */
  gone(key: string): boolean {
    const live = this.#live.delete(key);
    return this.#rest.delete(key) || live;
  }

  /** Takes in what was remembered elsewhere, where nothing is known here. */
  load(names: readonly (readonly [string, Remembered])[]): void {
    const wall = this.#clock.wall();
    const now = this.#clock.now();
    const loaded = new Map<string, Rest>();
    const room = this.#max - this.#live.size - this.#rest.size;
    const byAge = names.toSorted(([, a], [, b]) => a.at - b.at);
    for (const [key, { bound, at }] of room > 0 ? byAge.slice(-room) : []) {
      if (this.#live.has(key) || this.#rest.has(key)) continue;
      // What was saved "later" than now comes from a clock that was set; it is as old as it can least be.
      const entry = { bound, json: undefined, at: { wall: at, now: now - Math.max(0, wall - at) } };
      if (this.#left(entry) > 0) loaded.set(key, entry);
    }
    this.#rest = new Map([...loaded, ...this.#rest]);
  }

  /** All that is to be saved: key, addresses as JSON, and when there was contact. */
  *entries(): Iterable<readonly [key: string, json: string, at: number]> {
    for (const [key, entry] of this.#rest) {
      if (this.#left(entry) > 0) yield [key, json(entry), entry.at.wall];
      else this.#rest.delete(key);
    }
    for (const [key, entry] of this.#live) {
      yield [key, json(entry), entry.contact.lastContact?.wall ?? this.#clock.wall()];
    }
  }

  #left({ at }: Rest): number {
    return this.#limitMs - (this.#clock.now() - at.now);
  }
}

function json(entry: Entry): string {
  entry.json ??= addressesJson(entry.bound);
  return entry.json;
}
