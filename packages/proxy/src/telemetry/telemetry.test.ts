import { mkdtemp, readFile, rm } from "node:fs/promises";
import { get as httpGet } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRegistry, loadConfig } from "@namerkit/config";
import {
  Activity,
  Addr,
  type Address,
  address,
  corePlugins,
  defineNamer,
  defineTelemeter,
  memoryMetrics,
  Name,
  NameTree,
  type Plugin,
  type Telemeter,
  Var,
} from "@namerkit/core";
import { recordingLog } from "@namerkit/testing";
import { describe, expect, it } from "vitest";
import { FakeCollector } from "../../test/collector.js";
import { parseExposition } from "../../test/exposition.js";
import { always, exchange, get, RawServer, until } from "../../test/kit.js";
import { proxyPlugins } from "../plugins.js";
import { startProxy } from "../start.js";
import { readTrace } from "./trace-context.js";
import { lowHalf } from "./trace-ids.js";

const ok = always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

/** Every name is bound to the same addresses, under an id of its own. */
function everywhere(addresses: readonly Address[]): Plugin {
  return defineNamer({
    kind: "x.fixed",
    create: (_config, { prefix }) => ({
      lookup: (path) => {
        const id = prefix.concat(path.take(1));
        return Activity.value(NameTree.leaf(Name.bound(id, path.drop(1), Var.value(Addr.bound(addresses)))));
      },
    }),
  }) as Plugin;
}

async function started(addresses: readonly Address[], telemetry: string, router = "", plugins: readonly Plugin[] = []) {
  const registry = createRegistry({ builtIn: [...corePlugins, ...proxyPlugins, everywhere(addresses), ...plugins] });
  const text = `admin: { port: 0, shutdownGraceMs: 20000 }
namers: [{ kind: x.fixed }]
${telemetry === "" ? "" : `telemetry:\n${telemetry}`}
routers:
- protocol: http
  label: out
  dtab: /svc => /#/x.fixed
  servers: [{ port: 0 }]
${router}`;
  const { plan, problems } = await loadConfig({ text, file: "test.yaml", baseDir: "." }, registry);
  expect(problems).toEqual([]);
  if (plan === undefined) throw new Error("no plan");
  const metrics = memoryMetrics();
  const log = recordingLog();
  const proxy = await startProxy(plan, { metrics, log });
  const admin = `http://127.0.0.1:${proxy.admin.port}`;
  return { proxy, metrics, log, admin, port: proxy.servers[0]?.port ?? 0, [Symbol.dispose]: () => proxy.close() };
}

describe("telemetry of a configuration", () => {
  it("shows metrics to Prometheus, with Linkerd's names [parity: prometheus]", async () => {
    await using back = await RawServer.start(ok);
    using here = await started([back.address], "- kind: io.l5d.prometheus");
    for (let i = 0; i < 3; i++) await exchange(here.port, get());
    await exchange(here.port, get("/", [], "shop"));
    const answer = await fetch(`${here.admin}/admin/metrics/prometheus`);
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const { samples } = parseExposition(await answer.text());
    const value = (name: string, labels: object) =>
      samples.find((one) => one.name === name && JSON.stringify(one.labels) === JSON.stringify(labels))?.value;
    expect(value("rt:server:requests", { rt: "out", server: `127.0.0.1/${here.port}` })).toBe(4);
    expect(value("rt:service:requests", { rt: "out", service: "svc/web" })).toBe(3);
    expect(value("rt:client:success", { rt: "out", client: "#/x.fixed/shop" })).toBe(1);
    expect(value("rt:client:status:200", { rt: "out", client: "#/x.fixed/web" })).toBe(3);
    expect(value("rt:server:request_latency_ms_count", { rt: "out", server: `127.0.0.1/${here.port}` })).toBe(4);
    const quantile = { rt: "out", server: `127.0.0.1/${here.port}`, quantile: "0.99" };
    expect(value("rt:server:request_latency_ms", quantile)).toBeGreaterThan(0);
    expect(value("jvm:uptime", {})).toBeGreaterThan(0);
    const head = await fetch(`${here.admin}/admin/metrics/prometheus`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect((await fetch(`${here.admin}/admin/metrics/prometheus`, { method: "POST" })).status).toBe(405);
  });

  it("answers where it is told to, under a prefix, and beside others", async () => {
    using here = await started(
      [],
      "- { kind: io.l5d.prometheus, path: /metrics, prefix: l5d_ }\n- kind: io.l5d.influxdb\n- { kind: io.l5d.recentRequests, sampleRate: 1.0 }",
    );
    expect(await (await fetch(`${here.admin}/metrics`)).text()).toContain("\nl5d_jvm:uptime ");
    expect((await fetch(`${here.admin}/admin/metrics/prometheus`)).status).toBe(404);
    expect(await (await fetch(`${here.admin}/admin/metrics/influxdb`)).text()).toMatch(
      new RegExp(`^jvm,host=127.0.0.1:${here.proxy.admin.port} uptime=`, "m"),
    );
    await exchange(here.port, get("/path?secret"));
    const recent = (await (await fetch(`${here.admin}/requests.json`)).json()) as { path: string; status: number }[];
    expect(recent).toMatchObject([{ path: "/path", status: 502, router: "out", logicalName: null }]);
    expect(await (await fetch(`${here.admin}/requests`)).text()).toContain("<title>Requests · Namerkit</title>");
    const list = await (await fetch(`${here.admin}/admin`)).text();
    for (const path of ["/metrics", "/admin/metrics/influxdb", "/requests", "/requests.json"])
      expect(list).toContain(path);
  });

  it("forgets the series of a client with the client, also where its connections close later [parity: metrics]", async () => {
    await using back = await RawServer.start(ok);
    const cache = "  bindingCache: { clients: 1, bounds: 1, trees: 1, paths: 1, idleTtlSecs: 1 }";
    using here = await started([back.address], "- kind: io.l5d.prometheus", cache);
    await exchange(here.port, get());
    const names = async () => {
      const { samples } = parseExposition(await (await fetch(`${here.admin}/admin/metrics/prometheus`)).text());
      return new Set(
        samples.flatMap(({ labels }) => [labels.client, labels.service].filter((one) => one !== undefined)),
      );
    };
    expect(await names()).toEqual(new Set(["#/x.fixed/web", "svc/web"]));
    await until(async () => (await names()).size === 0, { timeoutMs: 20_000 });
    await until(() => back.sockets.every((socket) => socket.closed));
    expect(await names()).toEqual(new Set());
    await exchange(here.port, get());
    expect(await names()).toEqual(new Set(["#/x.fixed/web", "svc/web"]));
  });

  it("streams a page of many clients, lets requests pass meanwhile, and cuts off who does not read", async () => {
    await using back = await RawServer.start(ok);
    using here = await started([back.address], "- kind: io.l5d.prometheus");
    for (let i = 0; i < 10_000; i++) {
      const client = here.metrics.scope("rt", "out", "client", `#/io.l5d.fs/${i}`);
      for (const name of ["requests", "success", "failures", "connects"]) client.counter(name).add(i);
      client.histogram("request_latency_ms").record(i);
    }
    let served = 0;
    let over = false;
    const client = (async () => {
      while (!over) {
        await exchange(here.port, get());
        served++;
      }
    })();
    const text = await (await fetch(`${here.admin}/admin/metrics/prometheus`)).text();
    over = true;
    await client;
    expect(served).toBeGreaterThan(1);
    expect(parseExposition(text).samples.filter(({ name }) => name === "rt:client:requests").length).toBeGreaterThan(
      9_999,
    );
    // Who leaves in the middle leaves nothing behind: the next one is answered whole.
    for (let i = 0; i < 10; i++) {
      await new Promise<void>((resolve, reject) => {
        httpGet(`${here.admin}/admin/metrics/prometheus`, { agent: false }, (res) => {
          res.once("data", () => res.destroy());
          res.once("close", resolve);
        }).once("error", reject);
      });
    }
    await until(async () => (await fetch(`${here.admin}/admin/metrics/prometheus`)).status === 200);
    expect(here.log.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("lets in only so many readers of such a page at once", async () => {
    using here = await started([], "- kind: io.l5d.prometheus");
    // More than sockets take in without a reader.
    for (let i = 0; i < 150_000; i++)
      here.metrics.scope("rt", "out", "client", `#/io.l5d.fs/${i}`).counter("requests").add(i);
    const slow = Array.from({ length: 8 }, () => {
      const socket = connect(here.proxy.admin.port, "127.0.0.1");
      socket.write("GET /admin/metrics/prometheus HTTP/1.1\r\nHost: localhost\r\n\r\n");
      socket.once("data", () => socket.pause());
      return socket;
    });
    const status = async () => {
      const answer = await fetch(`${here.admin}/admin/metrics/prometheus`);
      await answer.body?.cancel();
      return answer.status;
    };
    await until(async () => (await status()) === 503, { timeoutMs: 20_000 });
    for (const socket of slow) socket.destroy();
    await until(async () => (await status()) === 200, { timeoutMs: 20_000 });
  }, 60_000);

  it("brings traces to Jaeger with the lines of a Linkerd configuration, from hop to hop [parity: zipkin]", async () => {
    await using collector = await FakeCollector.start();
    await using back = await RawServer.start(ok);
    const zipkin = `- { kind: io.l5d.zipkin, host: 127.0.0.1, port: ${collector.port}, sampleRate: 1.0 }`;
    using inner = await started([back.address], zipkin);
    using outer = await started([address("127.0.0.1", inner.port)], zipkin);
    expect((await exchange(outer.port, get())).text).toMatch(/ok$/);
    await until(() => collector.spans.length === 4, { timeoutMs: 20_000 });
    expect(collector.wrong).toEqual([]);
    const told = /^l5d-ctx-trace: (.*)$/m.exec(back.all)?.[1]?.trim();
    const { context } = readTrace(() => told, "default");
    const traceId = context?.traceId ?? "";
    expect(collector.spans.map((span) => span.traceId)).toEqual([traceId, traceId, traceId, traceId]);
    expect(back.all).toContain(`l5d-reqid: ${lowHalf(traceId)}`);
    // root ← the outer client and the inner server, which share a span ← the inner client.
    const of = (kind: string, parent: unknown) =>
      collector.spans.find((span) => span.kind === kind && span.parentId === parent);
    const root = of("SERVER", undefined);
    const outerClient = of("CLIENT", root?.id);
    const innerServer = collector.spans.find((span) => span.kind === "SERVER" && span.shared === true);
    expect(innerServer?.id).toBe(outerClient?.id);
    expect(of("CLIENT", innerServer?.id)?.id).toBe(context?.spanId);
    expect(root?.tags).toMatchObject({ "router.label": "out", service: "/svc/web", client: "/#/x.fixed/web" });
  });

  it("carries traces on in the headers that the configuration names [parity: ctx-trace, b3]", async () => {
    await using back = await RawServer.start(ok);
    const traceId = "80f198ee56343ba864fe8b2a57d3eff7";
    const headers = [`b3: ${traceId}-e457b5a2e4d86bd1-1`, `traceparent: 00-${traceId}-e457b5a2e4d86bd1-01`];
    for (const [kind, told, kept] of [
      ["io.l5d.zipkin", `x-b3-traceid: ${traceId}`, headers[1]],
      ["io.l5d.w3c", `traceparent: 00-${traceId}-`, headers[0]],
      ["io.l5d.default", "l5d-ctx-trace: ", headers[0]],
    ] as const) {
      using here = await started([back.address], "", `  tracePropagator: { kind: ${kind} }`);
      await exchange(here.port, get(`/${kind}`, headers));
      const seen = back.received.find((text) => text.startsWith(`GET /${kind} `)) ?? "";
      expect(seen).toContain(`\r\n${told}`);
      expect(seen).toContain(`\r\n${kept}\r\n`);
      expect(seen.split("\r\n").filter((line) => line.includes("e457b5a2e4d86bd1")).length).toBe(
        kind === "io.l5d.zipkin" ? 3 : kind === "io.l5d.w3c" ? 1 : 2,
      );
    }
  });

  it("writes access logs, and what is said last gets out before the end [parity: access-log]", async () => {
    const folder = await mkdtemp(join(tmpdir(), "namerkit-telemetry-"));
    try {
      await using collector = await FakeCollector.start();
      await using back = await RawServer.start(ok);
      const file = join(folder, "access.log");
      const zipkin = `- { kind: io.zipkin.http, host: "127.0.0.1:${collector.port}", initialSampleRate: 1.0 }`;
      using here = await started([back.address], zipkin, `  httpAccessLog: ${file}`);
      await exchange(here.port, get("/a?b", ["User-Agent: tester", 'Referer: "\t']));
      await here.proxy.drain();
      const line = await readFile(file, "latin1");
      expect(line).toMatch(
        /^web 127\.0\.0\.1 - - \[\d\d\/\d\d\/\d{4}:\d\d:\d\d:\d\d UTC\] "GET \/a\?b HTTP\/1\.1" 200 2 "\\x22" "tester"\n$/,
      );
      expect(collector.spans).toHaveLength(2);
      expect(collector.wrong).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("tells telemeters of one's own: every request, those that are sampled, and the end", async () => {
    await using back = await RawServer.start(ok);
    const told: string[] = [];
    const own = defineTelemeter({
      kind: "x.own",
      create: (_config, { registry }): Telemeter => ({
        observer: { finished: ({ status }) => told.push(`observer ${status}`) },
        tracer: { sampleRate: 0, finished: ({ status }) => told.push(`tracer ${status}`) },
        pages: [
          {
            path: "/own",
            about: "mine",
            handle: () => ({ status: 200, type: "text/plain", body: `${[...registry.series()].length}` }),
          },
        ],
        drain: async () => {
          told.push("drain");
          throw new Error("which is its own trouble");
        },
        close: () => told.push("close"),
      }),
    }) as Plugin;
    using here = await started([back.address], "- kind: x.own", "", [own]);
    expect(Number(await (await fetch(`${here.admin}/own`)).text())).toBeGreaterThan(10);
    await exchange(here.port, get());
    await exchange(here.port, get("/", ["l5d-sample: 1"]));
    await until(() => told.length === 3);
    await here.proxy.drain();
    expect(told).toEqual(["observer 200", "observer 200", "tracer 200", "drain", "close"]);
  });
});
