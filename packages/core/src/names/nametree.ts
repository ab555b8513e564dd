import { NamerError } from "../errors.js";
import { childAt, foldTree, isComposite } from "./fold.js";
import { readTree } from "./nametree-parser.js";
import { showTree } from "./nametree-show.js";
import type { Path } from "./path.js";
import { Scanner } from "./scanner.js";

export interface Leaf<out T> {
  readonly type: "leaf";
  readonly value: T;
}
/** The first tree that is not Neg. */
export interface Alt<out T> {
  readonly type: "alt";
  readonly trees: readonly NameTree<T>[];
}
/** All trees that are neither Neg nor Fail, each with its share of the traffic. */
export interface Union<out T> {
  readonly type: "union";
  readonly trees: readonly Weighted<T>[];
}
export interface Weighted<out T> {
  /** Share relative to the other branches: finite, not negative, 1 unless written. */
  readonly weight: number;
  readonly tree: NameTree<T>;
}
/** Neg: nothing here, try the next. Fail: stop, no fallback. Empty: exists and has no members. */
export type Special = { readonly type: "neg" } | { readonly type: "fail" } | { readonly type: "empty" };
/** A tree without children. */
export type Atom<T> = Leaf<T> | Special;

/** Where a name leads: alternatives, splits and ends, over leaves of any kind. After Finagle's NameTree. */
export type NameTree<T> = Atom<T> | Alt<T> | Union<T>;

const neg: NameTree<never> = Object.freeze({ type: "neg" });
const fail: NameTree<never> = Object.freeze({ type: "fail" });
const empty: NameTree<never> = Object.freeze({ type: "empty" });

export const NameTree = {
  neg,
  fail,
  empty,
  leaf<T>(value: T): NameTree<T> {
    return { type: "leaf", value };
  },
  alt<T>(...trees: readonly NameTree<T>[]): NameTree<T> {
    return { type: "alt", trees };
  },
  union<T>(...trees: readonly Weighted<T>[]): NameTree<T> {
    return { type: "union", trees };
  },
  /** Throws NAMETREE_INVALID if the weight is negative or not finite. */
  weighted<T>(weight: number, tree: NameTree<T>): Weighted<T> {
    if (Number.isFinite(weight) && weight >= 0) return { weight, tree };
    throw new NamerError("NAMETREE_INVALID", `a weight must be a finite number of at least 0, not ${weight}`);
  },
  /**
   * Reads a tree of paths: `|` alternatives, `&` unions, `0.3*` weights inside unions, `~` Neg, `!` Fail, `$` Empty, parentheses.
   * A weight on a tree that stands alone is dropped. Throws NAMETREE_INVALID with the offset of what is wrong.
   */
  parse(text: string): NameTree<Path> {
    const scanner = new Scanner(text, "NAMETREE_INVALID");
    const tree = readTree(scanner);
    scanner.end();
    return tree;
  },
  show: showTree,
  map<T, U>(tree: NameTree<T>, f: (value: T) => U): NameTree<U> {
    return foldTree<T, NameTree<U>>(tree, {
      atom: (atom) => (atom.type === "leaf" ? { type: "leaf", value: f(atom.value) } : atom),
      alt: (trees) => ({ type: "alt", trees }),
      union: (trees, node) => ({ type: "union", trees: reweigh(trees, node) }),
    });
  },
  leaves,
  simplify,
  /**
   * The values that the tree stands for, in order and each once: of an Alt those of the first child that is not Neg, of a Union
   * those of all children. Undefined if that is nothing (Neg or Fail); [] if it exists and is empty. Weights do not count.
   * `key` tells equal values apart from others; by default each object is its own.
   */
  eval<T>(tree: NameTree<T>, key: (value: T) => unknown = (value) => value): readonly T[] | undefined {
    const simple = simplify(tree);
    if (simple.type === "neg" || simple.type === "fail") return undefined;
    const found = new Map<unknown, T>();
    // After simplify the first child of an Alt is what it evaluates to, and nothing inside a Union evaluates to nothing.
    for (const leaf of walk(simple, (alt) => alt.trees.slice(0, 1))) {
      const id = key(leaf);
      if (!found.has(id)) found.set(id, leaf);
    }
    return [...found.values()];
  },
  /** The same nodes in the same order, with the same weights, and leaves that `sameLeaf` says are the same. */
  equals<T>(a: NameTree<T>, b: NameTree<T>, sameLeaf: (a: T, b: T) => boolean): boolean {
    const pairs: [NameTree<T>, NameTree<T>][] = [[a, b]];
    for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
      const [left, right] = pair;
      if (left === right) continue;
      if (!sameNode(left, right, sameLeaf)) return false;
      if (!isComposite(left) || !isComposite(right)) continue;
      for (let i = 0; i < left.trees.length; i++) {
        pairs.push([childAt(left, i) as NameTree<T>, childAt(right, i) as NameTree<T>]);
      }
    }
    return true;
  },
};

/** All leaves, from left to right, whether or not an evaluation would reach them. */
function leaves<T>(tree: NameTree<T>): T[] {
  return [...walk(tree, (alt) => alt.trees)];
}

function* walk<T>(tree: NameTree<T>, chosen: (alt: Alt<T>) => readonly NameTree<T>[]): Generator<T> {
  const ahead: NameTree<T>[] = [tree];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    if (next.type === "leaf") yield next.value;
    if (!isComposite(next)) continue;
    const children = next.type === "alt" ? chosen(next) : next.trees.map((branch) => branch.tree);
    for (let i = children.length - 1; i >= 0; i--) ahead.push(children[i] as NameTree<T>);
  }
}

/**
 * A tree that evaluates to the same and has no branch that can never matter: no Neg in an Alt and nothing after its Fail, no Neg
 * or Fail in a Union, no node with less than two children. Nesting, and what follows an Empty or a leaf in an Alt, stay.
 */
function simplify<T>(tree: NameTree<T>): NameTree<T> {
  return foldTree<T, NameTree<T>>(tree, {
    atom: (atom) => atom,
    alt: simplifyAlt,
    union: simplifyUnion,
  });
}

function simplifyAlt<T>(trees: NameTree<T>[]): NameTree<T> {
  if (trees.length === 1) return trees[0] as NameTree<T>;
  const stop = trees.findIndex((tree) => tree.type === "fail");
  const kept = (stop === -1 ? trees : trees.slice(0, stop + 1)).filter((tree) => tree.type !== "neg");
  if (kept.length > 1) return { type: "alt", trees: kept };
  return kept[0] ?? neg;
}

function simplifyUnion<T>(trees: NameTree<T>[], node: Union<T>): NameTree<T> {
  if (trees.length === 1) return trees[0] as NameTree<T>;
  const kept = reweigh(trees, node).filter(({ tree }) => tree.type !== "neg" && tree.type !== "fail");
  if (kept.length > 1) return { type: "union", trees: kept };
  return kept[0]?.tree ?? neg;
}

function reweigh<T, U>(trees: readonly NameTree<U>[], node: Union<T>): Weighted<U>[] {
  return trees.map((tree, i) => ({ weight: node.trees[i]?.weight ?? 1, tree }));
}

/** Equal apart from the children. */
function sameNode<T>(a: NameTree<T>, b: NameTree<T>, sameLeaf: (a: T, b: T) => boolean): boolean {
  if (a.type === "leaf") return b.type === "leaf" && sameLeaf(a.value, b.value);
  if (a.type === "alt") return b.type === "alt" && a.trees.length === b.trees.length;
  if (a.type !== "union") return a.type === b.type;
  if (b.type !== "union" || a.trees.length !== b.trees.length) return false;
  return a.trees.every((branch, i) => branch.weight === b.trees[i]?.weight);
}
