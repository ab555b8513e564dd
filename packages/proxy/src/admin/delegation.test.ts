import { describe, expect, it } from "vitest";

interface Node {
  readonly type: string;
}
interface Delegation {
  verdictOf(node: Node): string;
  branchesOf(node: Node): readonly { readonly node: Node; readonly counts: boolean; readonly share?: number }[];
  winnersOf(node: Node): readonly { readonly name: string }[];
}
/** What runs in the browser. */
const { verdictOf, branchesOf, winnersOf }: Delegation = await import(
  new URL("../../page/delegation.js", import.meta.url).href
);

const leaf = (name: string) => ({ type: "leaf", name });
const neg = { type: "neg" };
const fail = { type: "fail" };
const empty = { type: "empty" };
const exception = { type: "exception", message: "down" };
const alt = (...all: Node[]) => ({ type: "alt", alt: all });
const union = (...all: [number, Node][]) => ({ type: "union", union: all.map(([weight, tree]) => ({ weight, tree })) });
const delegate = (to: Node) => ({ type: "delegate", delegate: to });
const through = (tree: Node) => ({ type: "transformation", tree });

describe("which way a request goes, as the playground shows it [parity: delegator]", () => {
  it.each([
    ["a leaf", leaf("a"), "bound", ["a"]],
    ["neg", neg, "neg", []],
    ["fail", fail, "fail", []],
    ["empty", empty, "empty", []],
    ["a failure", exception, "failed", []],
    ["steps", delegate(through(leaf("a"))), "bound", ["a"]],
    ["the first alternative that exists", alt(neg, delegate(neg), leaf("a"), leaf("b")), "bound", ["a"]],
    ["no alternative behind a fail", alt(neg, fail, leaf("a")), "fail", []],
    ["no alternative behind a failure", alt(exception, leaf("a")), "failed", []],
    ["no alternative at all", alt(neg, neg), "neg", []],
    ["all of a union that exist", union([1, leaf("a")], [2, neg], [3, delegate(leaf("b"))]), "bound", ["a", "b"]],
    ["a union of nothing", union([1, neg], [1, neg]), "neg", []],
    ["an alternative to a union of nothing", alt(union([1, neg]), leaf("a")), "bound", ["a"]],
    ["a union with a fail", union([1, fail], [1, leaf("a")]), "bound", ["a"]],
    ["a union with a failure", union([1, exception], [1, leaf("a")]), "bound", ["a"]],
    [
      "an alternative to a union of a fail and a failure",
      alt(union([1, fail], [1, exception]), leaf("a")),
      "bound",
      ["a"],
    ],
    ["no alternative behind a union of failures", alt(union([1, exception]), leaf("a")), "failed", []],
    ["no alternative behind an empty branch", alt(union([1, neg], [1, empty]), leaf("a")), "empty", []],
    ["what nobody has heard of", { type: "new" }, "failed", []],
  ])("%s", (_, node, verdict, winners) => {
    expect(verdictOf(node)).toBe(verdict);
    expect(winnersOf(node).map(({ name }) => name)).toEqual(winners);
  });

  it("shares a union by the weights of what exists", () => {
    const shares = branchesOf(union([9, leaf("a")], [5, neg], [1, leaf("b")])).map(({ share, counts }) => [
      counts,
      share,
    ]);
    expect(shares).toEqual([
      [true, 0.9],
      [false, 0],
      [true, 0.1],
    ]);
  });
});
