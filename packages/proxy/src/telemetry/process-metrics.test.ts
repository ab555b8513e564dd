import { memoryMetrics } from "@namerkit/core";
import { until } from "@namerkit/testing";
import { describe, expect, it } from "vitest";
import { processMetrics } from "./process-metrics.js";

describe("metrics of the process", () => {
  it("have the names that Linkerd's dashboards ask for, and go with their handle", async () => {
    const metrics = memoryMetrics();
    const handle = processMetrics(metrics);
    const all = metrics.snapshot();
    for (const name of [
      "jvm/uptime",
      "jvm/num_cpus",
      "jvm/heap/used",
      "jvm/heap/committed",
      "jvm/heap/max",
      "jvm/nonheap/used",
      "jvm/mem/current/used",
      "jvm/mem/current/old_space/used",
      "jvm/mem/rss",
      "jvm/start_time",
    ]) {
      expect(all[name], name).toBeGreaterThan(0);
    }
    if (process.platform === "linux") {
      expect(all["jvm/fd_count"]).toBeGreaterThan(2);
      expect(all["jvm/thread/count"]).toBeGreaterThan(1);
    }
    expect(all["jvm/heap/used"]).toBeLessThan(all["jvm/heap/max"] as number);
    for (const name of ["p50", "p99", "max"]) expect(all[`node/event_loop/lag_ms/${name}`]).toBeGreaterThanOrEqual(0);
    handle.close();
    const left = Object.keys(metrics.snapshot());
    expect(left.filter((name) => !name.startsWith("jvm/gc/"))).toEqual([]);
  });

  it("count collections of garbage", async () => {
    const metrics = memoryMetrics();
    const handle = processMetrics(metrics);
    const kept: unknown[] = [];
    await until(
      () => {
        for (let i = 0; i < 20_000; i++) kept[i % 100] = { i, text: `${i}` };
        return (metrics.snapshot()["jvm/gc/cycles"] ?? 0) > 0;
      },
      { timeoutMs: 20_000 },
    );
    expect(metrics.snapshot()["jvm/gc/msec"]).toBeGreaterThan(0);
    handle.close();
  });
});
