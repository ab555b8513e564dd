import process from "node:process";
import { describe, expect, it } from "vitest";
import { root } from "../support/paths.js";
import { TestProcess } from "../support/process.js";

const script = `${root}/scripts/demo-migration.mjs`;

describe("npm run demo:migration", () => {
  it("plays the story with nothing but announced responses, and sums it up in its last line", async () => {
    await using demo = new TestProcess(process.execPath, [script], { patienceMs: 110_000 });
    const { code, stdout, stderr } = await demo.end();
    expect(code, stdout + stderr).toBe(0);
    const counts = JSON.parse(demo.lines.at(-1) ?? "");
    expect(Object.keys(counts)).toEqual(["requests", "failures", "treeUpdates", "addrUpdates", "upstreamRequests"]);
    expect(counts.failures).toBe(0);
    for (const step of [
      /90 \* \/old\/web & 10 \* \/new\/web\n +\d+ of \d+ responses are from Kubernetes: \d+\.\d %/,
      /50 \* \/old\/web & 50 \* \/new\/web\n +\d+ of \d+ responses/,
      /what was meant for them goes to Rancher/,
      /only pods answer/,
      /takes its share/,
      /Rancher has taken over/,
      /nobody has noticed\. The tree has moved \d+ times, and nothing was loaded anew/,
    ]) {
      expect(stdout).toMatch(step);
    }
    expect(counts.requests).toBeGreaterThan(5_000);
    expect(counts.treeUpdates).toBeGreaterThan(4);
    expect(counts.upstreamRequests).toBeGreaterThan(3);
  });

  it("stops when it is told to, and leaves nobody behind", async () => {
    await using demo = new TestProcess(process.execPath, [script]);
    const [, control = ""] = await demo.match(/Kubernetes +(\S+)/);
    demo.signal("SIGTERM");
    const { code } = await demo.end();
    expect(code).toBe(1);
    await expect(fetch(control)).rejects.toThrow();
    expect(demo.lines.at(-1)).toMatch(/^\{"requests":/);
  });
});
