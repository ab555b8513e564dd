import type { ScalarNode } from "./node.js";

const BLANK = /\s/;
const LOW_SURROGATE = /[\udc00-\udfff]/;
const LINE_BREAK = /[\r\n]/;
/** Letters after a backslash that stand for a blank; a line break there joins two lines, and what indents the second is no more. */
const BLANK_ESCAPES = " \tnrtvf_LP\n\r";
/** Lengths of escapes with digits, the backslash included. */
const HEX_ESCAPE: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 };

/**
 * Where in the file the `index`-th character of a text scalar stands. Quotes, escapes, the header and indentation of block
 * scalars and the line breaks that folding turned into blanks are seen through. Blanks between words may be off by some blanks;
 * those at the end count as the place just after the last word, and so does everything beyond the text.
 */
export function offsetInSource(scalar: ScalarNode, source: string, index: number): number {
  const value = String(scalar.value ?? "");
  const length = value.trimEnd().length;
  let from = contentStart(scalar, source);
  let placed = from;
  for (let i = 0; i <= Math.min(index, length - 1); i++) {
    // One escape such as \U0001F600 gives two code units.
    if (LOW_SURROGATE.test(value[i] ?? "") && source.startsWith("\\U", placed) && scalar.style === "double") continue;
    placed = skipTo(value[i] ?? "", scalar, source, from);
    from = placed + width(scalar, source, placed);
  }
  return Math.min(index < length ? placed : from, scalar.end);
}

function contentStart(scalar: ScalarNode, source: string): number {
  if (scalar.style === "literal" || scalar.style === "folded") {
    const newline = source.indexOf("\n", scalar.start);
    return newline === -1 || newline >= scalar.end ? scalar.end : newline + 1;
  }
  return scalar.style === "plain" ? scalar.start : scalar.start + 1;
}

/** From `from` on, past the indentation and folding that the value does not have, to the character that gave `wanted`. */
function skipTo(wanted: string, scalar: ScalarNode, source: string, from: number): number {
  const blank = BLANK.test(wanted);
  while (from < scalar.end) {
    const here = source[from] ?? "";
    const isEscape = here === "\\" && scalar.style === "double";
    const breaksLine = isEscape && LINE_BREAK.test(source[from + 1] ?? "");
    const isBlank = isEscape ? BLANK.test(escaped(source, from)) : BLANK.test(here);
    // A run of blanks in the source is never shorter than the run it gave, so the first ones will do.
    if (!breaksLine && isBlank === blank) return from;
    if (!isBlank) return from;
    from += isEscape ? width(scalar, source, from) : 1;
  }
  return from;
}

/** The character that an escape stands for, as far as it matters here: blank or not. */
function escaped(source: string, at: number): string {
  const letter = source[at + 1] ?? "";
  const hex = HEX_ESCAPE[letter];
  if (hex === undefined) return BLANK_ESCAPES.includes(letter) ? " " : "x";
  const code = Number.parseInt(source.slice(at + 2, at + hex), 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : "x";
}

/** How many characters of source gave one character of the value. */
function width(scalar: ScalarNode, source: string, at: number): number {
  if (scalar.style === "double" && source[at] === "\\") return HEX_ESCAPE[source[at + 1] ?? ""] ?? 2;
  if (scalar.style === "single" && source[at] === "'") return 2;
  return 1;
}
