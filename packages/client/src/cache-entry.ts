/** Something that a cache holds, with who uses it counted. */
export abstract class CacheEntry {
  readonly key: string;
  /** Leases and waiting requests that use it. */
  active = 0;
  /** When `active` last fell to 0, by the clock. */
  idleSince = 0;
  /** In the cache, for others to find; otherwise it serves those who hold it and goes with them. */
  shared = false;
  /** Let go by its cache: nobody may take hold of it any more. */
  stopped = false;
  /** @internal Neighbours in the list of idle entries. */
  longerIdle: CacheEntry | undefined;
  /** @internal */
  shorterIdle: CacheEntry | undefined;

  constructor(key: string) {
    this.key = key;
  }

  /** Lets go of what it observes. Called once. */
  abstract stop(): void;
  /** After `stop`, when nobody uses it any more. Called once. */
  abstract finish(): void;
}

/** Entries that nobody uses, in the order in which they were let go; every operation in constant time, none allocates. */
export class IdleList<E extends CacheEntry> {
  #longest: E | undefined;
  #shortest: E | undefined;

  /** The one that has been idle for longest. */
  get longest(): E | undefined {
    return this.#longest;
  }

  add(entry: E): void {
    const last = this.#shortest;
    entry.longerIdle = last;
    if (last === undefined) this.#longest = entry;
    else last.shorterIdle = entry;
    this.#shortest = entry;
  }

  remove(entry: E): void {
    const { longerIdle, shorterIdle } = entry;
    if (longerIdle === undefined) this.#longest = shorterIdle as E | undefined;
    else longerIdle.shorterIdle = shorterIdle;
    if (shorterIdle === undefined) this.#shortest = longerIdle as E | undefined;
    else shorterIdle.longerIdle = longerIdle;
    entry.longerIdle = undefined;
    entry.shorterIdle = undefined;
  }
}
