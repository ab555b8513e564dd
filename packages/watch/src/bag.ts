/** Something that is in a bag for a while, in at most one. */
export interface Bagged {
  /** Where it is in its bag; undefined: in none. For the bag alone. */
  place: number | undefined;
}

/**
 * Things that come and go all the time, in no order. An array, in which each has a place that it knows.
 *
 * Not a Set, though that could do the same. A Set to which every request is added, and from which it is deleted again, makes itself a
 * new table every few dozen requests, and the old table points to the new one. Once one of these has got into V8's old generation, each
 * scavenge keeps all that have come after it, and the requests in them, until the next full collection.
 */
export class Bag<T extends Bagged> {
  readonly #all: T[] = [];

  get size(): number {
    return this.#all.length;
  }

  /** Nothing happens to one that is in it already. */
  add(one: T): void {
    one.place ??= this.#all.push(one) - 1;
  }

  /** False if it was not in it. */
  delete(one: T): boolean {
    const { place } = one;
    if (place === undefined) return false;
    one.place = undefined;
    const last = this.#all.pop();
    if (last !== undefined && last !== one) {
      this.#all[place] = last;
      last.place = place;
    }
    return true;
  }

  /** Those that are in it now, whatever becomes of it. */
  list(): readonly T[] {
    return [...this.#all];
  }

  clear(): void {
    for (const one of this.#all.splice(0)) one.place = undefined;
  }
}
