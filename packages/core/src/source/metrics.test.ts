import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Histogram } from "./histogram.js";
import { ManualClock } from "./manual-clock.js";
import { memoryMetrics, noMetrics } from "./metrics.js";

describe("memoryMetrics", () => {
  it("joins scopes and names with slashes, whatever the segments contain", () => {
    const metrics = memoryMetrics({ clock: new ManualClock() });
    metrics.scope("rt", "http").scope("client", "#/io.l5d.fs/web").counter("requests").add();
    metrics.scope("rt").scope("http", "client", "#/io.l5d.fs/web").counter("requests").add(2);
    metrics.gauge("open", () => 7);
    expect(metrics.snapshot()).toEqual({ open: 7, "rt/http/client/#/io.l5d.fs/web/requests": 3 });
    expect([...metrics.series()].map((one) => one.scope)).toEqual([[], ["rt", "http", "client", "#/io.l5d.fs/web"]]);
  });

  it("can be read bit by bit while series come and go", () => {
    const metrics = memoryMetrics({ clock: new ManualClock() });
    for (const name of ["a", "b", "c"]) metrics.scope(name).counter("n").add();
    const names: string[] = [];
    for (const one of metrics.series()) {
      names.push(one.scope.join("/"));
      if (one.scope[0] === "a") {
        metrics.scope("b").remove();
        metrics.scope("d").counter("n").add();
      }
    }
    expect(names).toEqual(["a", "c", "d"]);
  });

  it("gives a histogram the keys of Linkerd's metrics.json", () => {
    const metrics = memoryMetrics({ clock: new ManualClock() });
    const latency = metrics.scope("svc").histogram("ms");
    expect(metrics.snapshot()).toEqual({ "svc/ms.count": 0 });
    latency.record(10);
    latency.record(30);
    expect(metrics.snapshot()).toMatchObject({
      "svc/ms.count": 2,
      "svc/ms.sum": 40,
      "svc/ms.avg": 20,
      "svc/ms.min": 10,
      "svc/ms.max": 30,
    });
    expect(Object.keys(metrics.snapshot()).sort()).toEqual(
      ["avg", "count", "max", "min", "p50", "p90", "p95", "p99", "p9990", "p9999", "sum"].map((s) => `svc/ms.${s}`),
    );
  });

  it("forgets a removed scope and what is below it; nothing of it comes back but by taking it anew", () => {
    const metrics = memoryMetrics({ clock: new ManualClock() });
    const client = metrics.scope("client", "a");
    const held = client.scope("service").counter("requests");
    held.add(5);
    metrics.scope("client", "b").counter("requests").add(1);
    client.remove();
    held.add(1);
    client.counter("late").add();
    client.scope("service").counter("requests").add(2);
    client.gauge("late", () => 1).close();
    expect(metrics.snapshot()).toEqual({ "client/b/requests": 1 });
    metrics.scope("client", "a").scope("service").counter("requests").add(3);
    client.remove();
    expect(metrics.snapshot()).toEqual({ "client/b/requests": 1, "client/a/service/requests": 3 });
    metrics.remove();
    expect(metrics.snapshot()).toEqual({});
  });

  it("reads gauges at each scrape until closed; the newest of a name counts; one that throws hides only itself", () => {
    const metrics = memoryMetrics({ clock: new ManualClock() });
    let value = 1;
    const old = metrics.gauge("g", () => -1);
    const handle = metrics.gauge("g", () => value);
    metrics.gauge("broken", () => {
      throw new Error("no");
    });
    old.close();
    expect(metrics.snapshot()).toEqual({ g: 1 });
    value = 2;
    expect(metrics.snapshot()).toEqual({ g: 2 });
    handle.close();
    handle.close();
    expect(metrics.snapshot()).toEqual({});
  });

  it("goes back to the gauge that a newer one has taken over from, when that leaves first", () => {
    const metrics = memoryMetrics({ clock: new ManualClock() });
    const old = metrics.gauge("g", () => 1);
    const handle = metrics.gauge("g", () => 2);
    handle.close();
    expect(metrics.snapshot()).toEqual({ g: 1 });
    old.close();
    expect(metrics.snapshot()).toEqual({});
  });

  it("shares nothing between registries", () => {
    memoryMetrics().counter("x").add();
    expect(memoryMetrics().snapshot()).toEqual({});
    noMetrics.scope("a").counter("x").add();
  });
});

describe("Histogram", () => {
  it("knows quantiles within 2.5 %, and minimum, maximum and sum exactly", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 1e8, noNaN: true }), { minLength: 1, maxLength: 300 }),
        (values) => {
          const histogram = new Histogram(new ManualClock());
          for (const value of values) histogram.record(value);
          const sorted = [...values].sort((a, b) => a - b);
          const summary = histogram.summary();
          expect(summary.count).toBe(values.length);
          expect([summary.min, summary.max]).toEqual([sorted[0], sorted.at(-1)]);
          for (const [key, q] of [
            ["p50", 0.5],
            ["p90", 0.9],
            ["p99", 0.99],
            ["p9999", 0.9999],
          ] as const) {
            const exact = sorted[Math.ceil(q * sorted.length) - 1] as number;
            expect(Math.abs(summary[key] / exact - 1)).toBeLessThan(0.026);
          }
        },
      ),
    );
  });

  it("forgets what is older than two windows, but not the totals", async () => {
    const clock = new ManualClock();
    const histogram = new Histogram(clock, 60_000);
    histogram.record(1_000);
    await clock.advance(60_000);
    histogram.record(10);
    expect(histogram.summary()).toMatchObject({ count: 2, max: 1_000 });
    await clock.advance(60_000);
    expect(histogram.summary()).toMatchObject({ count: 1, max: 10, p9999: 10 });
    await clock.advance(600_000);
    expect(histogram.summary()).toMatchObject({ count: 0, max: 0, p50: 0, avg: 0, totalCount: 2, totalSum: 1_010 });
  });

  it("takes anything: zero, below zero, huge, infinite; NaN is ignored", () => {
    const histogram = new Histogram(new ManualClock());
    for (const value of [0, -5, 1e300, Number.NaN]) histogram.record(value);
    expect(histogram.summary()).toMatchObject({ count: 3, min: -5, max: 1e300 });
  });
});
