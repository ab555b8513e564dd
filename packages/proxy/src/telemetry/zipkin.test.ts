import { type FinishedRequest, memoryMetrics, Path, type Telemeter, type TelemeterEnv } from "@namerkit/core";
import { ManualClock, recordingLog, testAuthority, until } from "@namerkit/testing";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { checkSpan, FakeCollector } from "../../test/collector.js";
import { finishedRequest } from "../../test/finished-request.js";
import { zipkinHttpTelemeter, zipkinTelemeter } from "./zipkin.js";
import { zipkinSpans } from "./zipkin-spans.js";

function surroundings() {
  const clock = new ManualClock();
  const log = recordingLog();
  const metrics = memoryMetrics({ clock });
  const env: TelemeterEnv = {
    ...{ clock, log, metrics, registry: metrics, random: () => 0.5 },
    prefix: Path.empty,
    baseDir: ".",
  };
  return { clock, log, metrics, env };
}

type HttpOptions = Parameters<typeof zipkinHttpTelemeter.create>[0];

async function options(given: object): Promise<HttpOptions> {
  const read = await zipkinHttpTelemeter.config?.["~standard"].validate(given);
  if (read === undefined || read.issues !== undefined) throw new Error(JSON.stringify(read));
  return read.value;
}

async function reporting(collector: { readonly port: number }, given: object = {}) {
  const around = surroundings();
  const host = `127.0.0.1:${collector.port}`;
  const telemeter = zipkinHttpTelemeter.create(await options({ host, ...given }), around.env);
  return { ...around, telemeter, [Symbol.dispose]: () => telemeter.close() };
}

function report(telemeter: Telemeter, ...requests: readonly Partial<FinishedRequest>[]): void {
  for (const request of requests) telemeter.tracer?.finished(finishedRequest(request));
}

// Real sockets on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 30_000 });

describe("spans of a request", () => {
  it("are one of the server and one of the client, with Linkerd's tags", () => {
    const [server, client] = zipkinSpans(finishedRequest({ retries: 2 }));
    expect(server).toEqual({
      traceId: "463ac35c9f6413ad",
      id: "00000000000000aa",
      kind: "SERVER",
      name: "get",
      timestamp: Date.UTC(2026, 4, 2, 10, 20, 30) * 1_000,
      duration: 12_500,
      localEndpoint: { serviceName: "http", port: 4140 },
      remoteEndpoint: { ipv4: "10.1.2.3", port: 4567 },
      tags: {
        "http.method": "GET",
        "http.uri": "/x",
        "http.host": "web",
        "http.status_code": "200",
        "router.label": "http",
        service: "/svc/web",
        client: "/#/io.l5d.fs/web",
        retries: "2",
      },
    });
    expect(client).toMatchObject({
      id: "00000000000000bb",
      parentId: "00000000000000aa",
      kind: "CLIENT",
      timestamp: Date.UTC(2026, 4, 2, 10, 20, 30) * 1_000 + 2_500,
      duration: 10_000,
      remoteEndpoint: { serviceName: "/svc/web", ipv4: "10.9.8.7", port: 8080 },
    });
  });

  it("say what is shared, what went wrong, and nothing of an attempt that never was", () => {
    const shared = { ...finishedRequest().serverTrace, shared: true };
    const failed = { status: 502, error: "Unable to connect\nto anybody", attemptMs: undefined, address: undefined };
    const spans = zipkinSpans(finishedRequest({ serverTrace: shared, ...failed }));
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({ shared: true, tags: { error: "Unable to connect", "http.status_code": "502" } });
    expect(zipkinSpans(finishedRequest({ status: 503 }))[1]?.tags.error).toBe("503");
  });

  it("are what Zipkin takes, whatever the client sends", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.string(),
        fc.string(),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        (...given) => {
          const [method, target, authority, remote, ms] = given;
          for (const one of zipkinSpans(
            finishedRequest({ method, target, authority, remote, durationMs: ms, attemptMs: ms / 2 }),
          )) {
            checkSpan(JSON.parse(JSON.stringify(one)));
          }
        },
      ),
    );
    for (const remote of ["[fe80::1%eth0]:80", "[::ffff:10.0.0.1]:80", "unknown:0", "[::1]:1"]) {
      for (const one of zipkinSpans(finishedRequest({ remote, server: "in", router: "Out" }))) {
        checkSpan(JSON.parse(JSON.stringify(one)));
      }
    }
  });
});

describe("a reporter to Zipkin [parity: zipkin]", () => {
  it("gathers spans, and posts what a collector takes", async () => {
    await using collector = await FakeCollector.start();
    using here = await reporting(collector, { hostHeader: "zipkin" });
    report(here.telemeter, {}, {});
    expect(collector.asked).toBe(0);
    await here.clock.advance(1_000);
    await until(() => here.metrics.snapshot().spans_sent === 4);
    expect(collector.wrong).toEqual([]);
    expect(collector.deliveries).toHaveLength(1);
    expect(collector.deliveries[0]?.headers).toMatchObject({ host: "zipkin", "content-encoding": "gzip" });
    expect(collector.spans.map(({ kind }) => kind)).toEqual(["SERVER", "CLIENT", "SERVER", "CLIENT"]);
  });

  it("speaks TLS, and believes nobody whose certificate it cannot check", async () => {
    const authority = testAuthority();
    const { cert, key } = authority.issue({ names: ["zipkin"] });
    await using collector = await FakeCollector.start({ tls: { cert, key } });
    using strict = await reporting(collector, { tls: true });
    report(strict.telemeter, {});
    await strict.clock.advance(1_000);
    await until(() => strict.metrics.snapshot().deliveries_failed === 1);
    expect(collector.asked).toBe(0);
    using loose = await reporting(collector, { tls: true, tlsValidationEnabled: false, compressionEnabled: false });
    report(loose.telemeter, {});
    await loose.clock.advance(1_000);
    await until(() => loose.metrics.snapshot().spans_sent === 2);
    expect(collector.wrong).toEqual([]);
  });

  it("tries again what could not be taken, tells of it once, and of when it works", async () => {
    await using collector = await FakeCollector.start({ status: (nth) => (nth < 2 ? 503 : 202) });
    using here = await reporting(collector);
    report(here.telemeter, {});
    await here.clock.advance(1_000);
    for (let failed = 1; failed <= 2; failed++) {
      await until(() => here.metrics.snapshot().deliveries_failed === failed && here.clock.pending > 0);
      // More than a pause, less than what a delivery may take.
      await here.clock.advance(2_000);
    }
    await until(() => here.metrics.snapshot().spans_sent === 2);
    expect(here.metrics.snapshot().spans_dropped).toBe(0);
    expect(here.log.lines.map(({ level }) => level)).toEqual(["warn", "info"]);
  });

  it("drops at once what is refused, and goes on", async () => {
    await using collector = await FakeCollector.start({ status: (nth) => (nth === 0 ? 400 : 202) });
    using here = await reporting(collector);
    report(here.telemeter, {});
    await here.clock.advance(1_000);
    await until(() => here.metrics.snapshot().spans_dropped === 2);
    report(here.telemeter, {});
    await here.clock.advance(1_000);
    await until(() => here.metrics.snapshot().spans_sent === 2);
    expect(collector.asked).toBe(2);
  });

  it("gives up a collector that never answers, and holds no more than its bound meanwhile", async () => {
    await using collector = await FakeCollector.start({ status: () => undefined });
    using here = await reporting(collector);
    const many = Array.from({ length: 6_000 }, () => ({}));
    report(here.telemeter, ...many);
    await until(() => collector.asked === 1);
    const first = here.metrics.snapshot();
    expect(first.spans_waiting).toBeLessThanOrEqual(10_000);
    expect(first.spans_dropped).toBeGreaterThanOrEqual(1_000);
    for (let nth = 1; nth <= 3; nth++) {
      await until(() => collector.asked === nth);
      await here.clock.advance(5_000);
      await until(() => here.metrics.snapshot().deliveries_failed === nth && here.clock.pending > 0);
      // More than a pause, less than what a delivery may take.
      await here.clock.advance(2_000);
    }
    await until(() => (here.metrics.snapshot().spans_dropped as number) >= (first.spans_dropped as number) + 500);
  });

  it("sends what is left before it is closed, within the time that it is given", async () => {
    await using collector = await FakeCollector.start();
    using here = await reporting(collector);
    report(here.telemeter, {});
    await here.telemeter.drain?.(AbortSignal.timeout(20_000));
    expect(here.metrics.snapshot().spans_sent).toBe(2);
    await using silent = await FakeCollector.start({ status: () => undefined });
    using stuck = await reporting(silent);
    report(stuck.telemeter, {});
    const stop = new AbortController();
    const drained = stuck.telemeter.drain?.(stop.signal);
    await until(() => silent.asked === 1);
    stop.abort();
    await drained;
    stuck.telemeter.close();
    await until(() => stuck.metrics.snapshot().spans_dropped === 2);
  });

  it("does not wait between tries when it drains", async () => {
    await using collector = await FakeCollector.start({ status: () => 503 });
    using here = await reporting(collector);
    report(here.telemeter, {});
    await here.telemeter.drain?.(AbortSignal.timeout(20_000));
    expect(here.metrics.snapshot()).toMatchObject({ spans_dropped: 2, deliveries_failed: 1 });
  });
});

describe("the kinds of Zipkin", () => {
  const read = (plugin: typeof zipkinTelemeter | typeof zipkinHttpTelemeter, given: object) =>
    plugin.config?.["~standard"].validate(given);

  it("have the defaults of Linkerd, but for the port", async () => {
    expect(await read(zipkinTelemeter, {})).toEqual({ value: { host: "localhost", port: 9411, sampleRate: 0.001 } });
    expect(await read(zipkinHttpTelemeter, {})).toMatchObject({
      value: { host: "localhost:9411", compressionEnabled: true, initialSampleRate: 0.001 },
    });
    for (const bad of [{ host: "a/b" }, { host: "user@a" }, { port: 0 }, { sampleRate: 2 }, { other: 1 }]) {
      expect(await read(zipkinTelemeter, bad), JSON.stringify(bad)).toHaveProperty("issues");
    }
    for (const bad of [{ host: "a" }, { host: "http://a:1" }, { hostHeader: "a b" }]) {
      expect(await read(zipkinHttpTelemeter, bad), JSON.stringify(bad)).toHaveProperty("issues");
    }
  });

  it("go to Jaeger's port where Linkerd's configuration says so, and say that 9410 is another protocol", async () => {
    await using collector = await FakeCollector.start();
    const { env, clock, metrics, log } = surroundings();
    const telemeter = zipkinTelemeter.create({ host: "127.0.0.1", port: collector.port, sampleRate: 1 }, env);
    report(telemeter, {});
    await clock.advance(1_000);
    await until(() => metrics.snapshot().spans_sent === 2);
    expect(collector.wrong).toEqual([]);
    expect(log.lines).toEqual([]);
    telemeter.close();
    zipkinTelemeter.create({ host: "::1", port: 9410, sampleRate: 1 }, env).close();
    expect(log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      expect.stringMatching(/^warn .*9410 is that of Scribe.*9411/),
    ]);
  });
});
