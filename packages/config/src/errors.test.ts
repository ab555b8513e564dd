import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CONFIG_CODES } from "./errors.js";

describe("the table of codes", () => {
  it("is the one in the README", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8").replace(/ +/g, " ");
    for (const [code, meaning] of Object.entries(CONFIG_CODES))
      expect(readme).toContain(`| \`${code}\` | ${meaning} |`);
  });
});
