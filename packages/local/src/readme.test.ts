import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import plugins from "./index.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

describe("the README", () => {
  it("names every plug-in and every option of its own", () => {
    expect(plugins.map(({ role, kind }) => `${role} ${kind}`)).toEqual([
      "namer io.l5d.fs",
      "interpreter io.l5d.fs",
      "transformer io.l5d.localhost",
      "transformer io.l5d.specificHost",
    ]);
    for (const { kind, jsonSchema } of plugins) {
      expect(readme).toContain(`\`${kind}\``);
      const { properties = {} } = (jsonSchema ?? {}) as { properties?: object };
      for (const option of Object.keys(properties)) expect(readme, `${kind} ${option}`).toContain(option);
    }
  });
});
