import type { Addr } from "../../names/addr.js";
import { type BoundName, Name } from "../../names/name.js";
import { NameTree } from "../../names/nametree.js";
import type { Path } from "../../names/path.js";
import { Activity } from "../../values/activity.js";
import type { Transformer } from "../transformer.js";

/** Puts the transformer's prefix, such as /%/io.l5d.port/4140, before the id, so that the result is another client than the original. */
export function prefixed(prefix: Path, name: BoundName): BoundName {
  return Name.bound(prefix.concat(name.id), name.residual, name.addr);
}

/** A transformer that changes the addresses of every leaf and leaves the tree as it is. */
export function addressTransformer(prefix: Path, change: (addr: Addr) => Addr): Transformer {
  const one = (name: BoundName): BoundName => Name.bound(prefix.concat(name.id), name.residual, name.addr.map(change));
  return { transform: (tree) => Activity.value(NameTree.map(tree, one)) };
}
