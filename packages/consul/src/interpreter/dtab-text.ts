import { Dtab, isNamerError, NamerError } from "@namerkit/core";

/** @throws NamerError NAMER_ANSWER that names the key, and line and column where the text stops being a dtab */
export function readDtab(text: string, key: string): Dtab {
  try {
    return Dtab.parse(text);
  } catch (thrown) {
    if (!isNamerError(thrown)) throw thrown;
    const at = thrown.at === undefined ? "" : `:${lineAndColumn(text, thrown.at.offset)}`;
    throw new NamerError("NAMER_ANSWER", `${key}${at}: ${thrown.message}`, { cause: thrown });
  }
}

/** Both from 1. */
function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset).split("\n");
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}
