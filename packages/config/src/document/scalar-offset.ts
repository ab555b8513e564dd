import type { ScalarNode } from "./node.js";

const BLANK = /\s/;
const HEX_ESCAPE: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 };

/**
 * Where in the file the `index`-th character of a text scalar stands. Quotes, escapes, the header and indentation of block
 * scalars and the line breaks that folding turned into blanks are seen through. Blanks themselves may be off by some blanks.
 */
export function offsetInSource(scalar: ScalarNode, source: string, index: number): number {
  const value = String(scalar.value ?? "");
  let from = contentStart(scalar, source);
  let placed = from;
  for (let i = 0; i <= Math.min(index, value.length - 1); i++) {
    from = skipTo(value[i] ?? "", scalar, source, from);
    if (from >= scalar.end) return Math.min(placed, scalar.end);
    placed = from;
    from += width(scalar, source, from);
  }
  // Past the last character: where the text ends, not where the block's trailing lines do.
  return index >= value.length && value.length > 0 ? Math.min(from, scalar.end) : placed;
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
    if (here === wanted || (blank && BLANK.test(here))) return from;
    if (here === "\\" && scalar.style === "double") {
      if (!/[\r\n]/.test(source[from + 1] ?? "")) return from;
      from += 2;
    } else if (BLANK.test(here)) from++;
    else return from;
  }
  return from;
}

/** How many characters of source gave one character of the value. */
function width(scalar: ScalarNode, source: string, at: number): number {
  if (scalar.style === "double" && source[at] === "\\") return HEX_ESCAPE[source[at + 1] ?? ""] ?? 2;
  if (scalar.style === "single" && source[at] === "'") return 2;
  return 1;
}
