import type { BoundName, NameTree } from "@namerkit/core";
import type { BoundEntry } from "./tree-entry.js";
import { WeightedDraw } from "./weighted-draw.js";

/** One leaf of a distribution. */
export interface Leaf {
  readonly name: BoundName;
  /** Of id and residual: see `leafKey`. */
  readonly boundKey: string;
  /** The entry that served the last request, to save the look-up; it may be stopped. */
  lastUsed: BoundEntry | undefined;
}

interface Spread {
  readonly draw: WeightedDraw;
  readonly branches: readonly Node[];
}

/** A node is worked out when the first draw reaches it, and step by step: a tree however deep needs no deep stack. */
class Node {
  readonly #tree: NameTree<BoundName>;
  #leaf: Leaf | undefined;
  #spread: Spread | undefined;

  constructor(tree: NameTree<BoundName>) {
    // Core's bind leaves no alternatives; an interpreter that does means the first that is not Neg.
    let at: NameTree<BoundName> | undefined = tree;
    while (at?.type === "alt") at = at.trees.find((branch) => branch.type !== "neg");
    this.#tree = at ?? { type: "neg" };
  }

  get leaf(): Leaf | undefined {
    if (this.#leaf === undefined && this.#tree.type === "leaf") {
      const name = this.#tree.value;
      this.#leaf = { name, boundKey: leafKey(name), lastUsed: undefined };
    }
    return this.#leaf;
  }

  get spread(): Spread | undefined {
    if (this.#spread === undefined && this.#tree.type === "union" && this.#tree.trees.length > 0) {
      const { trees } = this.#tree;
      const draw = new WeightedDraw(trees.map((branch) => branch.weight));
      this.#spread = { draw, branches: trees.map((branch) => new Node(branch.tree)) };
    }
    return this.#spread;
  }
}

/** Spreads requests over the leaves of a bound tree. */
export class Distribution {
  readonly #root: Node;

  constructor(tree: NameTree<BoundName>) {
    this.#root = new Node(tree);
  }

  /**
   * A leaf by weight; undefined where the draw falls on Neg, Fail or Empty, which thus fail their share. Weights of a union are
   * relative; when all are 0 its branches share alike. Draws once per union of several branches on the way.
   */
  draw(random: () => number): Leaf | undefined {
    let node = this.#root;
    for (let spread = node.spread; spread !== undefined; spread = node.spread) {
      node = spread.branches[spread.draw.draw(random)] as Node;
    }
    return node.leaf;
  }
}

/** Equal for bound names that are equal. Shown paths contain no space. */
export function leafKey(name: BoundName): string {
  return name.residual.isEmpty ? name.id.show() : `${name.id.show()} ${name.residual.show()}`;
}

/** Equal for trees of the same shape with equal weights and equal bound names, whatever their addresses. */
export function treeKey(tree: NameTree<BoundName>): string {
  if (tree.type === "leaf") return leafKey(tree.value);
  let key = "";
  const todo: (string | NameTree<BoundName>)[] = [tree];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (typeof next === "string") key += next;
    else if (next.type === "leaf") key += leafKey(next.value);
    else if (next.type === "union") {
      todo.push(")");
      for (const branch of next.trees.toReversed()) todo.push(branch.tree, `&${branch.weight}*`);
      todo.push("(");
    } else if (next.type === "alt") {
      todo.push(")");
      for (const branch of next.trees.toReversed()) todo.push(branch, "|");
      todo.push("(");
    } else key += signs[next.type];
  }
  return key;
}

const signs = { neg: "~", fail: "!", empty: "$" } as const;
