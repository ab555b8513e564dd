import process from "node:process";
import { describe, expect, it } from "vitest";
import { consulBinary } from "../support/consul-agent.js";
import { root } from "../support/paths.js";
import { TestProcess } from "../support/process.js";

const script = `${root}/scripts/demo-consul.mjs`;

// Where there is no Consul this is not run, and `npm test` says why.
describe.skipIf(consulBinary === undefined)("npm run demo:consul", () => {
  it("plays the story with nothing but announced responses, and sums it up in its last line", async () => {
    await using demo = new TestProcess(process.execPath, [script], { patienceMs: 110_000 });
    const { code, stdout, stderr } = await demo.end();
    expect(code, stdout + stderr).toBe(0);
    const counts = JSON.parse(demo.lines.at(-1) ?? "");
    expect(Object.keys(counts)).toEqual(["requests", "failures", "treeUpdates", "addrUpdates", "upstreamRequests"]);
    expect(counts.failures).toBe(0);
    for (const step of [
      "falls ill",
      "maintenance",
      "stood still",
      "fallback took over",
      "keep serving",
      "Live again",
    ]) {
      expect(stdout).toContain(step);
    }
    expect(counts.requests).toBeGreaterThan(300);
    expect(counts.addrUpdates).toBeGreaterThan(3);
    expect(counts.upstreamRequests).toBeGreaterThan(10);
  });

  it("stops when it is told to, and leaves nobody behind", async () => {
    await using demo = new TestProcess(process.execPath, [script]);
    const [, consul = ""] = await demo.match(/Consul +(\S+)\/ui/);
    demo.signal("SIGTERM");
    const { code } = await demo.end();
    expect(code).toBe(1);
    await expect(fetch(`${consul}/v1/status/leader`)).rejects.toThrow();
    expect(demo.lines.at(-1)).toMatch(/^\{"requests":/);
  });
});
