import { type MemoryMetrics, memoryMetrics, systemClock } from "@namerkit/core";
import { ManualClock } from "@namerkit/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseExposition } from "../../test/exposition.js";
import { exposition } from "./exposition.js";

async function exposed(metrics: MemoryMetrics, prefix = ""): Promise<string> {
  let text = "";
  for await (const part of exposition(metrics.series(), { prefix, clock: systemClock })) text += part;
  return text;
}

function fresh(): MemoryMetrics {
  return memoryMetrics({ clock: new ManualClock() });
}

describe("the text format of Prometheus [parity: prometheus]", () => {
  it("has Linkerd's names and labels", async () => {
    const metrics = fresh();
    const router = metrics.scope("rt", "http-outgoing");
    router.scope("server", "0.0.0.0/4140").counter("requests").add(3);
    router.scope("service", "svc/web").counter("requests").add(2);
    const client = router.scope("client", "#/io.l5d.fs/web");
    client.counter("success").add(5);
    client.scope("status").counter("2XX").add(5);
    client.scope("service", "svc/web").counter("requests").add(4);
    client.gauge("connections", () => 1.5);
    client.scope("failure_accrual").counter("removals").add();
    router.scope("bindcache", "path").counter("misses").add(1);
    router.gauge("originator", () => 1);
    metrics.scope("namer", "#/io.l5d.fs").counter("updates").add(7);
    metrics.scope("jvm", "mem", "current").gauge("used", () => 12);
    metrics.counter("plain").add();
    expect(
      (await exposed(metrics))
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("#"))
        .sort(),
    ).toEqual(
      [
        'rt:server:requests{rt="http-outgoing", server="0.0.0.0/4140"} 3',
        'rt:service:requests{rt="http-outgoing", service="svc/web"} 2',
        'rt:client:success{rt="http-outgoing", client="#/io.l5d.fs/web"} 5',
        'rt:client:status:2XX{rt="http-outgoing", client="#/io.l5d.fs/web"} 5',
        'rt:client:service:requests{rt="http-outgoing", client="#/io.l5d.fs/web", service="svc/web"} 4',
        'rt:client:connections{rt="http-outgoing", client="#/io.l5d.fs/web"} 1.5',
        'rt:client:failure_accrual:removals{rt="http-outgoing", client="#/io.l5d.fs/web"} 1',
        'rt:bindcache:path:misses{rt="http-outgoing"} 1',
        'rt:originator{rt="http-outgoing"} 1',
        "namer:__io_l5d_fs:updates 7",
        "jvm:mem:current:used 12",
        "plain 1",
      ].sort(),
    );
  });

  it("tells of exceptions by a label", async () => {
    const metrics = fresh();
    const server = metrics.scope("rt", "http", "server", "a");
    server.counter("failures").add(3);
    server.scope("failures").counter("PROXY_TIMEOUT").add(2);
    server.scope("failures", "PROXY_TIMEOUT").counter("inner").add(1);
    metrics.scope("rt", "http", "exn").counter("x").add(1);
    const { samples } = parseExposition(await exposed(metrics));
    expect(samples).toEqual([
      { name: "rt:server:failures", labels: { rt: "http", server: "a" }, value: 3 },
      { name: "rt:server:failures", labels: { rt: "http", server: "a", exception: "PROXY_TIMEOUT" }, value: 2 },
      { name: "rt:server:failures", labels: { rt: "http", server: "a", exception: "PROXY_TIMEOUT:inner" }, value: 1 },
      { name: "rt:exceptions", labels: { rt: "http", exception: "x" }, value: 1 },
    ]);
  });

  it("makes a summary of a histogram, with an average beside it", async () => {
    const metrics = fresh();
    const scope = metrics.scope("rt", "http", "server", "0.0.0.0/4140");
    const latency = scope.histogram("request_latency_ms");
    expect(parseExposition(await exposed(metrics)).samples.map(({ name }) => name)).toEqual([
      "rt:server:request_latency_ms_sum",
      "rt:server:request_latency_ms_count",
    ]);
    for (const ms of [10, 20, 60]) latency.record(ms);
    const { samples, types } = parseExposition(await exposed(metrics));
    const of = (quantile: string) => samples.find((sample) => sample.labels.quantile === quantile)?.value;
    expect(["0", "0.5", "0.9", "0.95", "0.99", "0.999", "0.9999", "1"].map(of)).toHaveLength(8);
    expect([of("0"), of("1")]).toEqual([10, 60]);
    const value = (name: string) => samples.find((sample) => sample.name === name)?.value;
    expect(value("rt:server:request_latency_ms_sum")).toBe(90);
    expect(value("rt:server:request_latency_ms_count")).toBe(3);
    expect(value("rt:server:request_latency_ms_avg")).toBe(30);
    expect(types.get("rt:server:request_latency_ms")).toBe("summary");
  });

  it("escapes labels so that they come back whole, and keeps names valid", async () => {
    const metrics = fresh();
    const id = '#/x/\\"a\nb"\\';
    metrics.scope("rt", "http", "client", id).counter("requests").add();
    metrics.counter("4xx").add(2);
    const { samples } = parseExposition(await exposed(metrics));
    expect(samples).toContainEqual({ name: "rt:client:requests", labels: { rt: "http", client: id }, value: 1 });
    expect(samples).toContainEqual({ name: "_4xx", labels: {}, value: 2 });
    expect(await exposed(metrics, "l5d_")).toContain("\nl5d_rt:client:requests{");
    expect(await exposed(metrics, "l5d_")).toContain("l5d_4xx 2\n");
  });

  it("is valid whatever is counted: one TYPE, families together, nothing twice", async () => {
    const segment = fc.oneof(
      fc.constantFrom(
        "rt",
        "http",
        "service",
        "client",
        "server",
        "status",
        "failures",
        "exn",
        "a",
        "a_sum",
        "a_avg",
        "2XX",
      ),
      fc.string({ maxLength: 6 }),
    );
    const entry = fc.record({
      scope: fc.array(segment, { maxLength: 6 }),
      name: segment,
      type: fc.constantFrom("counter", "gauge", "histogram"),
      value: fc.oneof(fc.integer(), fc.double()),
    });
    // Names that get into each other's way.
    const narrow = fc.record({
      scope: fc.constantFrom([], [], ["rt", "a"]),
      name: fc.constantFrom("a", "a_sum", "a.sum", "a_avg", "a_count", "a_sum_count"),
      type: fc.constantFrom("counter", "gauge", "histogram", "histogram"),
      value: fc.integer(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.array(entry, { maxLength: 30 }), fc.array(narrow, { maxLength: 10 })),
        async (entries) => {
          const metrics = fresh();
          for (const { scope, name, type, value } of entries) {
            const to = metrics.scope(...scope);
            if (type === "counter") to.counter(name).add(value);
            else if (type === "gauge") to.gauge(name, () => value);
            else to.histogram(name).record(value);
          }
          parseExposition(await exposed(metrics));
        },
      ),
    );
  });

  it("lets other work pass, and does not hold the page as a whole", async () => {
    // A clock by which every look takes a millisecond.
    let now = 0;
    const clock = { now: () => now++ };
    const metrics = memoryMetrics({ clock: new ManualClock() });
    for (let i = 0; i < 2_000; i++) {
      const client = metrics.scope("rt", "http", "client", `#/io.l5d.fs/${i}`);
      client.counter("requests").add(i);
      client.histogram("request_latency_ms").record(i);
    }
    let turns = 0;
    let over = false;
    const turn = () => {
      turns++;
      if (!over) setImmediate(turn);
    };
    setImmediate(turn);
    const sizes: number[] = [];
    for await (const part of exposition(metrics.series(), { prefix: "", clock })) sizes.push(part.length);
    over = true;
    // 4,000 series, collected and written: a turn for every 32 × 6 steps at the least.
    expect(turns).toBeGreaterThan(20);
    expect(Math.max(...sizes)).toBeLessThan(40_000);
    expect(sizes.length).toBeGreaterThan(10);
  });

  it("goes on while clients come and go", async () => {
    const metrics = fresh();
    for (let i = 0; i < 500; i++) metrics.scope("rt", "http", "client", `#/a/${i}`).counter("requests").add();
    let text = "";
    let now = 0;
    for await (const part of exposition(metrics.series(), { prefix: "", clock: { now: () => (now += 10) } })) {
      for (let i = 0; i < 500; i += 2) metrics.scope("rt", "http", "client", `#/a/${i}`).remove();
      metrics.scope("rt", "http", "client", "#/late").counter("requests").add();
      text += part;
    }
    parseExposition(text);
  });
});

describe("the parser of these tests", () => {
  it("refuses what the format does not allow", () => {
    for (const bad of [
      "a 1\n",
      "# TYPE a counter\na 1",
      "# TYPE a counter\na 1\na 2\n",
      "# TYPE a counter\n# TYPE a counter\n",
      '# TYPE a counter\na 1\n# TYPE b counter\nb 1\na{x="y"} 1\n',
      "# TYPE a kind\na 1\n",
      "# TYPE a counter\na{x='y'} 1\n",
      '# TYPE a counter\na{x="\\x"} 1\n',
      '# TYPE a counter\na{x="y} 1\n',
      '# TYPE a counter\na{x="1" y="2"} 1\n',
      '# TYPE a counter\na{x="1",x="2"} 1\n',
      "# TYPE a counter\na one\n",
      "# TYPE 4a counter\n4a 1\n",
      "# TYPE a summary\na 1\n",
      '# TYPE a gauge\na{quantile="0.5"} 1\n',
      '# TYPE a summary\na{quantile="2"} 1\n',
      "# TYPE a summary\na_avg 1\n",
    ]) {
      expect(() => parseExposition(bad), bad).toThrow();
    }
    expect(parseExposition('# TYPE a gauge\n# anything\n\na{ x = "1" } 1\n'.replace(" = ", "=")).samples).toHaveLength(
      1,
    );
  });
});
