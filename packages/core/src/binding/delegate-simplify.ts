import type { DelegateTree, WeightedDelegate } from "./delegate-tree.js";

/**
 * Takes out the steps that say nothing: a delegation to the same path, an alternative or union of one, alternatives directly inside
 * alternatives of the same path. A step to Neg, Fail or Empty stays, because the entry that decided it is on the inner node.
 */
export function simplifyDelegate(tree: DelegateTree): DelegateTree {
  switch (tree.type) {
    case "delegate": {
      const inner = simplifyDelegate(tree.delegate);
      const decisive = inner.type === "neg" || inner.type === "fail" || inner.type === "empty";
      if (decisive || !inner.path.equals(tree.path)) return { ...tree, delegate: inner };
      return inner.type === "transformation" ? inner : { ...inner, dentry: tree.dentry };
    }
    case "alt": {
      if (tree.trees.length < 2) return single(tree, tree.trees[0]);
      const trees = tree.trees.flatMap((one): readonly DelegateTree[] => {
        const inner = simplifyDelegate(one);
        return inner.type === "alt" && inner.path.equals(tree.path) ? inner.trees : [inner];
      });
      return { ...tree, trees };
    }
    case "union": {
      if (tree.trees.length < 2) return single(tree, tree.trees[0]?.tree);
      const inner = ({ weight, tree: one }: WeightedDelegate) => ({ weight, tree: simplifyDelegate(one) });
      return { ...tree, trees: tree.trees.map(inner) };
    }
    default:
      return tree;
  }
}

function single({ path, dentry }: DelegateTree, only: DelegateTree | undefined): DelegateTree {
  if (only === undefined) return { type: "neg", path, dentry };
  return simplifyDelegate({ type: "delegate", path, dentry, delegate: only });
}
