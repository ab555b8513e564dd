import type { Stamped } from "./records.js";

export interface KeyRecord extends Stamped {
  readonly key: string;
  readonly value: Uint8Array;
  readonly flags: number;
}

/** The key/value store. A key that exists has the index of its last change; one that does not, that of the whole store. */
export class Keys {
  readonly #entries = new Map<string, KeyRecord>();
  /** Deleted keys, so that the index of a prefix moves when something below it goes. */
  readonly #graves = new Map<string, number>();
  #index = 0;

  get(key: string): KeyRecord | undefined {
    return this.#entries.get(key);
  }

  /** Those that begin so, in order. */
  list(prefix: string): readonly KeyRecord[] {
    return [...this.#entries.values()]
      .filter(({ key }) => key.startsWith(prefix))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** The same value and flags again are no change. */
  put(key: string, value: Uint8Array, flags: number, index: number): void {
    const old = this.#entries.get(key);
    if (old !== undefined && old.flags === flags && Buffer.from(old.value).equals(value)) return;
    this.#entries.set(key, { key, value, flags, createIndex: old?.createIndex ?? index, modifyIndex: index });
    this.#index = index;
  }

  delete(key: string, index: number): void {
    if (!this.#entries.delete(key)) return;
    this.#graves.set(key, index);
    this.#index = index;
  }

  deleteAll(prefix: string, index: number): void {
    for (const { key } of this.list(prefix)) this.delete(key, index);
  }

  /** Never 0, which would not block. */
  indexOf(key: string): number {
    return this.#entries.get(key)?.modifyIndex ?? this.#whole;
  }

  indexOfPrefix(prefix: string): number {
    if (prefix === "") return this.#whole;
    const below = this.list(prefix).map(({ modifyIndex }) => modifyIndex);
    for (const [key, index] of this.#graves) if (key.startsWith(prefix)) below.push(index);
    return below.length > 0 ? Math.max(...below) : this.#whole;
  }

  get #whole(): number {
    return Math.max(1, this.#index);
  }
}
