import { type BoundName, NameTree } from "@namerkit/core";
import { fixedRandom } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { World } from "../test-support/world.js";
import { Distribution, treeKey } from "./distribution.js";

const world = new World();
const a = world.leaf("/#/a");
const b = world.leaf("/#/b");
const { neg, fail, empty, union, weighted, alt } = NameTree;
const draw = (tree: NameTree<BoundName>, ...numbers: number[]) =>
  new Distribution(tree).draw(fixedRandom(...numbers))?.name.id.show();

describe("Distribution", () => {
  it("gives the leaf, and nothing for Neg, Fail and Empty", () => {
    expect(draw(a)).toBe("/#/a");
    expect([neg, fail, empty].map((tree) => draw(tree))).toEqual([undefined, undefined, undefined]);
    expect(draw(union<BoundName>())).toBeUndefined();
  });

  it("draws a branch of a union by weight, for each request anew", () => {
    const tree = union(weighted(1, a), weighted(3, b));
    expect([0, 0.24, 0.26, 0.99].map((r) => draw(tree, r))).toEqual(["/#/a", "/#/a", "/#/b", "/#/b"]);
    const once = new Distribution(tree);
    const random = fixedRandom(0, 0.9);
    expect([once.draw(random)?.name, once.draw(random)?.name].map((name) => name?.id.show())).toEqual(["/#/a", "/#/b"]);
  });

  it("draws alike when all weights are 0", () => {
    const tree = union(weighted(0, a), weighted(0, b));
    expect([0.4, 0.6].map((r) => draw(tree, r))).toEqual(["/#/a", "/#/b"]);
  });

  it("lets an empty branch fail its share", () => {
    const tree = union<BoundName>(weighted(1, empty), weighted(1, a));
    expect([0.4, 0.6].map((r) => draw(tree, r))).toEqual([undefined, "/#/a"]);
  });

  it("draws once for each union on the way", () => {
    const tree = union(weighted(1, a), weighted(1, union(weighted(1, a), weighted(1, b))));
    expect(draw(tree, 0.9, 0.9)).toBe("/#/b");
    expect(draw(tree, 0.9, 0.1)).toBe("/#/a");
  });

  it("takes the first alternative that is not Neg, should an interpreter leave any", () => {
    expect(draw(alt(neg, b, a))).toBe("/#/b");
    expect(draw(alt<BoundName>(neg, fail, a))).toBeUndefined();
    expect(draw(alt<BoundName>())).toBeUndefined();
  });

  it("needs no deep stack for a deep tree", () => {
    let deep = a;
    for (let i = 0; i < 20_000; i++) deep = union(weighted(1, deep), weighted(0, b));
    expect(draw(deep, 0)).toBe("/#/a");
    expect(treeKey(deep)).toContain("/#/a");
  });
});

describe("treeKey", () => {
  it("tells trees apart by shape, weights, ids and residuals, not by addresses", () => {
    const other = new World();
    expect(treeKey(other.leaf("/#/a"))).toBe(treeKey(a));
    expect(treeKey(union(weighted(1, other.leaf("/#/a")), weighted(2, b)))).toBe(
      treeKey(union(weighted(1, a), weighted(2, b))),
    );
    const different = [
      a,
      b,
      world.leaf("/#/a", "/rest"),
      world.leaf("/#/a/rest"),
      neg,
      fail,
      empty,
      union(weighted(1, a)),
      union(weighted(2, a)),
      union(weighted(1, a), weighted(1, b)),
      union(weighted(1, b), weighted(1, a)),
      union(weighted(1, union(weighted(1, a), weighted(1, b))), weighted(1, a)),
      union(weighted(1, union(weighted(1, a))), weighted(1, b), weighted(1, a)),
      alt(a, b),
      alt(b, a),
      union<BoundName>(),
    ];
    expect(new Set(different.map(treeKey)).size).toBe(different.length);
  });
});
