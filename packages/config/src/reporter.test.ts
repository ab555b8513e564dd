import { describe, expect, it } from "vitest";
import { problemsOf, SMALL } from "../test-support/load.js";
import { Reporter } from "./reporter.js";

describe("Reporter", () => {
  it("counts lines by any line break, and keeps positions inside the text", () => {
    const reporter = new Reporter("f", "a\nb\r\nc\rd");
    for (const offset of [-5, 0, 2, 5, 7, 8, 99]) reporter.error("CONFIG_VALUE", { offset, path: String(offset) }, "x");
    expect(reporter.problems().map(({ line, col, path }) => `${path} ${line}:${col}`)).toEqual([
      "-5 1:1",
      "0 1:1",
      "2 2:1",
      "5 3:1",
      "7 4:1",
      "8 4:2",
      "99 4:2",
    ]);
  });

  it("tells the same thing at the same place once", () => {
    const reporter = new Reporter("f", "");
    reporter.error("CONFIG_VALUE", { offset: 0, path: "a" }, "x");
    reporter.error("CONFIG_VALUE", { offset: 0, path: "a" }, "y");
    reporter.warning("KEY_REMOVED", { offset: 0, path: "a" }, "z");
    expect(reporter.problems()).toHaveLength(2);
  });

  it("is failed by an error, not by a warning", () => {
    const reporter = new Reporter("f", "");
    reporter.warning("KEY_REMOVED", { offset: 0, path: "" }, "x");
    expect(reporter.failed).toBe(false);
    reporter.error("CONFIG_VALUE", { offset: 0, path: "" }, "x");
    expect(reporter.failed).toBe(true);
  });

  it("bounds how much it tells, and how long each is", async () => {
    const many = Array.from({ length: 5000 }, (_, index) => `k${index}: 1`).join("\n");
    expect((await problemsOf(`${SMALL}${many}\n`)).length).toBeLessThanOrEqual(2000);
    const long = await problemsOf(`${"k".repeat(1000)}: 1\n${SMALL}`);
    expect(long).toHaveLength(1);
    expect(long[0]?.length).toBeLessThan(700);
  });

  it("cuts no secret in two", () => {
    const reporter = new Reporter("f", "");
    reporter.error("CONFIG_VALUE", { offset: 0, path: "" }, `${"x".repeat(593)}S3CRET7`);
    reporter.hide(["S3CRET7"]);
    expect(reporter.problems()[0]?.message).not.toContain("S3C");
  });
});
