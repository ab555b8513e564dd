import { describe, expect, it } from "vitest";
import { NamerError } from "../../errors.js";
import { Addr, address } from "../../names/addr.js";
import { Dtab } from "../../names/dtab.js";
import { type BoundName, Name } from "../../names/name.js";
import { NameTree } from "../../names/nametree.js";
import { Path } from "../../names/path.js";
import { silentLog } from "../../source/log.js";
import { noMetrics } from "../../source/metrics.js";
import { systemClock } from "../../source/system-clock.js";
import { Activity } from "../../values/activity.js";
import { State } from "../../values/state.js";
import { Var } from "../../values/var.js";
import { encodeDelegateTree } from "../delegate-json.js";
import { createInterpreter } from "../interpreter.js";
import type { Namer } from "../namer.js";
import type { TransformerEnv } from "../roles.js";
import { type NamedTransformer, transformInterpreter } from "../transform-interpreter.js";
import { transformNamer } from "../transform-namer.js";
import type { Transformer } from "../transformer.js";
import { constTransformerPlugin } from "./const.js";
import { portTransformerPlugin } from "./port.js";
import { replaceTransformerPlugin } from "./replace.js";

type Tree = NameTree<BoundName>;

function envOf(prefix: string): TransformerEnv {
  const interpreter = createInterpreter();
  return {
    prefix: Path.parse(prefix),
    clock: systemClock,
    random: () => 0,
    log: silentLog,
    metrics: noMetrics,
    baseDir: ".",
    bind: (path) => interpreter.bind(Dtab.empty, path),
  };
}
const port = portTransformerPlugin.create({ port: 4140 }, envOf("/%/io.l5d.port/4140"));
const constant = constTransformerPlugin.create({ path: "/$/inet/127.1/1/rest" }, envOf("/%/io.l5d.const"));
const replace = replaceTransformerPlugin.create({ path: "/$/inet/127.1/1" }, envOf("/%/io.l5d.replace"));

const leaf = (id: string, addr: Var<Addr> = Var.value(Addr.bound([]))): Tree =>
  NameTree.leaf(Name.bound(Path.parse(id), Path.parse("/res"), addr));

function shown(state: State<NameTree<Name>>): unknown {
  if (state.status !== "ok") return state.status;
  return NameTree.map(state.value, (name) => {
    if (name.type === "path") return name.path.show();
    const addr = name.addr.sample();
    const addresses = addr.type === "bound" ? addr.addresses.map(({ ip, port }) => `${ip}:${port}`) : addr.type;
    return [name.id.show(), name.residual.show(), addresses];
  });
}
const transformed = (by: Transformer, tree: Tree): unknown => shown(by.transform(tree).run.sample());

describe("io.l5d.port [parity: transformers]", () => {
  it("changes every port, keeps weight and meta, and makes one of what becomes the same", () => {
    const given = [
      address("10.0.0.1", 80, { weight: 2, meta: { nodeName: "n" } }),
      address("10.0.0.1", 81),
      address("10.0.0.2", 80),
    ];
    const addr = Var.mutable<Addr>(Addr.bound(given, { authority: "web" }));
    const state = port.transform(leaf("/#/a", addr)).run.sample();
    const name = state.status === "ok" && state.value.type === "leaf" ? state.value.value : undefined;
    expect(name?.id.show()).toBe("/%/io.l5d.port/4140/#/a");
    expect(name?.residual.show()).toBe("/res");
    const first = address("10.0.0.1", 4140, { weight: 2, meta: { nodeName: "n" } });
    expect(name?.addr.sample()).toEqual(Addr.bound([first, address("10.0.0.2", 4140)], { authority: "web" }));
    addr.update(Addr.neg);
    expect(name?.addr.sample()).toBe(Addr.neg);
  });

  it("has a prefix with its port, and its option checked", async () => {
    expect(portTransformerPlugin.defaultPrefix?.({ port: 1 })).toBe("/io.l5d.port/1");
    const check = portTransformerPlugin.config?.["~standard"].validate;
    expect(await check?.({ port: 65_535 })).toEqual({ value: { port: 65_535 } });
    for (const bad of [0, 65_536, 1.5, "80"]) expect(await check?.({ port: bad })).toHaveProperty("issues");
  });
});

describe("io.l5d.const and io.l5d.replace [parity: transformers]", () => {
  it("const answers whatever was bound", () => {
    const answer = { type: "leaf", value: ["/%/io.l5d.const/$/inet/127.1/1", "/rest", ["127.0.0.1:1"]] };
    for (const tree of [leaf("/#/a"), NameTree.neg, NameTree.fail]) expect(transformed(constant, tree)).toEqual(answer);
  });

  it("replace puts its tree in place of each leaf and leaves the rest", () => {
    const by = { type: "leaf", value: ["/%/io.l5d.replace/$/inet/127.1/1", "/", ["127.0.0.1:1"]] };
    const tree = NameTree.union(NameTree.weighted(0.3, leaf("/#/a")), NameTree.weighted(0.7, leaf("/#/b")));
    expect(transformed(replace, tree)).toEqual({
      type: "union",
      trees: [
        { weight: 0.3, tree: by },
        { weight: 0.7, tree: by },
      ],
    });
    for (const one of [NameTree.neg, NameTree.fail, NameTree.empty]) expect(transformed(replace, one)).toEqual(one);
  });

  it("have their path checked", async () => {
    for (const { config } of [constTransformerPlugin, replaceTransformerPlugin]) {
      expect(await config?.["~standard"].validate({ path: "/a" })).toEqual({ value: { path: "/a" } });
      expect(await config?.["~standard"].validate({ path: "a" })).toHaveProperty("issues");
      expect(await config?.["~standard"].validate({ path: 1 })).toHaveProperty("issues");
    }
  });
});

describe("transformNamer", () => {
  it("transforms what is bound, in order, and passes what still has paths in it", () => {
    const state = Var.mutable<State<NameTree<Name>>>(State.ok(leaf("/#/a")));
    const namer = transformNamer({ lookup: () => Activity.of(state) }, [port, constant, port]);
    const seen: unknown[] = [];
    const observation = namer.lookup(Path.empty).run.observe((now) => seen.push(shown(now)));
    const mixed = NameTree.alt<Name>(leaf("/#/a"), NameTree.leaf(Name.path(Path.parse("/b"))));
    state.update(State.ok(mixed));
    state.update(State.failed(new NamerError("TEST", "down")));
    observation.close();
    expect(seen).toEqual([
      { type: "leaf", value: ["/%/io.l5d.port/4140/%/io.l5d.const/$/inet/127.1/1", "/rest", ["127.0.0.1:4140"]] },
      {
        type: "alt",
        trees: [
          { type: "leaf", value: ["/#/a", "/res", []] },
          { type: "leaf", value: "/b" },
        ],
      },
      "failed",
    ]);
  });

  it("keeps what else a namer can do, and adds nothing", () => {
    class Full implements Namer {
      #names = [Path.parse("/a")];
      lookup = () => Activity.pending;
      enumerate(): Activity<readonly Path[]> {
        return Activity.value(this.#names);
      }
      statusOf(): Var<undefined> {
        return Var.value(undefined);
      }
      state(): unknown {
        return this.#names.length;
      }
    }
    const full = transformNamer(new Full(), [port]);
    expect(full.enumerate?.().run.sample()).toMatchObject({ value: [Path.parse("/a")] });
    expect(full.statusOf?.(Path.empty).sample()).toBeUndefined();
    expect(full.state?.()).toBe(1);
    expect(Object.keys(transformNamer({ lookup: () => Activity.pending }, [port]))).toEqual(["lookup"]);
  });
});

describe("transformInterpreter", () => {
  const named = (name: string, transformer: Transformer): NamedTransformer => ({ name, transformer });
  const dtab = Dtab.parse("/svc => /$/inet/10.1/1 | /$/inet/10.2/2");

  it("fails over by the ids that clients see", () => {
    const interpreter = transformInterpreter(createInterpreter(), [named("io.l5d.port", port)]);
    const alive = Var.mutable(true);
    const usable = (id: Path): Var<boolean> =>
      id.show() === "/%/io.l5d.port/4140/$/inet/10.1/1" ? alive : Var.value(true);
    const seen: unknown[] = [];
    const binding = interpreter.bind(dtab, Path.parse("/svc"), { usable });
    const observation = binding.run.observe((state) => seen.push(shown(state)));
    for (const is of [true, false, true]) alive.update(is);
    observation.close();
    const first = { type: "leaf", value: ["/%/io.l5d.port/4140/$/inet/10.1/1", "/", ["10.0.0.1:4140"]] };
    const second = { type: "leaf", value: ["/%/io.l5d.port/4140/$/inet/10.2/2", "/", ["10.0.0.2:4140"]] };
    expect(seen).toEqual([first, second, first]);
  });

  it("shows each transformation in explanations", async () => {
    const interpreter = transformInterpreter(createInterpreter(), [named("io.l5d.port", port)]);
    const tree = await interpreter.delegate(Dtab.parse("/svc => /$/inet/10.1/1"), Path.parse("/svc"));
    const addr = (portNumber: number) => ({
      type: "bound",
      meta: {},
      addrs: [{ ip: "10.0.0.1", port: portNumber, meta: {} }],
    });
    const dentry = { prefix: "/svc", dst: "/$/inet/10.1/1" };
    const id = "/%/io.l5d.port/4140/$/inet/10.1/1";
    expect(await encodeDelegateTree(tree)).toEqual({
      type: "delegate",
      path: "/svc",
      delegate: {
        type: "transformation",
        path: "/$/inet/10.1/1",
        name: "io.l5d.port",
        bound: { id: "/$/inet/10.1/1", path: "/", addr: addr(1) },
        tree: { type: "leaf", path: id, dentry, bound: { id, path: "/", addr: addr(4140) } },
      },
    });
  });

  it("explains an answer that comes from the transformer alone", async () => {
    const interpreter = transformInterpreter(createInterpreter(), [named("io.l5d.const", constant)]);
    const tree = await interpreter.delegate(Dtab.empty, Path.parse("/svc"));
    expect(tree).toMatchObject({ type: "delegate", delegate: { type: "leaf" } });
  });
});
