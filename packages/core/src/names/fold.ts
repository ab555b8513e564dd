import type { Alt, Atom, NameTree, Union } from "./nametree.js";

/** What to make of each kind of node, given what was made of its children, in their order. */
interface Folder<T, R> {
  atom(tree: Atom<T>): R;
  alt(children: R[], tree: Alt<T>): R;
  union(children: R[], tree: Union<T>): R;
}

interface Frame<T, R> {
  readonly tree: Alt<T> | Union<T>;
  readonly done: R[];
}

/** Computes a value from a tree, leaves first. With a stack of its own: binding can nest trees deeper than calls can go. */
export function foldTree<T, R>(tree: NameTree<T>, folder: Folder<T, R>): R {
  if (!isComposite(tree)) return folder.atom(tree);
  let frame: Frame<T, R> = { tree, done: [] };
  const parents: Frame<T, R>[] = [];
  for (;;) {
    const child = childAt(frame.tree, frame.done.length);
    if (child !== undefined && isComposite(child)) {
      parents.push(frame);
      frame = { tree: child, done: [] };
    } else if (child !== undefined) {
      frame.done.push(folder.atom(child));
    } else {
      const result = finish(frame, folder);
      const parent = parents.pop();
      if (parent === undefined) return result;
      parent.done.push(result);
      frame = parent;
    }
  }
}

function finish<T, R>(frame: Frame<T, R>, folder: Folder<T, R>): R {
  return frame.tree.type === "alt" ? folder.alt(frame.done, frame.tree) : folder.union(frame.done, frame.tree);
}

export function isComposite<T>(tree: NameTree<T>): tree is Alt<T> | Union<T> {
  return tree.type === "alt" || tree.type === "union";
}

/** The child at an index, whatever the kind of its parent. */
export function childAt<T>(tree: Alt<T> | Union<T>, index: number): NameTree<T> | undefined {
  return tree.type === "alt" ? tree.trees[index] : tree.trees[index]?.tree;
}
