import type { BoundName } from "../../names/name.js";
import { NameTree } from "../../names/nametree.js";
import { Activity } from "../../values/activity.js";
import { defineTransformer, type TransformerPlugin } from "../roles.js";
import { type BoundPathConfig, boundPath, boundPathJsonSchema, boundPathSchema } from "./bound-path.js";

/** `io.l5d.replace`: each leaf gives way to what `path` binds to; Neg, Fail and Empty stay, and so do weights. */
export const replaceTransformerPlugin: TransformerPlugin<BoundPathConfig> = defineTransformer<BoundPathConfig>({
  kind: "io.l5d.replace",
  config: boundPathSchema,
  jsonSchema: boundPathJsonSchema,
  create(config, env) {
    const replacement = boundPath(config, env);
    return {
      transform(tree) {
        if (NameTree.leaves(tree).length === 0) return Activity.value(tree);
        return replacement().map((by) => NameTree.simplify(replace(tree, by)));
      },
    };
  },
});

function replace(tree: NameTree<BoundName>, by: NameTree<BoundName>): NameTree<BoundName> {
  switch (tree.type) {
    case "leaf":
      return by;
    case "alt":
      return { type: "alt", trees: tree.trees.map((one) => replace(one, by)) };
    case "union":
      return { type: "union", trees: tree.trees.map((one) => ({ weight: one.weight, tree: replace(one.tree, by) })) };
    default:
      return tree;
  }
}
