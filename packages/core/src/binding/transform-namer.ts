import type { BoundName, Name } from "../names/name.js";
import { NameTree } from "../names/nametree.js";
import { Activity } from "../values/activity.js";
import { ask } from "./lookup.js";
import type { Namer } from "./namer.js";
import type { Transformer } from "./transformer.js";

/**
 * A namer whose answers go through the transformers, in order. Only wholly bound answers do: one that holds a path is not bound yet
 * and passes as it is. Freshness, enumeration, state and pages stay those of the namer itself.
 */
export function transformNamer(namer: Namer, transformers: readonly Transformer[]): Namer {
  if (transformers.length === 0) return namer;
  const transformed: Namer = {
    ...(namer.pages === undefined ? {} : { pages: namer.pages }),
    lookup: (path) =>
      ask(namer, path).flatMap<NameTree<Name>>((tree) =>
        isBound(tree) ? transformTree(tree, transformers) : Activity.value(tree),
      ),
  };
  if (namer.statusOf !== undefined) transformed.statusOf = namer.statusOf.bind(namer);
  if (namer.enumerate !== undefined) transformed.enumerate = namer.enumerate.bind(namer);
  if (namer.state !== undefined) transformed.state = namer.state.bind(namer);
  return transformed;
}

/** `tree` through each transformer in turn. */
export function transformTree(
  tree: NameTree<BoundName>,
  transformers: readonly Transformer[],
): Activity<NameTree<BoundName>> {
  return transformers.reduce<Activity<NameTree<BoundName>>>(
    (done, transformer) => done.flatMap((one) => transformer.transform(one)),
    Activity.value(tree),
  );
}

function isBound(tree: NameTree<Name>): tree is NameTree<BoundName> {
  return NameTree.leaves(tree).every((name) => name.type === "bound");
}
