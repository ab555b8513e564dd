import { NamerError } from "../../errors.js";
import type { Path } from "../../names/path.js";

/** Makes another path of one, or undefined where it does not apply. May throw a NamerError: the binding is then Failed. */
export type Rewriter = (path: Path) => Path | undefined;

/** The element as text; undefined past the end, and for bytes that are not UTF-8, which no pattern matches. */
export function textAt(path: Path, index: number): string | undefined {
  const element = path.elements[index];
  return typeof element === "string" ? element : undefined;
}

/** Splits as the reference does, in Java: empty pieces at the end do not count. */
export function pieces(text: string, separator: string): string[] {
  const all = text.split(separator);
  if (all.length === 1) return all;
  while (all.length > 0 && all[all.length - 1] === "") all.pop();
  return all;
}

/** A path may not hold empty elements, and a rewriter must not drop them in silence. */
export function nonEmpty(parts: readonly string[], from: string): readonly string[] {
  if (parts.includes("")) throw new NamerError("PATH_INVALID", `rewriting ${from} would make an empty path element`);
  return parts;
}
