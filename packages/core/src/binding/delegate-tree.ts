import type { Dentry } from "../names/dtab.js";
import type { BoundName } from "../names/name.js";
import type { NameTree } from "../names/nametree.js";
import { Path } from "../names/path.js";

interface Step {
  /** The path looked up here. Empty where a dtab entry says `~` outright; of a literal `!` or `$` the path of the entry's owner. */
  readonly path: Path;
  /** The dtab entry that led here; undefined at the root. */
  readonly dentry: Dentry | undefined;
}

/** Why a name binds as it does: every step, with the entry that caused it, alternatives that lost included. */
export type DelegateTree = Step &
  (
    | { readonly type: "empty" | "fail" | "neg" }
    | { readonly type: "exception"; readonly message: string }
    | { readonly type: "delegate"; readonly delegate: DelegateTree }
    | { readonly type: "leaf"; readonly bound: BoundName }
    | { readonly type: "alt"; readonly trees: readonly DelegateTree[] }
    | { readonly type: "union"; readonly trees: readonly WeightedDelegate[] }
    | { readonly type: "transformation"; readonly name: string; readonly bound: BoundName; readonly tree: DelegateTree }
  );

export interface WeightedDelegate {
  readonly weight: number;
  readonly tree: DelegateTree;
}

/** A tree of bound names, each of whose nodes stands for the same step. */
export function delegateTreeOf(path: Path, dentry: Dentry | undefined, tree: NameTree<BoundName>): DelegateTree {
  const step = { path, dentry };
  switch (tree.type) {
    case "neg":
      return { ...step, type: "neg", path: Path.empty };
    case "leaf":
      return { ...step, type: "leaf", bound: tree.value };
    case "alt":
      return { ...step, type: "alt", trees: tree.trees.map((one) => delegateTreeOf(path, dentry, one)) };
    case "union":
      return {
        ...step,
        type: "union",
        trees: tree.trees.map((one) => ({ weight: one.weight, tree: delegateTreeOf(path, dentry, one.tree) })),
      };
    default:
      return { ...step, type: tree.type };
  }
}

/** The same tree with every leaf replaced, all at once. */
export async function replaceLeaves(
  tree: DelegateTree,
  replace: (leaf: Extract<DelegateTree, { type: "leaf" }>) => Promise<DelegateTree>,
): Promise<DelegateTree> {
  switch (tree.type) {
    case "leaf":
      return replace(tree);
    case "delegate":
      return { ...tree, delegate: await replaceLeaves(tree.delegate, replace) };
    case "alt":
      return { ...tree, trees: await Promise.all(tree.trees.map((one) => replaceLeaves(one, replace))) };
    case "union": {
      const inner = async (one: WeightedDelegate) => ({ ...one, tree: await replaceLeaves(one.tree, replace) });
      return { ...tree, trees: await Promise.all(tree.trees.map(inner)) };
    }
    case "transformation":
      return { ...tree, tree: await replaceLeaves(tree.tree, replace) };
    default:
      return tree;
  }
}
