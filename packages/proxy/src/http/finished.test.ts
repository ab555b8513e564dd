import type { FinishedRequest, RequestObserver } from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { always, closedPort, exchange, get, proxyTo, RawServer, until } from "../../test/kit.js";

function watching(): RequestObserver & { readonly seen: FinishedRequest[] } {
  const seen: FinishedRequest[] = [];
  return { seen, finished: (request) => seen.push(request) };
}

describe("observers of requests", () => {
  it("are told once of a request that was answered by an endpoint", async () => {
    await using back = await RawServer.start(
      always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n2\r\n!!\r\n0\r\n\r\n"),
    );
    const observer = watching();
    await using proxy = await proxyTo([back.address], { observers: [observer] });
    const before = Date.now();
    const { text } = await exchange(proxy.port, get("/x?y=1", ["User-Agent: tester"]));
    expect(text).toContain("hello");
    await until(() => observer.seen.length > 0);
    expect(observer.seen).toHaveLength(1);
    const [request] = observer.seen as [FinishedRequest];
    expect(request).toMatchObject({ status: 200, bytes: 7, retries: 0, error: undefined });
    expect(request.router).toBe("http");
    expect(request.server).toBe(`127.0.0.1/${proxy.port}`);
    expect([request.method, request.target, request.version, request.authority]).toEqual([
      "GET",
      "/x?y=1",
      "1.1",
      "web",
    ]);
    expect(request.header("user-agent")).toBe("tester");
    expect(request.header("referer")).toBeUndefined();
    expect(request.remote).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
    expect([request.service, request.client]).toEqual(["/svc/web", "/#/fake/web"]);
    expect(request.address).toBe(`127.0.0.1:${back.address.port}`);
    expect(request.startedAt).toBeGreaterThan(before - 5_000);
    expect(request.durationMs).toBeGreaterThanOrEqual(0);
    expect(back.all).toContain(request.trace.traceId);
  });

  it("hear of answers that the proxy gives by itself, with their size", async () => {
    const observer = watching();
    await using proxy = await proxyTo([await closedPort()], { observers: [observer] });
    const { text } = await exchange(proxy.port, get());
    await until(() => observer.seen.length > 0);
    const [request] = observer.seen as [FinishedRequest];
    expect(request.status).toBe(502);
    expect(request.bytes).toBe(text.split("\r\n\r\n").slice(1).join("\r\n\r\n").length);
    expect(request.error).toMatch(/^Unable to establish connection/);
  });

  it("hear of requests without a name", async () => {
    const observer = watching();
    await using proxy = await proxyTo([], { observers: [observer] });
    await exchange(proxy.port, "GET /a#b HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n");
    await until(() => observer.seen.length > 0);
    expect(observer.seen[0]).toMatchObject({ status: 400, authority: "web", service: undefined, client: undefined });
  });

  it("hear status 0 of clients that leave before there is an answer", async () => {
    await using back = await RawServer.start(() => {});
    const observer = watching();
    await using proxy = await proxyTo([back.address], { observers: [observer] });
    const leaving = exchange(proxy.port, get(), () => true);
    await until(() => back.all !== "");
    proxy.server.close();
    await leaving;
    await until(() => observer.seen.length > 0);
    expect(observer.seen[0]).toMatchObject({ status: 0, bytes: 0, error: "the client went away" });
  });

  it("that throw cost neither the request nor the other observers anything", async () => {
    await using back = await RawServer.start(always("HTTP/1.1 204 No Content\r\n\r\n"));
    const observer = watching();
    const broken: RequestObserver = {
      finished: () => {
        throw new Error("disk full");
      },
    };
    await using proxy = await proxyTo([back.address], { observers: [broken, observer] });
    expect((await exchange(proxy.port, get())).text).toMatch(/^HTTP\/1\.1 204/);
    await until(() => observer.seen.length > 0);
  });
});
