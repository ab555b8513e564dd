/**
 * One element of a rewriting pattern: `*`, a literal, or a text with captures such as `{name}.{domain}.com`.
 *
 * Captures take as much as they can, the first one first, and the element may have more text before and after what is matched: what
 * the regular expression `web-(.*)` would find in it. Done by searching the literals from the right, because clients choose the text
 * and regular expressions with several captures take time that grows with a power of its length. Here: length × length of pattern.
 */
export interface ElementPattern {
  /** The names of the captures, in order. */
  readonly captures: readonly string[];
  /** What each capture takes, in order; undefined where the element does not match. */
  match(text: string): readonly string[] | undefined;
}

// The class is the reference's: `:-_` is a range there, from colon to underscore, and so takes in capitals.
const capture = /\{([a-zA-Z0-9.:-_]+)\}/;

export function elementPattern(pattern: string): ElementPattern {
  if (pattern === "*") return { captures: [], match: () => [] };
  const parts = pattern.split(capture);
  const captures = parts.filter((_, i) => i % 2 === 1);
  if (captures.length === 0) return { captures, match: (text) => (text === pattern ? [] : undefined) };
  const [before, ...literals] = parts.filter((_, i) => i % 2 === 0) as [string, ...string[]];
  return { captures, match: (text) => matchAround(before, literals, text) };
}

/** `literals[i]` is what follows capture i. */
function matchAround(before: string, literals: readonly string[], text: string): readonly string[] | undefined {
  const found = text.indexOf(before);
  if (found < 0) return undefined;
  const start = found + before.length;
  const taken: string[] = new Array(literals.length);
  // The last literal as far right as it can be, then the one before it, …: that leaves the first capture the most.
  const positions: number[] = new Array(literals.length);
  let end = text.length;
  for (let i = literals.length - 1; i >= 0; i--) {
    const literal = literals[i] as string;
    const at = end - literal.length < start ? -1 : text.lastIndexOf(literal, end - literal.length);
    if (at < start) return undefined;
    positions[i] = at;
    end = at;
  }
  let from = start;
  for (let i = 0; i < literals.length; i++) {
    const at = positions[i] as number;
    taken[i] = text.slice(from, at);
    from = at + (literals[i] as string).length;
  }
  return taken;
}
