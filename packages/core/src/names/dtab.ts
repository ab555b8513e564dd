import { Dentry, readDentry } from "./dentry.js";
import { NameTree } from "./nametree.js";
import type { Path } from "./path.js";
import { Scanner } from "./scanner.js";

export { Dentry, DentryPrefix, type PrefixElement, wildcard } from "./dentry.js";

/** A delegation table: rules that rewrite names, of which the last that matches comes first. Immutable. After Finagle's Dtab. */
export class Dtab {
  static readonly empty: Dtab = new Dtab([]);

  /** In written order. */
  readonly entries: readonly Dentry[];
  #shown: string | undefined;
  #exact: string | undefined;

  private constructor(entries: readonly Dentry[]) {
    this.entries = entries;
  }

  /**
   * Reads `/prefix => tree ; /prefix => tree ;`, the last semicolon being optional, with `# comments` wherever a space may be.
   * Blank text is the empty table. Throws DTAB_INVALID with the offset of what is wrong.
   */
  static parse(text: string): Dtab {
    const scanner = new Scanner(text, "DTAB_INVALID");
    const entries: Dentry[] = [];
    do {
      scanner.space();
      if (scanner.atEnd) break;
      entries.push(readDentry(scanner));
    } while (scanner.maybe(";"));
    scanner.end();
    return Dtab.from(entries);
  }

  static of(...entries: readonly Dentry[]): Dtab {
    return Dtab.from(entries);
  }

  /** As `of`, for tables of any length: arguments live on the stack. */
  static from(entries: readonly Dentry[]): Dtab {
    return entries.length === 0 ? Dtab.empty : new Dtab(entries);
  }

  get isEmpty(): boolean {
    return this.entries.length === 0;
  }

  get size(): number {
    return this.entries.length;
  }

  /**
   * What the table makes of a path: the destinations of all entries that match, the last written first, as alternatives. The
   * path's elements beyond an entry's prefix are appended to each leaf. One match is its tree itself; none is Neg.
   */
  lookup(path: Path): NameTree<Path> {
    const found: NameTree<Path>[] = [];
    for (let i = this.entries.length - 1; i >= 0; i--) {
      const { prefix, dst } = this.entries[i] as Dentry;
      if (!prefix.matches(path)) continue;
      const rest = path.drop(prefix.size);
      found.push(rest.isEmpty ? dst : NameTree.map(dst, (leaf) => leaf.concat(rest)));
    }
    if (found.length > 1) return { type: "alt", trees: found };
    return found[0] ?? NameTree.neg;
  }

  /** Both tables; where both match, the other one's entries win. */
  concat(other: Dtab): Dtab {
    if (other.isEmpty) return this;
    return this.isEmpty ? other : new Dtab([...this.entries, ...other.entries]);
  }

  /** What comes after the other table, if this one begins with all of its entries; otherwise this table as it is. */
  stripPrefix(other: Dtab): Dtab {
    const begins = other.entries.every((_, i) => this.#sameAt(other, i));
    return begins ? Dtab.from(this.entries.slice(other.size)) : this;
  }

  #sameAt(other: Dtab, index: number): boolean {
    const mine = this.entries[index];
    const theirs = other.entries[index];
    return mine !== undefined && theirs !== undefined && mine.equals(theirs);
  }

  /** Every destination simplified, and entries that lead to nothing dropped. */
  simplified(): Dtab {
    const entries = this.entries
      .map(({ prefix, dst }) => new Dentry(prefix, NameTree.simplify(dst)))
      .filter(({ dst }) => dst.type !== "neg");
    return Dtab.from(entries);
  }

  equals(other: Dtab): boolean {
    return this === other || (this.size === other.size && this.entries.every((_, i) => this.#sameAt(other, i)));
  }

  /** The text for people. `Dtab.parse` reads it back, but weights keep two decimals only: as a key or to send, use `showExact`. */
  show(): string {
    this.#shown ??= this.entries.map((entry) => entry.show()).join(";");
    return this.#shown;
  }

  /** The text with the weights in full: it reads back as an equal table, and no two different tables share it. */
  showExact(): string {
    this.#exact ??= this.entries.map((entry) => entry.showExact()).join(";");
    return this.#exact;
  }

  toString(): string {
    return this.show();
  }
}
