import { canonicalElement, type PathElement, sameElement, showElement } from "./element.js";
import { NameTree } from "./nametree.js";
import { readTree } from "./nametree-parser.js";
import { exactTree } from "./nametree-show.js";
import type { Path } from "./path.js";
import { Scanner } from "./scanner.js";

/** Matches any one element; written `*`. A literal star is written \x2a. The same symbol in every copy of core. */
export const wildcard: unique symbol = Symbol.for("@namerkit/core/wildcard@1");

export type PrefixElement = PathElement | typeof wildcard;

let makePrefix: (elements: readonly PrefixElement[]) => DentryPrefix;

/** The left side of an entry of a delegation table: which paths it applies to. Immutable. */
export class DentryPrefix {
  static {
    makePrefix = (elements) => new DentryPrefix(elements);
  }

  readonly elements: readonly PrefixElement[];

  private constructor(elements: readonly PrefixElement[]) {
    this.elements = elements;
  }

  /** Reads prefixes whose elements are labels or `*`, which stands for any one element. Throws DTAB_INVALID with the offset of what is wrong. */
  static parse(text: string): DentryPrefix {
    return whole(text, readPrefix);
  }

  static of(...elements: readonly PrefixElement[]): DentryPrefix {
    return new DentryPrefix(elements.map((element) => (element === wildcard ? element : canonicalElement(element))));
  }

  get size(): number {
    return this.elements.length;
  }

  /** True if the path begins with these elements. The empty prefix, /, matches every path. */
  matches(path: Path): boolean {
    const { elements } = path;
    if (this.elements.length > elements.length) return false;
    return this.elements.every((own, i) => own === wildcard || sameElement(own, elements[i] as PathElement));
  }

  equals(other: DentryPrefix): boolean {
    return this.size === other.size && this.elements.every((own, i) => samePrefixElement(own, other.elements[i]));
  }

  show(): string {
    return `/${this.elements.map((element) => (element === wildcard ? "*" : showElement(element))).join("/")}`;
  }

  toString(): string {
    return this.show();
  }
}

/** One entry of a delegation table: paths that match the prefix lead to the tree, with the rest of the path appended. Immutable. */
export class Dentry {
  readonly prefix: DentryPrefix;
  readonly dst: NameTree<Path>;

  constructor(prefix: DentryPrefix, dst: NameTree<Path>) {
    this.prefix = prefix;
    this.dst = dst;
  }

  /** Reads `/prefix => tree`. Throws DTAB_INVALID with the offset of what is wrong. */
  static parse(text: string): Dentry {
    return whole(text, readDentry);
  }

  equals(other: Dentry): boolean {
    return this.prefix.equals(other.prefix) && NameTree.equals(this.dst, other.dst, (a, b) => a.equals(b));
  }

  show(): string {
    return `${this.prefix.show()}=>${NameTree.show(this.dst)}`;
  }

  /** As `show`, with the weights in full. */
  showExact(): string {
    return `${this.prefix.show()}=>${exactTree(this.dst)}`;
  }

  toString(): string {
    return this.show();
  }
}

const STAR = 42;

/** The entry that comes next in a longer text. */
export function readDentry(scanner: Scanner): Dentry {
  const prefix = readPrefix(scanner);
  scanner.space();
  scanner.expect("=");
  scanner.expect(">");
  return new Dentry(prefix, readTree(scanner));
}

function readPrefix(scanner: Scanner): DentryPrefix {
  scanner.space();
  scanner.expect("/");
  const elements: PrefixElement[] = [];
  if (!scanner.atLabel && scanner.next !== STAR) return makePrefix(elements);
  do elements.push(scanner.maybe("*") ? wildcard : scanner.label());
  while (scanner.maybe("/"));
  return makePrefix(elements);
}

function whole<T>(text: string, read: (scanner: Scanner) => T): T {
  const scanner = new Scanner(text, "DTAB_INVALID");
  const result = read(scanner);
  scanner.end();
  return result;
}

function samePrefixElement(a: PrefixElement, b: PrefixElement | undefined): boolean {
  if (a === wildcard || b === wildcard || b === undefined) return a === b;
  return sameElement(a, b);
}
