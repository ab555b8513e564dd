import {
  Activity,
  corePlugins,
  defineIdentifier,
  defineInterpreter,
  defineNamer,
  defineTelemeter,
  NamerError,
  NameTree,
  noMetrics,
  type Path,
  type Plugin,
  silentLog,
  systemClock,
} from "@namerkit/core";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { brief, plugins, SMALL } from "../../test-support/load.js";
import { loadConfig } from "../load-config.js";
import { createRegistry } from "../plugins/registry.js";

let closed = 0;
beforeEach(() => {
  closed = 0;
});
const wrongFolder = new NamerError("NAMER_CONFIG", "rootDir: disco is not a directory");
const picky = [
  defineNamer({
    kind: "x.folder",
    config: z.object({ rootDir: z.string() }),
    create: ({ rootDir }) => {
      if (rootDir === "disco") throw wrongFolder;
      return { lookup: () => Activity.value(NameTree.neg) };
    },
  }),
  defineNamer({
    kind: "x.bug",
    create: () => {
      throw new TypeError("x is not a function");
    },
  }),
  defineInterpreter({
    kind: "x.odd",
    create: () => {
      throw new NamerError("NAMER_CONFIG", "nobody: knows this key");
    },
  }),
  defineIdentifier({
    kind: "x.odd",
    create: () => {
      throw new Error("no");
    },
  }),
  defineTelemeter({ kind: "x.fine", create: () => ({ close: () => void closed++ }) }),
  defineTelemeter({
    kind: "x.odd",
    create: () => {
      throw new Error("no");
    },
  }),
] as readonly unknown[] as readonly Plugin[];
const registry = createRegistry({ builtIn: [...corePlugins, ...plugins, ...picky] });
const envFor = (prefix: Path) => ({
  ...{ prefix, clock: systemClock, random: Math.random, log: silentLog, metrics: noMetrics, baseDir: "/nowhere" },
});

async function built(text: string, build = true) {
  const options = build ? { build: { envFor } } : {};
  return loadConfig({ text, file: "f", baseDir: "/nowhere" }, registry, options);
}

describe("building everything, to see whether it can be [parity: validate]", () => {
  it("tells what plug-ins throw, where their entries stand, all of them at once", async () => {
    const text = `namers:
- kind: x.folder
  rootDir: disco
- kind: x.bug
- { kind: x.folder, prefix: /fine, rootDir: elsewhere }
telemetry: [{ kind: x.fine }, { kind: x.odd }]
${SMALL}  interpreter: { kind: x.odd }
  identifier: [{ kind: io.l5d.path }, { kind: x.odd }]
`;
    const { plan, problems } = await built(text);
    expect(plan).toBeUndefined();
    expect(brief(problems)).toEqual([
      "3:12 namers.0.rootDir CONFIG_VALUE",
      "4:3 namers.1 PLUGIN_FAILED",
      "6:31 telemetry.1 PLUGIN_FAILED",
      "11:16 routers.0.interpreter PLUGIN_FAILED",
      "12:39 routers.0.identifier.1 PLUGIN_FAILED",
    ]);
    expect(problems.map(({ message }) => message).slice(0, 2)).toEqual([
      "disco is not a directory",
      "x.bug cannot be built: x is not a function",
    ]);
    expect(closed).toBe(1);
    expect((await built(text, false)).problems).toEqual([]);
  });

  it("leaves nothing of a good configuration running", async () => {
    const { plan, problems } = await built(`telemetry: [{ kind: x.fine }]\n${SMALL}`);
    expect(problems).toEqual([]);
    expect(plan).toBeDefined();
    expect(closed).toBe(1);
  });
});
