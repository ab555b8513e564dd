import { Activity, type Addr, Name, type Namer, NameTree, type Var } from "@namerkit/core";
import type { Within } from "./within.js";

/** Wraps a Var under a name for people. */
export type WatchVar = <T>(source: Var<T>, what: string) => Var<T>;

/** The same namer with every Var that it hands out wrapped, the inner one of a name always into the same. */
export function watchedNamer(namer: Namer, watch: WatchVar, within: Within): Namer {
  const inner = new WeakMap<Var<Addr>, Var<Addr>>();
  const watchAddr = (addr: Var<Addr>, what: string): Var<Addr> => {
    const known = inner.get(addr) ?? watch(addr, what);
    inner.set(addr, known);
    return known;
  };
  const watchLeaf = (name: Name): Name => {
    if (name.type === "path") return name;
    return Name.bound(name.id, name.residual, watchAddr(name.addr, `the addresses of ${name.id.show()}`));
  };
  const { statusOf, enumerate, state } = namer;
  return {
    lookup: (path) => {
      const found = within(() => namer.lookup(path));
      const tree = found.map((one) => NameTree.map(one, watchLeaf));
      return Activity.of(watch(tree.run, `the tree of ${path.show()}`));
    },
    ...(statusOf && { statusOf: (path) => watch(statusOf.call(namer, path), `the status of ${path.show()}`) }),
    ...(enumerate && { enumerate: () => Activity.of(watch(enumerate.call(namer).run, "the names")) }),
    ...(state && { state: () => state.call(namer) }),
  };
}
