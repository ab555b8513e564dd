import { Addr } from "../names/addr.js";
import { Name } from "../names/name.js";
import { NameTree } from "../names/nametree.js";
import { Path } from "../names/path.js";
import { Var } from "../values/var.js";
import { type DelegateTree, delegateTreeOf, replaceLeaves } from "./delegate-tree.js";
import type { BindOptions, Interpreter } from "./namer.js";
import { settleTree } from "./settle.js";
import { transformTree } from "./transform-namer.js";
import type { Transformer } from "./transformer.js";
import { Waits } from "./waits.js";

export interface NamedTransformer {
  /** Its kind; shown in explanations. */
  readonly name: string;
  readonly transformer: Transformer;
}

/** An interpreter whose bindings go through the transformers, in order. */
export function transformInterpreter(interpreter: Interpreter, transformers: readonly NamedTransformer[]): Interpreter {
  if (transformers.length === 0) return interpreter;
  const all = transformers.map((one) => one.transformer);
  const transformed: Interpreter = {
    ...(interpreter.pages === undefined ? {} : { pages: interpreter.pages }),
    bind(dtab, path, { usable } = {}) {
      const inner: BindOptions = usable === undefined ? {} : { usable: usableBefore(usable, all) };
      return settleTree(interpreter.bind(dtab, path, inner).flatMap((tree) => transformTree(tree, all)));
    },
    async delegate(dtab, path, options = {}) {
      let tree = await interpreter.delegate(dtab, path, options);
      const waits = new Waits(options.signal);
      try {
        for (const one of transformers) tree = await transformDelegate(tree, one, waits);
      } finally {
        waits.close();
      }
      return tree;
    },
  };
  if (interpreter.state !== undefined) transformed.state = interpreter.state.bind(interpreter);
  return transformed;
}

/**
 * Clients know names by their ids after the transformers, alternatives are chosen before them. A name is as usable as any of the
 * names that it becomes; one that becomes nothing, or nothing yet, is left to the transformers.
 */
function usableBefore(
  usable: NonNullable<BindOptions["usable"]>,
  transformers: readonly Transformer[],
): NonNullable<BindOptions["usable"]> {
  return (id) => {
    const leaf = NameTree.leaf(Name.bound(id, Path.empty, Var.value(Addr.pending)));
    return transformTree(leaf, transformers).run.flatMap((state) => {
      const names = state.status === "ok" ? NameTree.leaves(state.value) : [];
      if (names.length === 0) return Var.value(true);
      return Var.collect(names.map((name) => usable(name.id))).map((each) => each.includes(true));
    });
  };
}

async function transformDelegate(
  tree: DelegateTree,
  { name, transformer }: NamedTransformer,
  waits: Waits,
): Promise<DelegateTree> {
  let leaves = 0;
  const transformed = await replaceLeaves(tree, async ({ path, dentry, bound }) => {
    leaves++;
    const after = await waits.first(transformTree(NameTree.leaf(bound), [transformer]));
    const at = after.type === "leaf" ? after.value.id : path;
    return { type: "transformation", path, dentry, name, bound, tree: delegateTreeOf(at, dentry, after) };
  });
  if (leaves > 0) return transformed;
  // Nothing was bound; io.l5d.const answers all the same.
  const after = await waits.first(transformTree(NameTree.neg, [transformer]));
  if (after.type === "neg") return tree;
  const { path, dentry } = tree;
  return { type: "delegate", path, dentry, delegate: delegateTreeOf(path, dentry, after) };
}
