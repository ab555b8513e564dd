import { canonicalElement, type PathElement, sameElement, showElement, textOfElement } from "./element.js";
import { plainPathElements, Scanner } from "./scanner.js";

let make: (elements: readonly PathElement[], shown?: string) => Path;

/**
 * A hierarchical name such as /svc/web: a list of non-empty byte strings. Immutable. Equality and prefixes go by whole elements
 * and by bytes. An element is a string where its bytes are valid UTF-8, which for every ordinary name they are.
 */
export class Path {
  static {
    make = (elements, shown) => new Path(elements, shown);
  }

  static readonly empty: Path = new Path([], "/");

  readonly elements: readonly PathElement[];
  #shown: string | undefined;

  private constructor(elements: readonly PathElement[], shown: string | undefined) {
    this.elements = elements;
    this.#shown = shown;
  }

  /**
   * Reads `/a/b`: labels of 0-9 A-Z a-z _ : . # $ % - and \xhh escapes, with whitespace and `# comments` around the whole.
   * Throws PATH_INVALID with the offset of what is wrong.
   */
  static parse(text: string): Path {
    const plain = plainPathElements(text);
    if (plain !== undefined) return plain.length === 0 ? Path.empty : new Path(plain, text);
    const scanner = new Scanner(text, "PATH_INVALID");
    const path = readPath(scanner);
    scanner.end();
    return path;
  }

  /** A path of these elements as they are, without any escaping. Throws PATH_INVALID for an empty element. */
  static of(...elements: readonly PathElement[]): Path {
    return elements.length === 0 ? Path.empty : new Path(elements.map(canonicalElement), undefined);
  }

  get size(): number {
    return this.elements.length;
  }

  get isEmpty(): boolean {
    return this.elements.length === 0;
  }

  /** The element as text, "" outside the path. Bytes that are not UTF-8 read as replacement characters. */
  at(index: number): string {
    const element = this.elements[index];
    return element === undefined ? "" : textOfElement(element);
  }

  /** The first n elements; n is clamped to 0 … size. */
  take(n: number): Path {
    if (n >= this.size) return this;
    return n <= 0 ? Path.empty : new Path(this.elements.slice(0, n), undefined);
  }

  /** All but the first n elements; n is clamped to 0 … size. */
  drop(n: number): Path {
    if (n <= 0) return this;
    return n >= this.size ? Path.empty : new Path(this.elements.slice(n), undefined);
  }

  concat(suffix: Path): Path {
    if (suffix.isEmpty) return this;
    return this.isEmpty ? suffix : new Path([...this.elements, ...suffix.elements], undefined);
  }

  /** True if the prefix's elements are this path's first ones; the empty path is a prefix of every path. */
  startsWith(prefix: Path): boolean {
    const theirs = prefix.elements;
    if (theirs.length > this.elements.length) return false;
    return theirs.every((element, i) => sameElement(element, this.elements[i] as PathElement));
  }

  equals(other: Path): boolean {
    return this === other || (this.size === other.size && this.startsWith(other));
  }

  /** The canonical text: equal paths show equally and `Path.parse` reads it back. Good as a map key. */
  show(): string {
    this.#shown ??= `/${this.elements.map(showElement).join("/")}`;
    return this.#shown;
  }

  toString(): string {
    return this.show();
  }

  toJSON(): string {
    return this.show();
  }

  /**
   * A bound id without the /%/transformer in front of it: of a path that begins with % only what follows from the first # or $ on;
   * the empty path if there is none. Any other path is left as it is.
   */
  stripTransformerPrefix(): Path {
    if (this.elements[0] !== "%") return this;
    const start = this.elements.findIndex((element) => element === "#" || element === "$");
    return start === -1 ? Path.empty : this.drop(start);
  }
}

/** The path that comes next in a longer text. */
export function readPath(scanner: Scanner): Path {
  const elements = scanner.path();
  return elements.length === 0 ? Path.empty : make(elements);
}
