import { type MemoryMetrics, memoryMetrics, systemClock } from "@namerkit/core";
import { ManualClock } from "@namerkit/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lineProtocol } from "./line-protocol.js";

async function lines(metrics: MemoryMetrics, host?: string): Promise<string[]> {
  let text = "";
  for await (const part of lineProtocol(metrics.series(), { host, clock: systemClock })) text += part;
  return text.split("\n").slice(0, -1);
}

describe("InfluxDB's line protocol [parity: influxdb]", () => {
  it("has a measurement for each scope, with Linkerd's tags", async () => {
    const metrics = memoryMetrics({ clock: new ManualClock() });
    metrics.counter("plain").add();
    const client = metrics.scope("rt", "http", "client", "#/io.l5d.fs/web");
    client.counter("requests").add(2);
    client.gauge("connections", () => 1);
    client.histogram("ms");
    client.scope("status").counter("200").add(2);
    client.scope("service", "svc/web").counter("requests").add(1);
    expect(await lines(metrics, "l5d:9990")).toEqual([
      "root,host=l5d:9990 plain=1",
      "rt:client,client=#/io.l5d.fs/web,host=l5d:9990,rt=http requests=2,connections=1,ms_count=0",
      "rt:client:status,client=#/io.l5d.fs/web,host=l5d:9990,rt=http 200=2",
      "rt:client:service,client=#/io.l5d.fs/web,host=l5d:9990,rt=http,service=svc/web requests=1",
    ]);
  });

  it("tells of quantiles under Linkerd's names", async () => {
    const metrics = memoryMetrics({ clock: new ManualClock() });
    metrics.scope("rt", "a").histogram("ms").record(4);
    const [line] = await lines(metrics);
    expect(line).toMatch(/^rt,rt=a ms_count=1,/);
    for (const stat of ["max", "min", "p50", "p90", "p95", "p99", "p999", "p9999", "sum", "avg"]) {
      expect(line).toContain(`,ms_${stat}=`);
    }
  });

  it("stays one line each, whatever the names hold", async () => {
    const name = fc.string({ unit: fc.constantFrom("a", "=", ",", " ", "\\", "\n", '"', "\t") });
    await fc.assert(
      fc.asyncProperty(fc.array(name, { maxLength: 5 }), name, name, async (scope, key, host) => {
        const metrics = memoryMetrics({ clock: new ManualClock() });
        metrics
          .scope("rt", ...scope)
          .counter(`k${key}`)
          .add();
        const all = await lines(metrics, host);
        expect(all).toHaveLength(1);
        // Unescaped, one blank parts tags and fields, and one equals sign a key from its value.
        const bare = (all[0] as string).replace(/\\[,= ]/g, "");
        expect(bare.split(" ")).toHaveLength(2);
        expect(bare.split(" ")[1]).toMatch(/^k[^=,]*=1$/);
        for (const tag of bare.split(" ")[0]?.split(",").slice(1) ?? []) expect(tag.split("=")).toHaveLength(2);
      }),
    );
  });
});
