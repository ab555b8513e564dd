import { isDeepStrictEqual } from "node:util";
import type { Stamped } from "./records.js";

/**
 * One of Consul's tables: records in the order of their keys, and the index of the last write that changed anything in it. Records can
 * be had by groups, so that a catalogue of thousands is not searched for each question.
 */
export class Table<T extends Stamped> {
  readonly #records = new Map<string, T>();
  readonly #groups = new Map<string, Set<string>>();
  readonly #groupsOf: (record: T) => readonly string[];
  index = 0;

  constructor(groupsOf: (record: T) => readonly string[] = () => []) {
    this.#groupsOf = groupsOf;
  }

  get(key: string): T | undefined {
    return this.#records.get(key);
  }

  all(): readonly T[] {
    return this.#inOrder(this.#records.keys());
  }

  group(name: string): readonly T[] {
    return this.#inOrder(this.#groups.get(name) ?? []);
  }

  /** Says whether it is another than what was there; an equal one is no change, and keeps its indexes. */
  put(key: string, fields: Omit<T, keyof Stamped>, index: number): boolean {
    const old = this.#records.get(key);
    if (old !== undefined) {
      const { createIndex: _, modifyIndex: __, ...before } = old;
      if (isDeepStrictEqual(before, fields)) return false;
      this.#forget(key, old);
    }
    const record = { ...fields, createIndex: old?.createIndex ?? index, modifyIndex: index } as T;
    this.#records.set(key, record);
    for (const group of this.#groupsOf(record)) {
      const keys = this.#groups.get(group) ?? new Set();
      this.#groups.set(group, keys.add(key));
    }
    this.index = index;
    return true;
  }

  delete(key: string, index: number): T | undefined {
    const old = this.#records.get(key);
    if (old === undefined) return undefined;
    this.#forget(key, old);
    this.index = index;
    return old;
  }

  /** How many are in a group. */
  count(group: string): number {
    return this.#groups.get(group)?.size ?? 0;
  }

  #forget(key: string, record: T): void {
    this.#records.delete(key);
    for (const group of this.#groupsOf(record)) {
      const keys = this.#groups.get(group);
      keys?.delete(key);
      if (keys?.size === 0) this.#groups.delete(group);
    }
  }

  #inOrder(keys: Iterable<string>): readonly T[] {
    return [...keys].sort().flatMap((key) => this.#records.get(key) ?? []);
  }
}
