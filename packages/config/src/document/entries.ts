import type { Reporter } from "../reporter.js";
import { join, type MapEntry } from "./node.js";

/** The entries of one mapping as they are read. A key that is there already is reported, and the first one kept. */
export class Entries {
  readonly list: MapEntry[] = [];
  readonly #seen = new Set<string>();
  readonly #path: string;
  readonly #reporter: Reporter;

  constructor(path: string, reporter: Reporter) {
    this.#path = path;
    this.#reporter = reporter;
  }

  add(entry: MapEntry): void {
    if (!this.#seen.has(entry.key)) {
      this.#seen.add(entry.key);
      this.list.push(entry);
      return;
    }
    this.#reporter.error(
      "CONFIG_DUPLICATE_KEY",
      { offset: entry.keyAt, path: join(this.#path, entry.key) },
      `${entry.key} stands twice in this mapping`,
      "keep one of them",
    );
  }
}
