import { describe, expect, it } from "vitest";
import { Path } from "../names/path.js";
import { type RewriteConfig, rewriteNamer, rewriteNamerPlugin } from "./rewrite-namer.js";

function rewritten(config: RewriteConfig, path: string): string {
  const state = rewriteNamer(config).lookup(Path.parse(path)).run.sample();
  if (state.status !== "ok") return state.status;
  return state.value.type === "leaf" && state.value.value.type === "path"
    ? state.value.value.path.show()
    : state.value.type;
}

describe("io.l5d.rewrite [parity: namer-rewrite]", () => {
  it("keeps escaped bytes as they are", () => {
    expect(rewritten({ pattern: "/{A}", name: "/x/{A}" }, "/\\x7bB\\x7d/rest")).toBe("/x/\\x7b\\x42\\x7d");
  });

  it("is Neg past the end of the path, for * too", () => {
    expect(rewritten({ pattern: "/a/*", name: "/x" }, "/a")).toBe("neg");
  });

  it("takes the last of two captures of one name", () => {
    expect(rewritten({ pattern: "/{A}/{A}", name: "/{A}" }, "/one/two")).toBe("/two");
  });

  it("fails for a name that is no path", () => {
    expect(rewritten({ pattern: "/{A}", name: "/x/{B}" }, "/a")).toBe("failed");
    expect(rewritten({ pattern: "/{A}-{B}", name: "/x/{B}" }, "/a-")).toBe("failed");
  });

  it("has its options checked", async () => {
    const check = rewriteNamerPlugin.config?.["~standard"].validate;
    expect(await check?.({ pattern: "/{A}", name: "/x/{A}" })).toEqual({ value: { pattern: "/{A}", name: "/x/{A}" } });
    const messages = async (value: unknown): Promise<unknown> =>
      (await check?.(value))?.issues?.map((one) => one.message);
    expect(await messages({ pattern: "/{A}", name: "/{B}" })).toEqual(["uses {B}, which the pattern does not capture"]);
    expect(await messages({ pattern: "/{A}", name: "{A}" })).toEqual([expect.stringContaining("can never be a path")]);
    expect(await messages({ pattern: 1, nmae: "/x" })).toEqual([
      "pattern must be a text",
      "name is required",
      "unknown key nmae",
    ]);
    expect(await messages([])).toEqual(["must be an object"]);
    expect(rewriteNamerPlugin.defaultPrefix).toBe(null);
  });
});
