import { corePlugins, defineInterpreter, defineNamer, type Plugin } from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { brief, plugins, SMALL } from "../../test-support/load.js";
import { loadConfig } from "../load-config.js";
import { createRegistry } from "./registry.js";

const namer = defineNamer({
  kind: "io.l5d.both",
  create: () => {
    throw new Error("not built in this test");
  },
}) as Plugin;
const interpreter = defineInterpreter({
  kind: "io.l5d.both",
  create: () => {
    throw new Error("not built in this test");
  },
}) as Plugin;

function notFound(name: string): Error {
  return Object.assign(new Error(`Cannot find package '${name}' imported from registry.js`), {
    code: "ERR_MODULE_NOT_FOUND",
  });
}

function withOfficial(load: () => Promise<Plugin | readonly Plugin[]>) {
  const official = { "io.l5d.both": { package: "@namerkit/both", role: ["namer", "interpreter"] as const, load } };
  return createRegistry({ builtIn: [...corePlugins, ...plugins], official });
}

const CONFIG = { text: `namers: [{ kind: io.l5d.both }]\n${SMALL}`, file: "f", baseDir: "/nowhere" };

describe("an official kind", () => {
  it("is imported when a configuration names it, and only once", async () => {
    let loads = 0;
    const registry = withOfficial(async () => {
      loads++;
      return [namer, interpreter];
    });
    expect(registry.kinds("namer")).toContain("io.l5d.both");
    await loadConfig({ ...CONFIG, text: SMALL }, registry);
    expect(loads).toBe(0);
    const both = await loadConfig(
      { ...CONFIG, text: `${CONFIG.text}  interpreter: { kind: io.l5d.both }\n` },
      registry,
    );
    expect(both.problems).toEqual([]);
    expect(both.plan?.namers[0]?.plugin).toBe(namer);
    expect(both.plan?.routers[0]?.interpreter.plugin).toBe(interpreter);
    expect(loads).toBe(1);
  });

  it("whose package is missing is told with what to install", async () => {
    const { problems } = await loadConfig(
      CONFIG,
      withOfficial(() => Promise.reject(notFound("@namerkit/both"))),
    );
    expect(brief(problems)).toEqual(["1:18 namers.0.kind KIND_NOT_INSTALLED"]);
    expect(problems[0]?.hint).toBe("npm install @namerkit/both");
  });

  it("whose package misses something itself is another matter", async () => {
    const { problems } = await loadConfig(
      CONFIG,
      withOfficial(() => Promise.reject(notFound("undici"))),
    );
    expect(brief(problems)).toEqual(["1:18 namers.0.kind PLUGIN_LOAD"]);
    expect(problems[0]?.message).toContain("undici");
  });

  it("that its package does not hold is an error, and so is a package without plug-ins", async () => {
    const other = await loadConfig(
      CONFIG,
      withOfficial(async () => interpreter),
    );
    expect(brief(other.problems)).toEqual(["1:18 namers.0.kind PLUGIN_LOAD"]);
    const none = await loadConfig(
      CONFIG,
      withOfficial(async () => ({}) as Plugin),
    );
    expect(none.problems[0]?.message).toContain("it is not a plug-in");
  });

  it("that failed to load is tried again by the next configuration", async () => {
    let loads = 0;
    const registry = withOfficial(async () => {
      if (++loads === 1) throw new Error("disk");
      return namer;
    });
    expect((await loadConfig(CONFIG, registry)).plan).toBeUndefined();
    expect((await loadConfig(CONFIG, registry)).plan).toBeDefined();
  });
});

describe("createRegistry", () => {
  it("refuses a kind that is given twice for one role", () => {
    expect(() => createRegistry({ builtIn: [namer, namer] })).toThrowError(
      expect.objectContaining({ code: "KIND_DUPLICATE" }),
    );
    expect(() => withOfficial(async () => namer).with([namer])).toThrowError(
      expect.objectContaining({ code: "KIND_DUPLICATE" }),
    );
  });

  it("takes one kind for several roles", async () => {
    const registry = createRegistry({ builtIn: [namer, interpreter] });
    expect(await registry.find("namer", "io.l5d.both")).toBe(namer);
    expect(await registry.find("interpreter", "io.l5d.both")).toBe(interpreter);
    expect(await registry.find("transformer", "io.l5d.both")).toBeUndefined();
  });
});
