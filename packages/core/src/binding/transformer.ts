import type { BoundName } from "../names/name.js";
import type { NameTree } from "../names/nametree.js";
import type { Activity } from "../values/activity.js";

/** Changes what a namer or interpreter has bound: other ports, other addresses, another tree. Ids get the transformer's /% prefix. */
export interface Transformer {
  transform(tree: NameTree<BoundName>): Activity<NameTree<BoundName>>;
}
