import { foldTree } from "./fold.js";
import type { Atom, NameTree } from "./nametree.js";
import type { Path } from "./path.js";
import { exactWeight, showWeight } from "./weight.js";

interface Shown {
  readonly text: string;
  readonly kind: "atom" | "alt" | "union";
}

/**
 * The text of a tree, which reads back as the same tree except that weights keep two decimals and that nodes with a single child
 * show as that child. Childless Alt and Union show as nothing, which does not read back.
 */
export function showTree(tree: NameTree<Path>): string {
  return show(tree, showWeight, "");
}

/** The text of a tree with its weights in full, and childless nodes as the ~ that they come to: it always reads back. */
export function exactTree(tree: NameTree<Path>): string {
  return show(tree, exactWeight, "~");
}

function show(tree: NameTree<Path>, showWeight: (weight: number) => string, childless: string): string {
  const composite = (kind: "alt" | "union", children: readonly Shown[], texts: readonly string[]): Shown => {
    if (children.length === 0) return { text: childless, kind: "atom" };
    return children.length === 1
      ? (children[0] as Shown)
      : { text: joined(texts, kind === "alt" ? " | " : " & "), kind };
  };
  const prefix = (weight: number): string => (weight === 1 ? "" : `${showWeight(weight)}*`);
  return foldTree<Path, Shown>(tree, {
    atom: (atom) => ({ text: showAtom(atom), kind: "atom" }),
    alt: (children) =>
      composite(
        "alt",
        children,
        children.map((child) => within(child, child.kind === "alt")),
      ),
    union: (children, { trees }) =>
      composite(
        "union",
        children,
        children.map((child, i) => prefix(trees[i]?.weight ?? 1) + within(child, child.kind !== "atom")),
      ),
  }).text;
}

/** Not Array.join, which copies: nested deeply enough, copying at every level would be quadratic. */
function joined(texts: readonly string[], separator: string): string {
  let text = texts[0] ?? "";
  for (let i = 1; i < texts.length; i++) text += separator + texts[i];
  return text;
}

function within(child: Shown, parenthesised: boolean): string {
  return parenthesised ? `(${child.text})` : child.text;
}

function showAtom(atom: Atom<Path>): string {
  switch (atom.type) {
    case "leaf":
      return atom.value.show();
    case "neg":
      return "~";
    case "fail":
      return "!";
    case "empty":
      return "$";
  }
}
