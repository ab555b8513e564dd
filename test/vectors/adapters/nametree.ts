import { decodePathTree, encodePathTree, NameTree, type Path } from "@namerkit/core";
import { expect } from "vitest";
import { type Adapter, text, unknownOp, type VectorCase } from "../adapter.js";
import { expectInvalid } from "../invalid.js";

export const adapter: Adapter = (one, file) => {
  switch (one.op) {
    case "read": {
      const tree = NameTree.parse(text(one, "input"));
      expect(encodePathTree(tree)).toEqual(one.tree);
      return expectTree(tree, one);
    }
    case "tree":
      return expectTree(decodePathTree(one.tree), one);
    case "invalid":
      return expectInvalid(() => NameTree.parse(text(one, "input")), "NAMETREE_INVALID", one);
    default:
      return unknownOp(one, file);
  }
};

function expectTree(tree: NameTree<Path>, one: VectorCase): void {
  expect(NameTree.show(tree)).toBe(text(one, "show"));
  expect(encodePathTree(NameTree.simplify(tree))).toEqual(one.simplified);
  const values = NameTree.eval(tree, (path) => path.show());
  expect(values === undefined ? null : values.map(String).sort()).toEqual(sorted(one.eval));
  if (one.op === "read" && !String(one.note ?? "").startsWith("lossy")) {
    expect(encodePathTree(NameTree.parse(NameTree.show(tree)))).toEqual(one.tree);
  }
}

function sorted(set: unknown): unknown {
  return Array.isArray(set) ? set.map(String).sort() : set;
}
