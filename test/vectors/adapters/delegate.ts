import { Dtab, encodeDelegateTree, Path } from "@namerkit/core";
import { expect } from "vitest";
import { type Adapter, text, unknownOp } from "../adapter.js";
import { interpreterOf } from "../binding.js";

export const adapter: Adapter = async (one, file) => {
  if (one["op"] !== undefined) return unknownOp(one, file);
  const explained = interpreterOf(one).delegate(Dtab.parse(text(one, "dtab")), Path.parse(text(one, "path")));
  if (one["error"] !== undefined) {
    await expect(explained).rejects.toMatchObject({ code: "BIND_DEPTH", message: text(one, "error") });
    return;
  }
  // Through text and back, because that is how it travels: what is undefined is absent there.
  const json: unknown = JSON.parse(JSON.stringify(await encodeDelegateTree(await explained)));
  expect(json).toEqual(one["expect"]);
};
