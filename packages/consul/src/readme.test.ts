import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { consulJsonSchema } from "./config/namer-config.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const table = readme.split("\n## Options\n")[1]?.split("\n## ")[0] ?? "";

interface Field {
  readonly default?: unknown;
}

describe("the table of options in the README", () => {
  const { properties } = consulJsonSchema as { readonly properties: Readonly<Record<string, Field>> };
  const rows = new Map<string, string>();
  for (const line of table.split("\n")) {
    const [, names = "", value = ""] = line.split("|").map((cell) => cell.trim());
    for (const [, name = ""] of names.matchAll(/`(\w+)`/g)) rows.set(name, value);
  }

  it("has every option, and no others", () => {
    expect([...rows.keys()].sort()).toEqual(Object.keys(properties).sort());
  });

  it("has the defaults", () => {
    for (const [name, shown] of rows) {
      if (shown === "") continue;
      const { default: value } = properties[name] as Field;
      expect(shown, name).toBe(`\`${typeof value === "string" ? value : JSON.stringify(value)}\``);
    }
  });
});
