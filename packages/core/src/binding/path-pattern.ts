import type { Path } from "../names/path.js";
import { elementPattern } from "./element-pattern.js";

/**
 * A pattern of paths such as `/#/io.l5d.k8s/{namespace}/*`: literals, `*` for any element, `{name}` for text to keep, also several
 * in one element. What follows in a path is free, so that `/` matches every path.
 */
export interface PathPattern {
  /** How many elements it takes. */
  readonly size: number;
  /** The names of the captures, in order. */
  readonly captures: readonly string[];
  /** What the captures take, as it is written in a path; undefined where the path does not match. The last of two of one name wins. */
  match(path: Path): ReadonlyMap<string, string> | undefined;
}

/** Never throws: what is no path is a pattern that nothing matches. */
export function pathPattern(pattern: string): PathPattern {
  const elements = segments(pattern).map(elementPattern);
  return {
    size: elements.length,
    captures: elements.flatMap((element) => element.captures),
    match(path) {
      if (path.size < elements.length) return undefined;
      const vars = new Map<string, string>();
      for (const [i, element] of elements.entries()) {
        const taken = element.match(path.drop(i).take(1).show().slice(1));
        if (taken === undefined) return undefined;
        for (const [j, text] of taken.entries()) vars.set(element.captures[j] as string, text);
      }
      return vars;
    },
  };
}

/** Puts what was captured in the place of each `{name}`; those that nobody captured stay as they are. */
export function fillCaptures(text: string, vars: ReadonlyMap<string, string>): string {
  return text.replace(/\{([^{}]*)\}/g, (whole, key: string) => vars.get(key) ?? whole);
}

function segments(pattern: string): string[] {
  const all = pattern.split("/");
  while (all[0] === "") all.shift();
  while (all.at(-1) === "") all.pop();
  return all;
}
