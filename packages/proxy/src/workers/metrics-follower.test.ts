import { type MetricsNews, memoryMetrics } from "@namerkit/core";
import { ManualClock } from "@namerkit/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SharedScopes } from "../reload/shared-scopes.js";
import { GaugeSums } from "./gauge-sums.js";
import { MetricsFollower } from "./metrics-follower.js";

function setUp(count: number) {
  const clock = new ManualClock();
  const primary = memoryMetrics({ clock });
  const scopes = new SharedScopes(primary, clock);
  const sums = new GaugeSums();
  const workers = Array.from({ length: count }, () => {
    const metrics = memoryMetrics({ clock });
    const feed = metrics.feed();
    const follower = new MetricsFollower(scopes.tenancy(), sums);
    const tell = () => follower.apply(JSON.parse(JSON.stringify(feed.next())) as MetricsNews);
    return { metrics, follower, tell };
  });
  return { clock, primary, scopes, workers };
}

describe("metrics of workers", () => {
  it("add up to what one process would have counted", () => {
    const name = fc.constantFrom("a", "b");
    const path = fc.array(fc.constantFrom("x", "y/z"), { maxLength: 2 });
    const operation = fc.record({
      worker: fc.nat(1),
      path,
      name,
      do: fc.constantFrom("count", "count", "record", "gauge", "remove", "tell"),
      by: fc.integer({ min: 0, max: 1_000 }),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
        const { primary, workers } = setUp(1);
        const [worker] = workers;
        if (worker === undefined) throw new TypeError("no worker");
        for (const { path, name, do: what, by } of operations) {
          const scope = worker.metrics.scope(...path);
          if (what === "count") scope.counter(`c${name}`).add(by);
          else if (what === "record") scope.histogram(`h${name}`).record(by);
          else if (what === "gauge") scope.gauge(`g${name}`, () => by);
          else if (what === "remove" && path.length > 0) scope.remove();
          else if (what === "tell") worker.tell();
        }
        worker.tell();
        expect(primary.snapshot()).toEqual(worker.metrics.snapshot());
      }),
    );
  });

  it("of several are summed; what each sees alike is not", () => {
    const { primary, workers } = setUp(2);
    workers.forEach(({ metrics, tell }, i) => {
      const client = metrics.scope("rt", "http", "client", "#/fs/web");
      client.counter("requests").add(10 + i);
      client.gauge("connections", () => 3);
      client.scope("loadbalancer").gauge("size", () => 5);
      client.scope("loadbalancer").gauge("load", () => 2);
      client.histogram("request_latency_ms").record(1 + 99 * i);
      tell();
    });
    expect(primary.snapshot()).toMatchObject({
      "rt/http/client/#/fs/web/requests": 21,
      "rt/http/client/#/fs/web/connections": 6,
      "rt/http/client/#/fs/web/loadbalancer/size": 5,
      "rt/http/client/#/fs/web/loadbalancer/load": 4,
      "rt/http/client/#/fs/web/request_latency_ms.count": 2,
      "rt/http/client/#/fs/web/request_latency_ms.max": 100,
      "rt/http/client/#/fs/web/request_latency_ms.min": 1,
    });
  });

  it("stay when a worker is gone, its gauges do not, and a series that only it had goes after ten minutes", async () => {
    const { clock, primary, workers } = setUp(2);
    const [one, other] = workers;
    for (const { metrics, tell } of workers) {
      metrics.scope("server").counter("requests").add(5);
      metrics.scope("server").gauge("connections", () => 2);
      tell();
    }
    one?.metrics.scope("client", "only").counter("requests").add(1);
    one?.tell();
    one?.follower.close();
    expect(primary.snapshot()).toEqual({
      "server/requests": 10,
      "server/connections": 2,
      "client/only/requests": 1,
    });
    await clock.advance(11 * 60_000);
    expect(primary.snapshot()).toEqual({ "server/requests": 10, "server/connections": 2 });
    other?.metrics.scope("server").counter("requests").add(1);
    other?.tell();
    expect(primary.snapshot()).toMatchObject({ "server/requests": 11 });
  });

  it("go with their scope as soon as no worker has it any more", () => {
    const { primary, workers } = setUp(2);
    for (const { metrics, tell } of workers) {
      metrics.scope("client", "web").counter("requests").add(1);
      tell();
    }
    workers[0]?.metrics.scope("client", "web").remove();
    workers[0]?.tell();
    expect(primary.snapshot()).toEqual({ "client/web/requests": 2 });
    workers[1]?.metrics.scope("client", "web").remove();
    workers[1]?.tell();
    expect(primary.snapshot()).toEqual({});
  });

  it("leave nothing behind, however many scopes come and go", () => {
    const { workers } = setUp(1);
    const [worker] = workers;
    worker?.metrics.scope("client").counter("all").add();
    worker?.tell();
    const before = worker?.follower.size;
    for (let i = 0; i < 1_000; i++) {
      worker?.metrics.scope("client", `${i}`).counter("requests").add();
      worker?.tell();
      worker?.metrics.scope("client", `${i}`).remove();
    }
    worker?.tell();
    expect(worker?.follower.size).toBe(before);
  });

  it("below a scope that the primary's own routers forget go on", () => {
    const { primary, scopes, workers } = setUp(1);
    const own = scopes.tenancy();
    own.metrics.scope("rt", "http").counter("requests").add(1);
    workers[0]?.metrics.scope("rt", "http").counter("requests").add(1);
    workers[0]?.tell();
    own.metrics.scope("rt", "http").remove();
    workers[0]?.metrics.scope("rt", "http").counter("requests").add(1);
    workers[0]?.tell();
    expect(primary.snapshot()).toEqual({ "rt/http/requests": 3 });
  });
});
