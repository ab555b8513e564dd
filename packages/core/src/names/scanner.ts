import { NamerError } from "../errors.js";
import { elementOfBytes, isShowable, type PathElement } from "./element.js";

/** Parentheses inside parentheses, at most. Far beyond what people write, far below what overflows a stack. */
export const MAX_NESTING = 100;

/** Texts up to this length are quoted whole in errors; longer ones only around the error. */
const MAX_QUOTE = 400;
const QUOTE_SIDE = 80;

const HASH = 35;
const DOT = 46;
const SLASH = 47;
const BACKSLASH = 92;

/**
 * Reads the text of paths, trees and tables from left to right, each character a bounded number of times.
 * Whatever is wrong throws a NamerError with the code given and the offset of the first character that does not fit.
 */
export class Scanner {
  readonly #text: string;
  readonly #code: string;
  #at = 0;
  #depth = 0;

  constructor(text: string, code: string) {
    this.#text = text;
    this.#code = code;
  }

  /** The UTF-16 code unit that comes next, NaN at the end. */
  get next(): number {
    return this.#text.charCodeAt(this.#at);
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  skip(): void {
    this.#at++;
  }

  /** Steps over whitespace and comments. */
  space(): void {
    for (;;) {
      const code = this.next;
      if (code === HASH) this.#line();
      else if (isWhitespace(code)) this.#at++;
      else return;
    }
  }

  #line(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end === -1 ? this.#text.length : end + 1;
  }

  /** Steps over the character if it comes next. */
  maybe(char: string): boolean {
    if (this.next !== char.charCodeAt(0)) return false;
    this.#at++;
    return true;
  }

  expect(char: string): void {
    if (!this.maybe(char)) this.fail(`'${char}'`);
  }

  /** Nothing but whitespace and comments may follow. */
  end(): void {
    this.space();
    if (!this.atEnd) this.fail("end of input");
  }

  get atLabel(): boolean {
    return isLabelChar(this.next);
  }

  get atNumber(): boolean {
    return isDigit(this.next) || this.next === DOT;
  }

  /** One element of a path. */
  label(): PathElement {
    const start = this.#at;
    while (isShowable(this.next)) this.#at++;
    if (this.next === BACKSLASH) {
      this.#at = start;
      return this.#escapedLabel();
    }
    if (this.#at === start) this.fail("label char");
    return this.#text.slice(start, this.#at);
  }

  #escapedLabel(): PathElement {
    const bytes: number[] = [];
    while (isLabelChar(this.next)) {
      if (this.next === BACKSLASH) {
        this.#at++;
        this.expect("x");
        bytes.push(this.#hex() * 16 + this.#hex());
      } else {
        bytes.push(this.next);
        this.#at++;
      }
    }
    return elementOfBytes(Uint8Array.from(bytes));
  }

  #hex(): number {
    const digit = hexDigit(this.next);
    if (digit < 0) this.fail("hex char");
    this.#at++;
    return digit;
  }

  /** The elements of a path, from its first slash on. */
  path(): PathElement[] {
    this.space();
    this.expect("/");
    const elements: PathElement[] = [];
    if (!this.atLabel) return elements;
    do elements.push(this.label());
    while (this.maybe("/"));
    return elements;
  }

  /** Digits with at most one dot among them; never a sign or an exponent. */
  number(): number {
    const start = this.#at;
    let dots = 0;
    for (; this.atNumber; this.#at++) {
      if (this.next !== DOT) continue;
      if (dots > 0) this.fail("number char");
      dots++;
    }
    if (this.#at === start + 1 && dots === 1) this.fail("weight", "'.'");
    const value = Number(this.#text.slice(start, this.#at));
    if (!Number.isFinite(value)) this.fail("weight", "a number beyond all bounds");
    return value;
  }

  /** Runs `body` one parenthesis deeper. */
  nested<T>(body: () => T): T {
    if (this.#depth >= MAX_NESTING) this.fail(`at most ${MAX_NESTING} levels of parentheses`, "one more");
    this.#depth++;
    const result = body();
    this.#depth--;
    return result;
  }

  fail(expected: string, found = this.#found()): never {
    throw new NamerError(this.#code, `${expected} expected but ${found} found at '${this.#quote()}'`, {
      at: { offset: Math.min(this.#at, this.#text.length) },
    });
  }

  #char(): string {
    const code = this.#text.codePointAt(this.#at);
    return code === undefined ? "" : String.fromCodePoint(code);
  }

  #found(): string {
    return this.atEnd ? "end of input" : `'${this.#char()}'`;
  }

  #quote(): string {
    const char = this.#char();
    const after = this.#at + char.length;
    const whole = this.#text.length <= MAX_QUOTE;
    const from = whole ? 0 : Math.max(0, this.#at - QUOTE_SIDE);
    const to = whole ? this.#text.length : Math.min(this.#text.length, after + QUOTE_SIDE);
    const before = `${from > 0 ? "…" : ""}${this.#text.slice(from, this.#at)}`;
    return `${before}[${char}]${this.#text.slice(after, to)}${to < this.#text.length ? "…" : ""}`;
  }
}

function isLabelChar(code: number): boolean {
  return isShowable(code) || code === BACKSLASH;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function hexDigit(code: number): number {
  if (isDigit(code)) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** What Java's Character.isWhitespace accepts: the no-break spaces are not among it. */
function isWhitespace(code: number): boolean {
  if (code <= 32) return (code >= 9 && code <= 13) || code >= 28;
  if (code < 0x1680) return false;
  if (code >= 0x2000 && code <= 0x200a) return code !== 0x2007;
  return code === 0x1680 || code === 0x2028 || code === 0x2029 || code === 0x205f || code === 0x3000;
}

/**
 * The elements of a path that needs no unescaping and no trimming, cut straight from the text; undefined for any other text.
 * Names of requests nearly always look like this.
 */
export function plainPathElements(text: string): string[] | undefined {
  if (text.charCodeAt(0) !== SLASH) return undefined;
  const elements: string[] = [];
  let start = 1;
  for (let at = 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isShowable(code)) continue;
    if (code !== SLASH || at === start) return undefined;
    elements.push(text.slice(start, at));
    start = at + 1;
  }
  if (start < text.length) elements.push(text.slice(start));
  else if (text.length > 1) return undefined;
  return elements;
}
