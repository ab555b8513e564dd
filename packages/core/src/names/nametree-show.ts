import { foldTree } from "./fold.js";
import type { Atom, NameTree } from "./nametree.js";
import type { Path } from "./path.js";
import { showWeight } from "./weight.js";

interface Shown {
  readonly text: string;
  readonly kind: "atom" | "alt" | "union";
}

/**
 * The text of a tree, which reads back as the same tree except that weights keep two decimals and that nodes with a single child
 * show as that child. Childless Alt and Union show as nothing, which does not read back.
 */
export function showTree(tree: NameTree<Path>): string {
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

function composite(kind: "alt" | "union", children: readonly Shown[], texts: readonly string[]): Shown {
  if (children.length === 1) return children[0] as Shown;
  const separator = kind === "alt" ? " | " : " & ";
  // Not Array.join, which copies: nested deeply enough, copying at every level would be quadratic.
  let text = texts[0] ?? "";
  for (let i = 1; i < texts.length; i++) text += separator + texts[i];
  return { text, kind: children.length === 0 ? "atom" : kind };
}

function within(child: Shown, parenthesised: boolean): string {
  return parenthesised ? `(${child.text})` : child.text;
}

function prefix(weight: number): string {
  return weight === 1 ? "" : `${showWeight(weight)}*`;
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
