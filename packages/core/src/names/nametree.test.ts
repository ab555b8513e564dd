import { describe, expect, it } from "vitest";
import { NameTree, type Weighted } from "./nametree.js";
import { Path } from "./path.js";
import { MAX_NESTING } from "./scanner.js";

const { alt, leaf, neg, fail, empty, parse, show, simplify, union, weighted } = NameTree;
const one = <T>(tree: NameTree<T>): Weighted<T> => weighted(1, tree);
const samePath = (a: Path, b: Path): boolean => a.equals(b);

describe("NameTree.parse", () => {
  it("binds * tighter than & and & tighter than |", () => {
    const tree = parse("0.9*/a & .1 * (/b | ~) | $ | !");
    const path = (text: string): NameTree<Path> => leaf(Path.parse(text));
    const expected = alt(
      union(weighted(0.9, path("/a")), weighted(0.1, alt<Path>(path("/b"), neg))),
      empty as NameTree<Path>,
      fail,
    );
    expect(NameTree.equals(tree, expected, samePath)).toBe(true);
  });

  it.each([
    [". * /a & /b", 1, "weight expected but '.' found at '.[ ]* /a & /b'"],
    ["/a |", 4, "simple expected but end of input found at '/a |[]'"],
    ["/a & ()", 6, "simple expected but ')' found at '/a & ([)]'"],
    ["(/a", 3, "')' expected but end of input found at '(/a[]'"],
    ["/a)", 2, "end of input expected but ')' found at '/a[)]'"],
    ["٣ * /a", 0, "simple expected but '٣' found at '[٣] * /a'"],
  ])("refuses %j", (text, offset, message) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: "NAMETREE_INVALID", message, at: { offset } }));
  });

  it("refuses weights that no number can hold", () => {
    expect(() => parse(`${"9".repeat(400)} * /a & /b`)).toThrow(expect.objectContaining({ code: "NAMETREE_INVALID" }));
  });

  it("bounds parentheses, wherever they stand", () => {
    const nest = (depth: number): string => `${"(".repeat(depth)}/a${")".repeat(depth)}`;
    expect(show(parse(nest(MAX_NESTING)))).toBe("/a");
    expect(show(parse(Array(3).fill(nest(MAX_NESTING)).join("&")))).toBe("/a & /a & /a");
    expect(() => parse(nest(MAX_NESTING + 1))).toThrow(
      expect.objectContaining({ code: "NAMETREE_INVALID", at: { offset: MAX_NESTING + 1 } }),
    );
  });
});

describe("NameTree", () => {
  it("refuses weights that cannot share traffic", () => {
    for (const weight of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => weighted(weight, neg)).toThrow(expect.objectContaining({ code: "NAMETREE_INVALID" }));
    }
  });

  it("shows nodes without children as nothing", () => {
    expect([show(alt()), show(union()), show(union(one(alt())))]).toEqual(["", "", ""]);
  });

  it("simplifies away what cannot matter and keeps the rest", () => {
    const simple = (text: string): string => show(simplify(parse(text)));
    expect(simple("~ | /a | ! | /b")).toBe("/a | !");
    expect(simple("! & ~ & 0.5*/a")).toBe("/a");
    expect(simple("$ | /a")).toBe("$ | /a");
    expect(simple("(/a | /b) | ~")).toBe("/a | /b");
    expect(simple("0.2*/a & 0.3*! & 0.5*/b")).toBe("0.20*/a & 0.50*/b");
    expect(simplify(alt())).toBe(neg);
    expect(simplify(union(one(fail)))).toBe(fail);
    expect(simplify(union(one(fail), one(fail)))).toBe(neg);
  });

  it("evaluates to each value once, by key", () => {
    const values = (text: string): string[] | undefined =>
      NameTree.eval(parse(text), (path) => path.show())?.map(String);
    expect(values("/a & /b & /a & $")).toEqual(["/a", "/b"]);
    expect(values("~ | (! & ~) | /c | /d")).toEqual(["/c"]);
    expect(values("~ | $ | /d")).toEqual([]);
    expect(values("(/a | !) & (! | /b)")).toEqual(["/a"]);
    expect(values("! | /d")).toBeUndefined();
    const shared = Path.parse("/x");
    expect(NameTree.eval(union(one(leaf(shared)), one(leaf(shared)), one(leaf(Path.parse("/x")))))).toHaveLength(2);
  });

  it("lists all leaves in order and maps them", () => {
    const tree = parse("/a | ! | 0.3*/b & (/c | ~)");
    expect(NameTree.leaves(tree).map(String)).toEqual(["/a", "/b", "/c"]);
    const mapped = NameTree.map(tree, (path) => path.concat(Path.parse("/x")));
    expect(show(mapped)).toBe("/a/x | ! | 0.30*/b/x & (/c/x | ~)");
  });

  it("tells trees apart by kind, weight, order and leaves", () => {
    const texts = ["/a & /b", "/b & /a", "/a & 0.5*/b", "/a | /b", "/a", "/a & /b & /b", "~", "!", "$"];
    for (const a of texts) {
      for (const b of texts) expect(NameTree.equals(parse(a), parse(b), samePath), `${a} and ${b}`).toBe(a === b);
    }
  });

  it("works on trees deeper than the call stack", () => {
    let deep: NameTree<Path> = leaf(Path.parse("/end"));
    let twin: NameTree<Path> = leaf(Path.parse("/end"));
    const side = leaf(Path.parse("/s"));
    for (let i = 0; i < 50_000; i++) {
      deep = i % 2 === 0 ? union(one(side), one(deep)) : alt<Path>(neg, deep);
      twin = i % 2 === 0 ? union(one(side), one(twin)) : alt<Path>(neg, twin);
    }
    expect(NameTree.leaves(deep)).toHaveLength(25_001);
    expect(NameTree.eval(deep, String)?.map(String)).toEqual(["/s", "/end"]);
    expect(NameTree.equals(deep, twin, samePath)).toBe(true);
    expect(show(NameTree.map(simplify(deep), (path) => path)).length).toBe(25_000 * 7 + 4 - 2);
  });
});
