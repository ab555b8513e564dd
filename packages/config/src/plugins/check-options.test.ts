import { corePlugins, defineNamer, type Plugin, type StandardSchema } from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { brief, load, plugins, problemsOf, SMALL } from "../../test-support/load.js";
import { loadConfig } from "../load-config.js";
import { createRegistry } from "./registry.js";

const nomad = (lines: string) => `namers:\n- kind: io.acme.nomad\n${lines.replace(/^/gm, "  ")}\n${SMALL}`;

/** Loads an entry of a namer with this schema. */
async function loadWith(config: StandardSchema, lines: string, extra: Partial<Plugin> = {}) {
  const create = () => {
    throw new Error("not built in this test");
  };
  const plugin = { ...defineNamer({ kind: "x.own", config, create }), ...extra } as Plugin;
  const registry = createRegistry({ builtIn: [...corePlugins, ...plugins, plugin] });
  const text = `namers:\n- kind: x.own\n${lines.replace(/^/gm, "  ")}\n${SMALL}`;
  return loadConfig({ text, file: "f", baseDir: "/nowhere" }, registry);
}

function schema(validate: StandardSchema["~standard"]["validate"]): StandardSchema {
  return { "~standard": { version: 1, vendor: "own", validate } };
}

describe("options of a plug-in with a zod schema", () => {
  it.each([
    ["host: 5", "3:9 namers.0.host CONFIG_TYPE"],
    ["port: 0", "3:9 namers.0.port CONFIG_VALUE"],
    ["ports: 80", "3:3 namers.0.ports CONFIG_UNKNOWN_KEY"],
    ["tags:\n- { tag: a, wight: 1 }", "4:15 namers.0.tags.0.wight CONFIG_UNKNOWN_KEY"],
    ["tags:\n- tag: a", "4:5 namers.0.tags.0.weight CONFIG_MISSING"],
    ["tags:\n- { tag: a, weight: heavy }", "4:23 namers.0.tags.0.weight CONFIG_TYPE"],
    ["__proto__: { x: 1 }", "3:3 namers.0.__proto__ CONFIG_UNKNOWN_KEY"],
  ])("%j", async (lines, expected) => {
    expect(await problemsOf(nomad(lines))).toContain(expected);
  });

  it("come back with the schema's defaults; a key without a value counts as absent", async () => {
    expect((await load(nomad("host:"))).plan?.namers[0]?.options).toEqual({ host: "localhost", port: 4646 });
  });

  it("hint at quotes where a number stands for a text", async () => {
    expect((await load(nomad("host: 5"))).problems[0]?.hint).toBe("put it in quotes");
  });

  it("may be strict, or open", async () => {
    const strict = await loadWith(z.strictObject({ a: z.number() }), "a: 1\nb: 2");
    expect(brief(strict.problems)).toEqual(["4:3 namers.0.b CONFIG_UNKNOWN_KEY"]);
    const open = await loadWith(z.looseObject({ a: z.number() }), "a: 1\nb: 2");
    expect(open.plan?.namers[0]?.options).toEqual({ a: 1, b: 2 });
    const record = await loadWith(z.object({ map: z.record(z.string(), z.int()) }), "map: { http: 80 }");
    expect(record.plan?.namers[0]?.options).toEqual({ map: { http: 80 } });
  });
});

describe("options of a plug-in with another schema", () => {
  it("are placed by the paths of its issues, whatever form these have", async () => {
    const issues = [
      { message: "first", path: ["a", { key: 1 }] },
      { message: "second", path: [{ key: "b" }, "c", "d"] },
      { message: "whole" },
    ];
    const { problems } = await loadWith(
      schema(() => ({ issues })),
      "a: [1,\n 2]\nb: {}",
    );
    expect(brief(problems)).toEqual([
      "2:3 namers.0 CONFIG_VALUE",
      "4:4 namers.0.a.1 CONFIG_VALUE",
      "5:6 namers.0.b.c.d CONFIG_MISSING",
    ]);
    expect(problems.map(({ message, hint }) => hint ?? message)).toEqual(["whole", "first", "second"]);
  });

  it("may be checked asynchronously", async () => {
    const { plan } = await loadWith(
      schema(async () => ({ value: "made" })),
      "a: 1",
    );
    expect(plan?.namers[0]?.options).toBe("made");
  });

  it("see neither kind, prefix, experimental nor transformers", async () => {
    let seen: unknown;
    const spy = schema((value) => {
      seen = value;
      return { value };
    });
    await loadWith(spy, "prefix: /x\nexperimental: true\ntransformers: []\nown: [1, { a: null }]");
    expect(seen).toEqual({ own: [1, {}] });
  });

  it("that throws is the plug-in's failure, not ours", async () => {
    for (const validate of [
      () => {
        throw new Error("oops");
      },
      () => Promise.reject(new Error("oops")),
    ]) {
      const { problems } = await loadWith(schema(validate), "a: 1");
      expect(problems).toMatchObject([
        { code: "PLUGIN_FAILED", line: 2, col: 3, message: expect.stringContaining("oops") },
      ]);
    }
  });

  it("are checked for unknown keys by its JSON Schema, where that is closed", async () => {
    const jsonSchema = { type: "object", properties: { port: { type: "integer" } }, additionalProperties: false };
    const accept = schema((value) => ({ value }));
    const { problems } = await loadWith(accept, "prot: 1", { jsonSchema });
    expect(problems).toMatchObject([{ code: "CONFIG_UNKNOWN_KEY", line: 3, col: 3, hint: "did you mean port?" }]);
    expect(
      (await loadWith(accept, "prot: 1", { jsonSchema: { ...jsonSchema, additionalProperties: true } })).problems,
    ).toEqual([]);
  });
});

describe("a plug-in without options", () => {
  it("takes none", async () => {
    expect(await problemsOf(`namers:\n- { kind: io.acme.shy, experimental: true, port: 5 }\n${SMALL}`)).toEqual([
      "2:44 namers.0.port CONFIG_UNKNOWN_KEY",
    ]);
  });
});

describe("experimental plug-ins [parity: namers]", () => {
  it.each(["", ", experimental: false"])("have to be enabled (%j)", async (flag) => {
    const { plan, problems } = await load(`namers:\n- { kind: io.acme.shy${flag} }\n${SMALL}`);
    expect(problems).toMatchObject([{ code: "KIND_EXPERIMENTAL", line: 2, col: 11, hint: "add experimental: true" }]);
    expect(plan).toBeUndefined();
  });

  it("are told by the flag, which others may carry too", async () => {
    expect(await problemsOf(nomad("experimental: true"))).toEqual([]);
    expect(await problemsOf(nomad("experimental: false"))).toEqual([]);
  });
});

describe("default prefixes", () => {
  const accept = schema((value) => ({ value }));
  it("may be another than the kind", async () => {
    const { plan } = await loadWith(accept, "a: 1", { defaultPrefix: "/somewhere/else" });
    expect(plan?.namers[0]?.prefix.show()).toBe("/#/somewhere/else");
  });

  it("that cannot be used are the plug-in's failure", async () => {
    const { problems } = await loadWith(accept, "a: 1", { defaultPrefix: "nowhere" });
    expect(brief(problems)).toEqual(["2:3 namers.0.prefix PLUGIN_FAILED"]);
  });
});
