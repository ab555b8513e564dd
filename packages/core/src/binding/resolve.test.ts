import { describe, expect, it } from "vitest";
import { NamerError } from "../errors.js";
import { Addr, address } from "../names/addr.js";
import { type BoundName, Name } from "../names/name.js";
import { NameTree } from "../names/nametree.js";
import { Path } from "../names/path.js";
import { Activity } from "../values/activity.js";
import { Var } from "../values/var.js";
import { resolve } from "./resolve.js";

const one = address("10.0.0.1", 80);
const two = address("10.0.0.2", 80);
const failed = Addr.failed(new NamerError("TEST", "down"));
const leaf = (id: string, addr: Var<Addr>): NameTree<BoundName> =>
  NameTree.leaf(Name.bound(Path.parse(id), Path.empty, addr));
const union = (...addrs: Addr[]): NameTree<BoundName> =>
  NameTree.union(...addrs.map((addr, i) => NameTree.weighted(1, leaf(`/${i}`, Var.value(addr)))));

describe("resolve", () => {
  it.each<[string, NameTree<BoundName>, Addr]>([
    ["nothing", NameTree.neg, Addr.neg],
    ["Fail", NameTree.fail, Addr.neg],
    ["Empty", NameTree.empty, Addr.bound([])],
    [
      "one leaf, its metadata kept",
      leaf("/a", Var.value(Addr.bound([one], { a: "b" }))),
      Addr.bound([one], { a: "b" }),
    ],
    ["several", union(Addr.bound([one]), Addr.bound([two, one]), Addr.neg, failed), Addr.bound([one, two])],
    ["all Neg", union(Addr.neg, Addr.neg), Addr.neg],
    ["all failed", union(failed, failed), failed],
    ["some pending", union(failed, Addr.pending), Addr.pending],
    ["Neg and failed", union(failed, Addr.neg), Addr.pending],
  ])("%s", (_, tree, addr) => expect(resolve(tree).sample()).toEqual(addr));

  it("counts an id once, and follows addresses", () => {
    const live = Var.mutable<Addr>(Addr.pending);
    const tree = NameTree.union(
      NameTree.weighted(1, leaf("/a", live)),
      NameTree.weighted(1, leaf("/a", Var.value(failed))),
    );
    const seen: Addr[] = [];
    const observation = resolve(Activity.value(tree)).observe((addr) => seen.push(addr));
    live.update(Addr.bound([one]));
    observation.close();
    expect(seen).toEqual([Addr.pending, Addr.bound([one])]);
  });

  it("is pending or failed as the binding is", () => {
    expect(resolve(Activity.pending).sample()).toBe(Addr.pending);
    expect(resolve(Activity.failed(new NamerError("TEST", "down"))).sample()).toMatchObject({ type: "failed" });
  });
});
