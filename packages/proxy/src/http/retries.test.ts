import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { always, exchange, get, proxyTo, RawServer, until } from "../../test/kit.js";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const broken = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 3\r\n\r\nbad";
const all = { responseClassifier: "io.l5d.http.retryableAll5XX" } as const;

/** Answers whole requests with bodies of `length` bytes, each with the next of `answers`; the last for all that come after. */
function scripted(answers: readonly (string | "cut" | "silence")[], length = 0) {
  let at = 0;
  const heads = new WeakMap<Socket, number>();
  return (socket: Socket, soFar: string) => {
    const whole = soFar.split("\r\n\r\n").length - 1;
    const bodies = (soFar.match(/X{1}/g)?.length ?? 0) >= length * whole;
    if (!bodies || whole <= (heads.get(socket) ?? 0)) return;
    heads.set(socket, whole);
    const answer = answers[Math.min(at++, answers.length - 1)];
    if (answer === "cut") socket.destroy();
    else if (answer !== "silence" && answer !== undefined) socket.write(answer, "latin1");
  };
}

function request(method: string, headers: readonly string[] = [], body = ""): string {
  return `${[`${method} / HTTP/1.1`, "Host: web", "Connection: close", ...headers].join("\r\n")}\r\n\r\n${body}`;
}

const count = (back: RawServer) => (back.all.match(/ \/ HTTP\/1\.1\r\n/g) ?? []).length;

describe("a request whose failure a classifier calls retryable [parity: retries]", () => {
  it.each([
    ["io.l5d.http.nonRetryable5XX", []],
    ["io.l5d.http.retryableRead5XX", ["GET", "HEAD", "OPTIONS", "TRACE"]],
    ["io.l5d.http.retryableIdempotent5XX", ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]],
    ["io.l5d.http.retryableAll5XX", ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "POST", "PATCH"]],
  ] as const)("%s: tries %j again, and nothing else", async (responseClassifier, methods) => {
    for (const method of ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "POST", "PATCH", "PURGE"]) {
      const again = (methods as readonly string[]).includes(method);
      await using back = await RawServer.start(scripted([broken, ok]));
      await using proxy = await proxyTo([back.address], { service: { responseClassifier } });
      const { text } = await exchange(proxy.port, request(method));
      expect([method, text.slice(9, 12), count(back)]).toEqual([method, again ? "200" : "500", again ? 2 : 1]);
      expect(proxy.names.released).toEqual(again ? ["failure", "success"] : ["failure"]);
    }
  });

  it("allSuccessful calls nothing a failure", async () => {
    await using back = await RawServer.start(always(broken));
    await using proxy = await proxyTo([back.address], { service: { responseClassifier: "io.l5d.http.allSuccessful" } });
    const { text } = await exchange(proxy.port, get());
    expect(text).toContain("l5d-success-class: 1.0");
    expect(proxy.names.released).toEqual(["success"]);
    expect(count(back)).toBe(1);
  });

  it("goes wherever the balancer sends it then", async () => {
    await using first = await RawServer.start(always(broken));
    await using second = await RawServer.start(always(ok));
    await using proxy = await proxyTo([first.address], { service: all });
    const answer = exchange(proxy.port, get());
    await until(() => proxy.names.acquired.length > 0);
    proxy.names.addresses = [second.address];
    expect((await answer).text).toContain("200 OK");
    expect(proxy.names.acquired.map(({ path }) => path)).toContain("/svc/web");
  });

  it.each([
    ["true", 2],
    ["false", 1],
  ])(
    "a 5xx that says l5d-retryable: %s is tried %i times under any classifier [parity: retryable]",
    async (value, times) => {
      for (const responseClassifier of ["io.l5d.http.nonRetryable5XX", "io.l5d.http.allSuccessful"] as const) {
        const marked = broken.replace("\r\n\r\n", `\r\nL5d-Retryable: ${value}\r\n\r\n`);
        await using back = await RawServer.start(scripted([marked, ok]));
        await using proxy = await proxyTo([back.address], { service: { responseClassifier } });
        await exchange(proxy.port, request("POST"));
        expect(count(back)).toBe(times);
      }
    },
  );

  it("l5d-retryable on anything but a 5xx says nothing [parity: retryable]", async () => {
    const marked = "HTTP/1.1 404 Not Found\r\nl5d-retryable: true\r\nContent-Length: 0\r\n\r\n";
    await using back = await RawServer.start(scripted([marked, ok]));
    await using proxy = await proxyTo([back.address], { service: all });
    expect((await exchange(proxy.port, get())).text).toMatch(/^HTTP\/1\.1 404 /);
    expect(count(back)).toBe(1);
  });

  it("is tried again where the connection broke without an answer", async () => {
    await using back = await RawServer.start(scripted(["cut", ok]));
    await using proxy = await proxyTo([back.address], { service: all });
    expect((await exchange(proxy.port, get())).text).toContain("200 OK");
    expect(count(back)).toBe(2);
  });

  it("is not tried again once the client has the head of an answer", async () => {
    await using back = await RawServer.start((socket, soFar) => {
      if (!soFar.endsWith("\r\n\r\n")) return;
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", () => socket.resetAndDestroy());
    });
    await using proxy = await proxyTo([back.address], { service: all });
    await exchange(proxy.port, get());
    expect(count(back)).toBe(1);
  });

  it("uses the connection of a short answer that was not passed on again", async () => {
    await using back = await RawServer.start(scripted([broken, ok]));
    await using proxy = await proxyTo([back.address], { service: all });
    const first = await exchange(proxy.port, get());
    expect(first.text).toContain("200 OK");
    await exchange(proxy.port, get());
    await exchange(proxy.port, get());
    expect(back.sockets.length).toBeLessThanOrEqual(2);
  });

  it("is answered with what the last attempt came to, once the budget is spent", async () => {
    await using back = await RawServer.start(always(broken));
    const budget = { minRetriesPerSec: 0, percentCanRetry: 1, ttlSecs: 10 };
    await using proxy = await proxyTo([back.address], { service: { ...all, retries: { budget } } });
    expect((await exchange(proxy.port, get())).text).toMatch(/^HTTP\/1\.1 500 .*\r\n\r\nbad$/s);
    expect(count(back)).toBe(2);
    const metrics = proxy.metrics.snapshot();
    expect(metrics["rt/http/service/svc/web/retries/total"]).toBe(1);
    expect(metrics["rt/http/service/svc/web/retries/budget_exhausted"]).toBe(1);
    expect(metrics["rt/http/service/svc/web/retries/budget"]).toBe(0);
    expect(metrics["rt/http/service/svc/web/retries/per_request.max"]).toBe(1);
    expect(metrics["rt/http/service/svc/web/requests"]).toBe(1);
    expect(metrics["rt/http/client/#/fake/web/requests"]).toBe(2);
    expect(metrics["rt/http/client/#/fake/web/status/500"]).toBe(2);
  });

  it("is not tried for ever, however large the budget", async () => {
    await using back = await RawServer.start(always(broken));
    const budget = { minRetriesPerSec: 1_000, percentCanRetry: 1, ttlSecs: 10 };
    await using proxy = await proxyTo([back.address], { service: { ...all, retries: { budget } } });
    await exchange(proxy.port, get());
    expect(count(back)).toBe(26);
  });

  it("waits between attempts as the back-off says", async () => {
    await using back = await RawServer.start(scripted([broken, broken, ok]));
    const backoff = { kind: "constant", ms: 60 } as const;
    await using proxy = await proxyTo([back.address], { service: { ...all, retries: { backoff } } });
    const start = performance.now();
    expect((await exchange(proxy.port, get())).text).toContain("200 OK");
    expect(performance.now() - start).toBeGreaterThan(110);
  });

  it("is forgotten when the client goes away between two attempts", async () => {
    await using back = await RawServer.start(always(broken));
    const backoff = { kind: "jittered", minMs: 300, maxMs: 400 } as const;
    await using proxy = await proxyTo([back.address], { service: { ...all, retries: { backoff } } });
    const gone = exchange(proxy.port, get(), () => true);
    await until(() => proxy.names.released.length > 0);
    proxy.server.close();
    await gone;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(count(back)).toBe(1);
    expect(proxy.server.serving.stats.pending).toBe(0);
  });
});

describe("the body of a request that is tried again", () => {
  it("goes out a second time, if it is short and has arrived", async () => {
    await using back = await RawServer.start(scripted([broken, "cut", ok], 5));
    await using proxy = await proxyTo([back.address], { service: all });
    const { text } = await exchange(proxy.port, request("POST", ["Content-Length: 5"], "XXXXX"));
    expect(text).toContain("200 OK");
    expect(back.all.match(/content-length: 5\r\n[^X]*XXXXX/gi)).toHaveLength(3);
  });

  it("in chunks is never sent twice", async () => {
    await using back = await RawServer.start((socket, soFar) => {
      if (soFar.endsWith("0\r\n\r\n")) socket.write(broken);
    });
    await using proxy = await proxyTo([back.address], { service: all });
    const chunks = request("POST", ["Transfer-Encoding: chunked"], "3\r\nXXX\r\n0\r\n\r\n");
    expect((await exchange(proxy.port, chunks)).text).toMatch(/^HTTP\/1\.1 500 /);
    expect(count(back)).toBe(1);
  });

  it("that is long is never sent twice", async () => {
    const length = 65_537;
    await using back = await RawServer.start(scripted([broken, ok], length));
    await using proxy = await proxyTo([back.address], { service: all });
    const long = request("POST", [`Content-Length: ${length}`], "X".repeat(length));
    expect((await exchange(proxy.port, long)).text).toMatch(/^HTTP\/1\.1 500 /);
    expect(count(back)).toBe(1);
  });

  it("that has not arrived when the endpoint answers is not sent twice", async () => {
    await using back = await RawServer.start((socket, soFar) => {
      if (soFar.includes("XX")) socket.write(broken);
    });
    await using proxy = await proxyTo([back.address], { service: all });
    const { text } = await exchange(proxy.port, request("POST", ["Content-Length: 5"], "XX"), (t) => t.endsWith("bad"));
    expect(text).toMatch(/^HTTP\/1\.1 500 /);
    expect(count(back)).toBe(1);
  });
});
