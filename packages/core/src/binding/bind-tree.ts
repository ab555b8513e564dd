import { NamerError, toNamerError } from "../errors.js";
import { Addr, NAMETREE_WEIGHT } from "../names/addr.js";
import { type BoundName, Name } from "../names/name.js";
import { NameTree, type Weighted } from "../names/nametree.js";
import { Activity } from "../values/activity.js";
import { State } from "../values/state.js";
import { Var } from "../values/var.js";
import { DeferredVar } from "./deferred.js";
import { GuardedVar, type LookupBudget, MAX_ANSWERS_SIZE, MAX_PATH_SIZE, tooLong, treeSize } from "./guarded.js";
import { ask, type Lookup } from "./lookup.js";
import type { BindOptions } from "./namer.js";

export interface BindTreeOptions extends BindOptions {
  /** How many lookups may follow one another; one more is Failed with BIND_DEPTH. Default 100. */
  readonly maxDepth?: number;
  /** How many lookups may be held at the same time; one more is Failed with BIND_BREADTH. Default 2,000. */
  readonly maxLookups?: number;
}

/** A bound name as bindTree makes it: it remembers the union weight that it carries in its address metadata. */
export interface WeighedName extends BoundName {
  readonly weight?: number | undefined;
}

/**
 * Looks up every path in `tree`, and what comes of it, until only bound names are left, and keeps doing so while observed.
 *
 * - Alternatives: the first branch that is not Neg. Pending and Failed are not Neg: they do not fall through. Branches behind the
 *   one in use are not looked up.
 * - Unions: the branches that are Ok; those still Pending or Failed are left out while there is at least one. Else the first Failed.
 * - A leaf inside a union has the weight of its innermost branch in the metadata of its addresses.
 *
 * The result is simplified and has no alternatives. Nothing throws: a throw anywhere is Failed. After Finagle's Namer.bind.
 */
export function bindTree(
  lookup: Lookup,
  tree: NameTree<Name>,
  options: BindTreeOptions = {},
): Activity<NameTree<BoundName>> {
  // The budget is made per observer: several observers of one binding must not eat up each other's.
  const run = new DeferredVar(() => {
    // Guarded as a whole too, and that does not count as a lookup.
    return new GuardedVar(new Binder(lookup, options).start(tree).run, unbounded(), () => 0);
  });
  return Activity.of(run);
}

type Bound = Activity<NameTree<BoundName>>;

class Binder {
  readonly #lookup: Lookup;
  readonly #maxDepth: number;
  readonly #usable: BindOptions["usable"];
  readonly #budget: LookupBudget;
  #tooDeep: Activity<never> | undefined;

  constructor(lookup: Lookup, options: BindTreeOptions) {
    this.#lookup = lookup;
    this.#maxDepth = options.maxDepth ?? 100;
    this.#usable = options.usable;
    this.#budget = { live: 0, max: options.maxLookups ?? 2_000, size: 0, maxSize: MAX_ANSWERS_SIZE };
  }

  start(tree: NameTree<Name>): Bound {
    try {
      return this.#bind(tree, 0, undefined);
    } catch (thrown) {
      return Activity.failed(toNamerError(thrown, "BIND_THREW"));
    }
  }

  #bind(tree: NameTree<Name>, depth: number, weight: number | undefined): Bound {
    if (depth > this.#maxDepth) {
      this.#tooDeep ??= Activity.failed(tooDeep(this.#maxDepth));
      return this.#tooDeep;
    }
    switch (tree.type) {
      case "leaf":
        return tree.value.type === "bound"
          ? this.#bound(tree.value, weight)
          : this.#path(tree.value.path, depth, weight);
      case "alt":
        return this.#alternatives(tree.trees, 0, tree.trees.length, depth, weight);
      case "union":
        return this.#union(tree.trees, depth);
      default:
        return Activity.value(tree);
    }
  }

  #path(path: Parameters<Lookup>[0], depth: number, weight: number | undefined): Bound {
    if (path.size > MAX_PATH_SIZE) return Activity.failed(tooLong(path.size));
    // Asked when observed, not before: beyond the budget nobody is asked at all.
    const answer = new DeferredVar(() => ask({ lookup: this.#lookup }, path).run);
    return Activity.of(new GuardedVar(answer, this.#budget, treeSize)).flatMap((tree) =>
      this.#bind(tree, depth + 1, weight),
    );
  }

  #bound(name: BoundName, weight: number | undefined): Bound {
    const leaf: NameTree<BoundName> = NameTree.leaf(weighed(name, weight));
    if (this.#usable === undefined) return Activity.value(leaf);
    const usable = State.ok(leaf);
    const unusable = State.ok<NameTree<BoundName>>(NameTree.neg);
    return Activity.of(this.#usable(name.id).map((is) => (is ? usable : unusable)));
  }

  /** Halves the list instead of walking it: the chain of Activities is then as deep as the logarithm of its length. */
  #alternatives(
    trees: readonly NameTree<Name>[],
    from: number,
    to: number,
    depth: number,
    weight: number | undefined,
  ): Bound {
    if (to - from === 0) return Activity.value(NameTree.neg);
    if (to - from === 1) return this.#bind(trees[from] as NameTree<Name>, depth, weight);
    const middle = (from + to) >> 1;
    return this.#alternatives(trees, from, middle, depth, weight).flatMap((tree) =>
      tree.type === "neg" ? this.#alternatives(trees, middle, to, depth, weight) : Activity.value(tree),
    );
  }

  #union(branches: readonly Weighted<Name>[], depth: number): Bound {
    if (branches.length === 0) return Activity.value(NameTree.neg);
    const bound = branches.map((branch) => this.#bind(branch.tree, depth, branch.weight));
    if (bound.length === 1) return bound[0] as Bound;
    return Activity.of(Var.collect(bound.map((one) => one.run)).map((states) => united(branches, states)));
  }
}

function unbounded(): LookupBudget {
  return { live: 0, max: 1, size: 0, maxSize: 0 };
}

function united(
  branches: readonly Weighted<Name>[],
  states: readonly State<NameTree<BoundName>>[],
): State<NameTree<BoundName>> {
  const kept: Weighted<BoundName>[] = [];
  let anyOk = false;
  let failed: State<never> | undefined;
  states.forEach((state, i) => {
    if (state.status === "failed") failed ??= state;
    if (state.status !== "ok") return;
    anyOk = true;
    const { type } = state.value;
    if (type !== "neg" && type !== "fail") kept.push({ weight: branches[i]?.weight ?? 1, tree: state.value });
  });
  if (!anyOk) return failed ?? State.pending;
  if (kept.length === 0) return State.ok(NameTree.neg);
  return State.ok(kept.length === 1 ? (kept[0] as Weighted<BoundName>).tree : { type: "union", trees: kept });
}

function weighed(name: BoundName, weight: number | undefined): WeighedName {
  if (weight === undefined) return name;
  const addr = name.addr.map((value) =>
    value.type === "bound" ? Addr.bound(value.addresses, { ...value.meta, [NAMETREE_WEIGHT]: weight }) : value,
  );
  return { ...Name.bound(name.id, name.residual, addr), weight };
}

function tooDeep(max: number): NamerError {
  return new NamerError("BIND_DEPTH", `Max recursion level: ${max} reached in Namer lookup`);
}
