/** What has happened to a collection since the last time. */
export interface Changes<T> {
  /** True: `set` is all there is. What was known and is not among it is gone. */
  readonly complete: boolean;
  /** By namespace and name: `default/web-abc12`. */
  readonly set: ReadonlyMap<string, T>;
  /** Never in `set`, too. */
  readonly deleted: ReadonlySet<string>;
}

/** Changes that are being put together; the last word on each key counts. */
export class Gathering<T> {
  readonly #set = new Map<string, T>();
  readonly #deleted = new Set<string>();

  get isEmpty(): boolean {
    return this.#set.size === 0 && this.#deleted.size === 0;
  }

  set(key: string, item: T): void {
    this.#deleted.delete(key);
    this.#set.set(key, item);
  }

  delete(key: string): void {
    this.#set.delete(key);
    this.#deleted.add(key);
  }

  /** What there is after all of it: everything that was set, and not deleted later. */
  all(): Changes<T> {
    return { complete: true, set: this.#set, deleted: new Set() };
  }

  changes(): Changes<T> {
    return { complete: false, set: this.#set, deleted: this.#deleted };
  }
}
