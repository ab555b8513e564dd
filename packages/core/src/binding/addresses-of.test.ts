import { describe, expect, it } from "vitest";
import { Addr, address } from "../names/addr.js";
import { Name } from "../names/name.js";
import { NameTree } from "../names/nametree.js";
import { Path } from "../names/path.js";
import { Activity } from "../values/activity.js";
import { Var } from "../values/var.js";
import { addressesOf } from "./addresses-of.js";
import type { Namer } from "./namer.js";

const addrs = Var.mutable<Addr>(Addr.pending);
const asked: string[] = [];
const namer: Namer = {
  lookup(path) {
    asked.push(path.show());
    if (path.at(0) !== "shop") return Activity.value<NameTree<Name>>(NameTree.neg);
    return Activity.value(NameTree.leaf(Name.bound(Path.parse("/#/test/shop"), path.drop(1), addrs)));
  },
};

describe("addressesOf", () => {
  it("follows the addresses of a name, and asks when it is observed", () => {
    const found = addressesOf(namer, "/shop/rest");
    expect(asked).toEqual([]);
    const seen: Addr[] = [];
    const handle = found.observe((addr) => seen.push(addr));
    addrs.update(Addr.bound([address("10.0.0.1", 80)]));
    handle.close();
    expect(seen).toEqual([Addr.pending, Addr.bound([address("10.0.0.1", 80)])]);
    expect(asked).toEqual(["/shop/rest"]);
  });

  it("is Neg for what there is not, and throws for what is no path", () => {
    expect(addressesOf(namer, Path.parse("/other")).sample()).toEqual(Addr.neg);
    expect(() => addressesOf(namer, "shop")).toThrow(expect.objectContaining({ code: "PATH_INVALID" }));
  });
});
