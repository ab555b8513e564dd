import { describe, expect, it } from "vitest";
import { Addr } from "../names/addr.js";
import { type BoundName, Name } from "../names/name.js";
import { NameTree } from "../names/nametree.js";
import { Path } from "../names/path.js";
import { Activity } from "../values/activity.js";
import { State } from "../values/state.js";
import { type MutableVar, Var } from "../values/var.js";
import { settleTree } from "./settle.js";

type Tree = NameTree<BoundName>;
const leaf = (id: string, residual = "/"): Tree =>
  NameTree.leaf(Name.bound(Path.parse(id), Path.parse(residual), Var.mutable<Addr>(Addr.pending)));

function watch(first: Tree): { source: MutableVar<State<Tree>>; seen: State<Tree>[]; addrs(): unknown[] } {
  const source = Var.mutable<State<Tree>>(State.ok(first));
  const seen: State<Tree>[] = [];
  settleTree(Activity.of(source)).run.observe((state) => seen.push(state));
  const addrs = (): unknown[] => {
    const last = seen.at(-1);
    return last?.status === "ok" ? NameTree.leaves(last.value).map((name) => name.addr) : [];
  };
  return { source, seen, addrs };
}

describe("settleTree", () => {
  it("does not move for an equal tree, and moves for another residual", () => {
    const { source, seen } = watch(leaf("/a"));
    source.update(State.ok(leaf("/a")));
    expect(seen.length).toBe(1);
    source.update(State.ok(leaf("/a", "/rest")));
    expect(seen.length).toBe(2);
  });

  it("keeps the first addresses of an id while it stays in the tree, wherever it moves", () => {
    const a = leaf("/a");
    const { source, addrs } = watch(a);
    const [first] = addrs();
    const b = leaf("/b");
    source.update(State.ok(NameTree.union(NameTree.weighted(1, b), NameTree.weighted(1, leaf("/a", "/x")))));
    expect(addrs()).toEqual([NameTree.leaves(b)[0]?.addr, first]);
    expect(addrs()[1]).toBe(first);
    source.update(State.pending);
    source.update(State.ok(leaf("/a")));
    expect(addrs()[0]).toBe(first);
  });

  it("takes new addresses for an id that went and came back", () => {
    const { source, addrs } = watch(leaf("/a"));
    const [first] = addrs();
    source.update(State.ok(NameTree.neg));
    source.update(State.ok(leaf("/a")));
    expect(addrs()[0]).not.toBe(first);
  });
});
