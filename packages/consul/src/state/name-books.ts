import type { Clock } from "@namerkit/core";
import { NameBook } from "./name-book.js";

/** So many are kept before it is looked which of them are of names that nobody watches any more. */
const SPARE = 256;

/** The books of the names that are being watched, by path. */
export class NameBooks {
  readonly #clock: Pick<Clock, "wall">;
  readonly #running: () => Iterable<string>;
  readonly #books = new Map<string, NameBook>();
  #pruneAt = SPARE;

  /** `running` tells the paths that are watched now. */
  constructor(clock: Pick<Clock, "wall">, running: () => Iterable<string>) {
    this.#clock = clock;
    this.#running = running;
  }

  get size(): number {
    return this.#books.size;
  }

  get(path: string): NameBook | undefined {
    return this.#books.get(path);
  }

  /** Made when it is first asked for; `made` is then called. */
  of(path: string, made: () => void): NameBook {
    const known = this.#books.get(path);
    if (known !== undefined) return known;
    if (this.#books.size >= this.#pruneAt) this.#prune();
    const book = new NameBook(this.#clock);
    this.#books.set(path, book);
    made();
    return book;
  }

  drop(path: string): void {
    this.#books.delete(path);
  }

  /** A watch that is closed between two attempts says nothing of it. */
  #prune(): void {
    const running = new Set(this.#running());
    for (const path of this.#books.keys()) if (!running.has(path)) this.#books.delete(path);
    this.#pruneAt = 2 * this.#books.size + SPARE;
  }
}
