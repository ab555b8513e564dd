/**
 * What would break a line of a log, or let a server paint on the terminal of whoever reads it: control characters, line and paragraph
 * separators, and the marks that reorder text.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to be found
const UNPRINTABLE = /[\u0000-\u0020\u007f-\u00a0\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]+/g;

/** Foreign text for an error message: one line, nothing unprintable, at most `max` characters. */
export function oneLine(text: string, max: number): string {
  // Cut before cleaning too, so that a large body is not cleaned for nothing.
  const clean = text
    .slice(0, 8 * max)
    .replace(UNPRINTABLE, " ")
    .replace(/\p{Surrogate}/gu, "\ufffd")
    .trim();
  const characters = Array.from(clean.slice(0, 2 * max + 2));
  return characters.length > max ? `${characters.slice(0, max).join("")}…` : clean;
}
