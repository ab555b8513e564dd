import { toNamerError } from "../errors.js";
import type { Dtab } from "../names/dtab.js";
import { Name } from "../names/name.js";
import { NameTree } from "../names/nametree.js";
import type { Path } from "../names/path.js";
import { Activity } from "../values/activity.js";
import type { MountedNamer, Namer } from "./namer.js";

/** One step of binding: a path to whatever the next thing in line makes of it. */
export type Lookup = (path: Path) => Activity<NameTree<Name>>;

/**
 * Asks the namers in order, of those whose prefix matches, and at last `global`. Only an answer of exactly Neg goes on to the next;
 * Pending and Failed stop, since a namer that does not know yet must not be taken for one that has no such name.
 */
export function namerChain(namers: readonly MountedNamer[], global: Lookup): Lookup {
  const from = (index: number, path: Path): Activity<NameTree<Name>> => {
    for (let i = index; i < namers.length; i++) {
      const { prefix, namer } = namers[i] as MountedNamer;
      if (!path.startsWith(prefix)) continue;
      const next = i + 1;
      return ask(namer, path.drop(prefix.size)).flatMap((tree) =>
        tree.type === "neg" ? from(next, path) : Activity.value(tree),
      );
    }
    return global(path);
  };
  return (path) => from(0, path);
}

/** The dtab first; what it does not match (or maps to a bare `~`) goes to the namers. An entry that matches shadows them. */
export function dtabLookup(dtab: Dtab, namers: Lookup): Lookup {
  return (path) => {
    const found = dtab.lookup(path);
    return found.type === "neg" ? namers(path) : Activity.value(NameTree.map(found, Name.path));
  };
}

/** `namer.lookup(path)`, where a throw is Failed and an Activity of another copy of core becomes one of ours. */
export function ask(namer: Namer, path: Path): Activity<NameTree<Name>> {
  try {
    return Activity.of(namer.lookup(path).run);
  } catch (thrown) {
    return Activity.failed(toNamerError(thrown, "BIND_THREW"));
  }
}
