import process from "node:process";
import { expect, it } from "vitest";
import { namerkitBin } from "../support/paths.js";
import { TestProcess } from "../support/process.js";

it("plays the whole story with nothing but announced responses, and sums it up in its last line", async () => {
  await using demo = new TestProcess(process.execPath, [namerkitBin, "demo"]);
  const summary = await demo.until(() => demo.lines.findLast((line) => line.startsWith("{")), "summary");
  const { code, stderr } = await demo.end();
  expect(code, stderr).toBe(0);
  const counts = JSON.parse(summary);
  expect(Object.keys(counts)).toEqual(["requests", "failures", "treeUpdates", "addrUpdates", "upstreamRequests"]);
  expect(counts.failures).toBe(0);
  expect(counts.requests).toBeGreaterThan(300);
  // "sample" loses and regains a branch; "fallback" falls over and comes back; nothing else moves a tree.
  expect(counts.treeUpdates).toBe(6);
  expect(demo.lines.at(-1)).toBe(summary);
});
