import { Dtab, isNamerError, NamerError, type WatchContext } from "@namerkit/core";
import { errorOf } from "../folder/file-tree.js";
import { type WatchTreeEnv, watchTree } from "../folder/watch-tree.js";

/** A dtab that large is none. */
const maxBytes = 1024 * 1024;

/**
 * The dtab in one file: each time it is another one. Its folder is watched, so that a file that takes its place is noticed; other files
 * there are not read. A file that cannot be read or is no dtab is thrown, with line and column; the last good one is then kept.
 */
export async function* watchDtab(
  env: WatchTreeEnv,
  { folder, name }: { readonly folder: string; readonly name: string },
  context: Pick<WatchContext, "signal" | "request">,
): AsyncGenerator<Dtab, never, undefined> {
  const spec = { root: folder, only: name, make: readDtab, maxBytes, maxFiles: 1 };
  for await (const { files, unreadable } of watchTree(env, spec, context)) {
    const error = errorOf(name, unreadable);
    if (error !== undefined) throw error;
    const dtab = files.get(name);
    // Gone is no empty dtab: editors take a file away for a moment.
    if (dtab === undefined) throw new NamerError("NAMER_UNAVAILABLE", `${folder}/${name} is not there`);
    if (isNamerError(dtab)) throw dtab;
    yield dtab;
  }
  throw new NamerError("NAMER_UNAVAILABLE", `${folder}: the watch has ended`);
}

function readDtab(text: string, name: string): Dtab | NamerError {
  try {
    return Dtab.parse(text);
  } catch (thrown) {
    if (!isNamerError(thrown)) throw thrown;
    const at = thrown.at === undefined ? "" : `:${lineAndColumn(text, thrown.at.offset)}`;
    return new NamerError("NAMER_ANSWER", `${name}${at}: ${thrown.message}`, { cause: thrown });
  }
}

/** Both from 1. */
function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset).split("\n");
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}
