import type { FinishedRequest } from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { always, exchange, get, proxyTo, RawServer, until } from "../../test/kit.js";
import { readTrace, rootTrace, type TraceKind, writeTrace } from "./trace-context.js";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

async function passed(
  kind: TraceKind,
  headers: readonly string[],
  options: { clearContext?: boolean; sampleRate?: number; answers?: readonly string[] } = {},
) {
  let asked = 0;
  const answers = options.answers ?? [ok];
  await using back = await RawServer.start((socket, soFar) => {
    if (soFar.endsWith("\r\n\r\n")) socket.write(answers[Math.min(asked++, answers.length - 1)] as string);
  });
  const seen: FinishedRequest[] = [];
  const tracing = options.sampleRate === undefined ? { kind } : { kind, sampleRate: options.sampleRate };
  await using proxy = await proxyTo([back.address], {
    tracing,
    observers: [{ finished: (request) => seen.push(request) }],
    clearContext: options.clearContext ?? false,
    service: { responseClassifier: "io.l5d.http.retryableRead5XX" },
  });
  await exchange(proxy.port, get("/", headers));
  await until(() => seen.length > 0);
  const requests = back.all.split("\r\n\r\n").filter((text) => text !== "");
  const values = requests.map((text) => (name: string) => {
    const lines = text.split("\r\n").filter((line) => line.toLowerCase().startsWith(`${name}: `));
    expect(lines.length).toBeLessThan(2);
    return lines[0]?.slice(name.length + 2);
  });
  return { values, value: values.at(-1) as (name: string) => string | undefined, request: seen[0] as FinishedRequest };
}

function lines(flat: readonly string[]): string[] {
  return flat.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${flat[i + 1]}`] : []));
}

const given = {
  ...rootTrace("463ac35c9f6413ad48485a3953bb6124", Math.random, { sampled: true }),
  spanId: "a2fb4a1d1a96d312",
  parentId: "0020000000000001",
};

describe("the trace of a request [parity: ctx-trace, b3]", () => {
  for (const kind of ["default", "zipkin", "w3c"] as const) {
    it(`goes on at the endpoint, one span further (${kind})`, async () => {
      const { value, request } = await passed(kind, lines(writeTrace(given, kind)));
      const { context } = readTrace(value, kind);
      expect(context).toMatchObject({ traceId: given.traceId, sampled: true });
      expect(context?.spanId).toBe(request.trace.spanId);
      expect(context?.spanId).not.toBe(given.spanId);
      expect(request.trace.parentId).toBe(request.serverTrace.spanId);
      if (kind === "w3c") expect(request.serverTrace.parentId).toBe(given.spanId);
      else expect(request.serverTrace).toMatchObject({ spanId: given.spanId, parentId: given.parentId, shared: true });
      expect(value("l5d-reqid")).toBe("48485a3953bb6124");
    });

    it(`begins here if the client is not believed (${kind})`, async () => {
      const { value } = await passed(kind, lines(writeTrace(given, kind)), { clearContext: true });
      const { context } = readTrace(value, kind);
      expect(context?.traceId).toMatch(/^[0-9a-f]+$/);
      expect(context?.traceId).not.toBe(given.traceId);
    });
  }

  it("leaves the headers of other kinds to the application", async () => {
    const { value } = await passed("default", lines(writeTrace(given, "w3c")));
    expect(value("traceparent")).toBe(writeTrace(given, "w3c")[1]);
    expect(readTrace(value, "default").context).toBeDefined();
  });

  it("is sampled at the rate of the tracers, or as the client wants; l5d-sample is not passed on [parity: sample]", async () => {
    expect((await passed("default", [])).request.trace.sampled).toBeUndefined();
    expect((await passed("default", [], { sampleRate: 1 })).request.trace.sampled).toBe(true);
    const wanted = await passed("default", ["l5d-sample: 1.0"], { sampleRate: 0 });
    expect(wanted.request.trace.sampled).toBe(true);
    expect(wanted.value("l5d-sample")).toBeUndefined();
    const unwanted = await passed("default", ["l5d-sample: 1.0"], { sampleRate: 0, clearContext: true });
    expect(unwanted.request.trace.sampled).toBe(false);
  });

  it("has a span for each attempt, of which observers hear the last", async () => {
    const bad = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n";
    const { values, request } = await passed("default", [], { answers: [bad, ok] });
    expect(values).toHaveLength(2);
    const [first, second] = values.map((value) => readTrace(value, "default").context);
    expect(first?.traceId).toBe(second?.traceId);
    expect(first?.parentId).toBe(second?.parentId);
    expect(first?.spanId).not.toBe(second?.spanId);
    expect(second?.spanId).toBe(request.trace.spanId);
    expect(request.attemptMs).toBeLessThanOrEqual(request.durationMs);
  });

  it("is there for a request that never got to an endpoint", async () => {
    const seen: FinishedRequest[] = [];
    await using proxy = await proxyTo([], { observers: [{ finished: (request) => seen.push(request) }] });
    await exchange(proxy.port, "GET /a#b HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n");
    await until(() => seen.length > 0);
    const [request] = seen as [FinishedRequest];
    expect(request.trace.traceId).toBe(request.serverTrace.traceId);
    expect(request.attemptMs).toBeUndefined();
  });

  it("does not hide who asked, once the client is gone", async () => {
    await using back = await RawServer.start(always("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"));
    const seen: FinishedRequest[] = [];
    await using proxy = await proxyTo([back.address], { observers: [{ finished: (request) => seen.push(request) }] });
    await exchange(proxy.port, get(), (text) => text.includes("ok"));
    await until(() => seen.length > 0);
    expect(seen[0]?.remote).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
  });
});
