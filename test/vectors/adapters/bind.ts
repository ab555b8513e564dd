import {
  Activity,
  type BoundName,
  bindTree,
  Dtab,
  dtabLookup,
  globalNamer,
  Name,
  NamerError,
  NameTree,
  namerChain,
  Path,
  resolve,
  type State,
  settleTree,
  withLiveDtab,
} from "@namerkit/core";
import { expect } from "vitest";
import { type Adapter, text, unknownOp, type VectorCase } from "../adapter.js";
import { encodeAddress, encodeBound, inet, interpreterOf, normal, type StateJson, settableNamer } from "../binding.js";

export const adapter: Adapter = (one, file) => {
  switch (one["op"]) {
    case "bind":
      return bind(one, Dtab.parse(text(one, "dtab")));
    case "bind-local":
      return bindUnder(one, Activity.value(Dtab.parse(text(one, "configuredDtab"))), text(one, "localDtab"));
    case "bind-note":
      return bindUnder(one, dtabState(one["configuredDtab"] as StateJson), "");
    case "sequence":
      return sequence(one);
    default:
      return unknownOp(one, file);
  }
};

function bind(one: VectorCase, dtab: Dtab): void {
  const binding = interpreterOf(one).bind(dtab, Path.parse(text(one, "path")));
  expectState(binding.run.sample(), one["expect"]);
  expect(encodeAddress(resolve(binding).sample())).toEqual(normal(one["resolved"]));
}

function bindUnder(one: VectorCase, own: Activity<Dtab>, local: string): void {
  const interpreter = withLiveDtab(interpreterOf(one), own);
  const binding = interpreter.bind(Dtab.parse(local), Path.parse(text(one, "path")));
  expectState(binding.run.sample(), one["expect"]);
}

function dtabState({ state, message }: StateJson): Activity<Dtab> {
  if (state === "pending") return Activity.pending;
  if (state === "failed") return Activity.failed(new NamerError("TEST", message ?? ""));
  throw new Error(`no notation for a dtab that is ${state}`);
}

function sequence(one: VectorCase): void {
  const namer = settableNamer();
  const chain = namerChain([{ prefix: Path.parse("/test"), namer }], globalNamer({ inet }));
  const tree = NameTree.map(NameTree.parse(text(one, "bindTree")), Name.path);
  const states: State<NameTree<BoundName>>[] = [];
  const binding = settleTree(bindTree(dtabLookup(Dtab.empty, chain), tree));
  const observation = binding.run.observe((state) => states.push(state));
  for (const step of one["steps"] as { set: Record<string, StateJson>; expect: unknown }[]) {
    for (const [name, state] of Object.entries(step.set)) namer.set(name, state);
    const last = states.at(-1);
    if (last === undefined) throw new Error("nothing was observed");
    expectState(last, step.expect);
  }
  observation.close();
}

function expectState(state: State<NameTree<BoundName>>, expected: unknown): void {
  const { state: status, tree, message } = expected as { state: string; tree?: unknown; message?: string };
  expect(state.status).toBe(status);
  if (state.status === "ok") expect(encodeBound(state.value)).toEqual(normal(tree));
  if (state.status === "failed") expect(state.error.message).toContain(message);
}
