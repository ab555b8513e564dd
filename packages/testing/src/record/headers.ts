import type { HeaderPair } from "./recording.js";

/** Headers that are of one connection only (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set("connection keep-alive proxy-connection te trailer transfer-encoding upgrade".split(" "));

/** A raw list of names and values as pairs, without those that end at each hop or that `connection` says do. */
export function endToEnd(raw: readonly string[]): readonly HeaderPair[] {
  const pairs: HeaderPair[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) pairs.push([raw[i] as string, raw[i + 1] as string]);
  const nominated = valuesOf(pairs, "connection").flatMap((value) => value.toLowerCase().split(/[\s,]+/));
  const ending = new Set([...HOP_BY_HOP, ...nominated]);
  return pairs.filter(([name]) => !ending.has(name.toLowerCase()));
}

/** All values under a name, whatever its case. */
export function valuesOf(pairs: readonly HeaderPair[], name: string): string[] {
  return pairs.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value);
}

/** All but those with these names, in lower case. */
export function without(pairs: readonly HeaderPair[], ...names: readonly string[]): readonly HeaderPair[] {
  return pairs.filter(([name]) => !names.includes(name.toLowerCase()));
}
