import { describe, expect, it } from "vitest";
import { Addr, address } from "../names/addr.js";
import { Dtab } from "../names/dtab.js";
import { Name } from "../names/name.js";
import { NameTree } from "../names/nametree.js";
import { Path } from "../names/path.js";
import { Activity } from "../values/activity.js";
import { Var } from "../values/var.js";
import { createInterpreter } from "./interpreter.js";
import type { Namer } from "./namer.js";

const addrs = Var.value(Addr.bound([address("10.0.0.1", 80)]));

describe("createInterpreter", () => {
  it("goes from the dtab to the namer whose prefix matches, and keeps id and residual apart", () => {
    const prefix = Path.parse("/#/io.l5d.fs");
    const namer: Namer = {
      lookup: (path) => Activity.value(NameTree.leaf(Name.bound(prefix.concat(path.take(1)), path.drop(1), addrs))),
    };
    const interpreter = createInterpreter({ namers: [{ prefix, namer }] });
    const state = interpreter.bind(Dtab.parse("/svc => /#/io.l5d.fs"), Path.parse("/svc/web/x")).run.sample();
    expect(state).toMatchObject({ status: "ok", value: { type: "leaf" } });
    const leaf = state.status === "ok" && state.value.type === "leaf" ? state.value.value : undefined;
    expect(leaf?.id.show()).toBe("/#/io.l5d.fs/web");
    expect(leaf?.residual.show()).toBe("/x");
    expect(leaf?.addr).toBe(addrs);
  });
});
