import { type Activity, globalNamer, type Name, type NameTree, Path, rewriteNamer } from "@namerkit/core";
import { expect } from "vitest";
import { type Adapter, text, unknownOp, type VectorCase } from "../adapter.js";

export const adapter: Adapter = (one, file) => {
  if (one["op"] !== undefined) return unknownOp(one, file);
  expectOutput(text(one, "namer") === "io.l5d.rewrite" ? configured(one) : builtIn(one), one);
};

function builtIn(one: VectorCase): Activity<NameTree<Name>> {
  const full = Path.of("$", text(one, "namer")).concat(Path.parse(text(one, "input")));
  expect(full.show()).toBe(text(one, "full"));
  return globalNamer()(full);
}

/** The captured values show only in what is made of them, so each is asked for by a name of its own. */
function configured(one: VectorCase): Activity<NameTree<Name>> {
  const pattern = text(one, "pattern");
  const input = Path.parse(text(one, "input"));
  for (const [key, value] of Object.entries((one["vars"] ?? {}) as Record<string, string>)) {
    expectPath(rewriteNamer({ pattern, name: `/{${key}}` }).lookup(input), `/${value}`);
  }
  return rewriteNamer({ pattern, name: text(one, "name") }).lookup(input);
}

function expectOutput(activity: Activity<NameTree<Name>>, one: VectorCase): void {
  const state = activity.run.sample();
  if (one["error"] !== undefined) {
    const refused = state.status === "failed" || (state.status === "ok" && state.value.type === "neg");
    expect(refused, "where the reference throws: failed or neg").toBe(true);
  } else if (one["output"] === null) {
    expect(state).toMatchObject({ status: "ok", value: { type: "neg" } });
  } else {
    expectPath(activity, text(one, "output"));
  }
}

function expectPath(activity: Activity<NameTree<Name>>, path: string): void {
  const state = activity.run.sample();
  if (state.status !== "ok" || state.value.type !== "leaf" || state.value.value.type !== "path")
    throw new Error(`a path was expected, not ${JSON.stringify(state)}`);
  expect(state.value.value.path.show()).toBe(path);
}
