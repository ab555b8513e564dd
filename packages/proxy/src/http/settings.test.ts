import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { always, exchange, get, proxyTo, RawServer, until } from "../../test/kit.js";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

describe("metadata `authority` [parity: authority]", () => {
  async function answered(headers: string, host = "web"): Promise<string> {
    await using back = await RawServer.start(always(`HTTP/1.1 302 Found\r\n${headers}\r\nContent-Length: 0\r\n\r\n`));
    await using proxy = await proxyTo([back.address]);
    proxy.names.meta = { authority: "web.service.consul:80" };
    const { text } = await exchange(proxy.port, get("/", [], host));
    expect(back.all).toMatch(/^GET \/ HTTP\/1\.1\r\nhost: web\.service\.consul:80\r\n/);
    return text;
  }

  it.each([
    ["Location: http://web.service.consul:80/login?a=b", "Location: http://web/login?a=b"],
    ["Location: HTTPS://WEB.service.consul:80", "Location: HTTPS://web"],
    ["Location: //web.service.consul:80/x", "Location: //web/x"],
    ["Refresh: 5; url=http://web.service.consul:80/x", "Refresh: 5; url=http://web/x"],
    ['Refresh: 5;url="http://web.service.consul:80"', 'Refresh: 5;url="http://web"'],
    ["Location: /login", "Location: /login"],
    ["Location: http://web.service.consul:8080/", "Location: http://web.service.consul:8080/"],
    ["Location: http://web.service.consul:80.evil/", "Location: http://web.service.consul:80.evil/"],
    ["Location: http://other/", "Location: http://other/"],
    ["X-Link: http://web.service.consul:80/", "X-Link: http://web.service.consul:80/"],
  ])("turns %j into %j", async (from, to) => {
    expect(await answered(from)).toContain(`\r\n${to}\r\n`);
  });
});

describe("clearContext [parity: clear-context]", () => {
  const failing =
    "HTTP/1.1 502 Bad Gateway\r\nl5d-err: dtab%3A+%2Fsecret\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nsecret";

  it.each([
    failing,
    failing.replace("Content-Length: 6\r\n\r\nsecret", "Transfer-Encoding: chunked\r\n\r\n6\r\nsecret\r\n0\r\n\r\n"),
  ])("takes the body of another proxy's error away", async (answer) => {
    await using back = await RawServer.start(always(answer));
    await using proxy = await proxyTo([back.address], { clearContext: true });
    const { text } = await exchange(proxy.port, get());
    expect(text).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/);
    expect(text).toMatch(/\r\nContent-Length: 0\r\n/);
    expect(text).not.toMatch(/secret|l5d-/i);
    expect(text.endsWith("\r\n\r\n")).toBe(true);
  });

  it("leaves it where it is off", async () => {
    await using back = await RawServer.start(always(failing));
    await using proxy = await proxyTo([back.address]);
    expect((await exchange(proxy.port, get())).text).toMatch(/l5d-err: dtab%3A\+%2Fsecret\r\n.*\r\n\r\nsecret$/s);
  });

  it("tells nothing of the proxy's own errors either", async () => {
    await using proxy = await proxyTo([], { clearContext: true, dtab: "/svc => /#/secret" });
    for (const request of [get(), get("/", [], ""), "GET /#x HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n"]) {
      const { text } = await exchange(proxy.port, request);
      expect(text).toMatch(/^HTTP\/1\.1 [45]\d\d .*\r\nContent-Length: 0\r\n/s);
      expect(text).not.toMatch(/secret|l5d-/i);
    }
  });

  it("holds for interim answers and for trailers", async () => {
    const hints = "HTTP/1.1 103 Early Hints\r\nl5d-foo: 1\r\nLink: x\r\n\r\n";
    const answer = `${hints}HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nl5d-foo: 1\r\nX: 1\r\n\r\n`;
    await using back = await RawServer.start(always(answer));
    await using proxy = await proxyTo([back.address], { clearContext: true });
    const { text } = await exchange(proxy.port, get());
    expect(text).toMatch(/Link: x.*\r\nX: 1\r\n\r\n$/s);
    expect(text).not.toMatch(/l5d-/i);
  });
});

describe("maxConcurrentRequests [parity: overload]", () => {
  it("answers what is too much with 503 at once, and nothing else [parity: overload, retryable]", async () => {
    let finish = () => {};
    await using back = await RawServer.start((socket, soFar) => {
      if (soFar.includes("/slow") && !soFar.includes("/fast")) finish = () => socket.write(ok);
      else socket.write(ok);
    });
    await using proxy = await proxyTo([back.address], { server: { maxConcurrentRequests: 1 } });
    const slow = exchange(proxy.port, get("/slow"));
    await until(() => back.all !== "");
    const { text } = await exchange(proxy.port, get("/fast"));
    expect(text).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/);
    expect(text).toContain("\r\nl5d-retryable: true\r\n");
    expect(back.all).not.toContain("/fast");
    finish();
    expect((await slow).text).toMatch(/^HTTP\/1\.1 200 /);
    expect((await exchange(proxy.port, get("/fast"))).text).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe("a request head that is too large [parity: head-limits]", () => {
  it.each([
    ["line", 414, `GET /${"a".repeat(4_096)} HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n`],
    ["line, larger than all that node takes", 414, `GET /${"a".repeat(20_000)} HTTP/1.1\r\nHost: web\r\n\r\n`],
    [
      "line, one byte below the limit",
      200,
      `GET /${"a".repeat(4_081)} HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n`,
    ],
    ["header", 431, get("/", [`X: ${"a".repeat(8_192)}`])],
    ["header, larger than all that node takes", 431, get("/", [`X: ${"a".repeat(30_000)}`])],
    ["header, below the limit", 200, get("/", [`X: ${"a".repeat(8_000)}`])],
  ])("in its %s is answered with %s", async (_, status, request) => {
    await using back = await RawServer.start(always(ok));
    await using proxy = await proxyTo([back.address]);
    const { text } = await exchange(proxy.port, request);
    expect(text.slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
    expect(back.all === "").toBe(status !== 200);
  });
});

describe("addForwardedHeader [parity: forwarded-header]", () => {
  const random = { kind: "requestRandom" } as const;
  it.each([
    [random, random, /^by=_[0-9A-Za-z]{6};for=_[0-9A-Za-z]{6};host=web;proto=http$/],
    [{ kind: "ip" }, { kind: "ip" }, /^by=127\.0\.0\.1;for=127\.0\.0\.1;host=web;proto=http$/],
    [{ kind: "ip:port" }, { kind: "ip:port" }, /^by="127\.0\.0\.1:\d+";for="127\.0\.0\.1:\d+";host=web;proto=http$/],
    [{ kind: "router" }, { kind: "static", label: "the edge" }, /^by=http;for="the edge";host=web;proto=http$/],
  ] as const)("names the parties as %j and %j", async (by, client, shape) => {
    await using back = await RawServer.start(always(ok));
    await using proxy = await proxyTo([back.address], { server: { addForwardedHeader: { by, for: client } } });
    await exchange(proxy.port, get("/", ["Forwarded: for=unknown"]));
    const values = [...back.all.matchAll(/^forwarded: (.*)\r$/gim)].map(([, value]) => value);
    expect(values).toEqual(["for=unknown", expect.stringMatching(shape)]);
  });

  it("keeps the label of a connection, and changes that of a request [parity: forwarded-header]", async () => {
    await using back = await RawServer.start(always(ok));
    const addForwardedHeader = { by: { kind: "requestRandom" }, for: { kind: "connectionRandom" } } as const;
    await using proxy = await proxyTo([back.address], { server: { addForwardedHeader } });
    await exchange(proxy.port, get("/1").replace("Connection: close\r\n", "") + get("/2"));
    await exchange(proxy.port, get("/3"));
    const seen = [...back.all.matchAll(/^forwarded: by=(.*?);for=(.*?);/gim)].map(([, by, client]) => ({ by, client }));
    expect(seen).toHaveLength(3);
    expect(new Set(seen.map(({ by }) => by)).size).toBe(3);
    expect(new Set(seen.map(({ client }) => client)).size).toBe(2);
  });
});

it("timestampHeader says when the request was sent on [parity: timestamp-header]", async () => {
  await using back = await RawServer.start(always(ok));
  await using proxy = await proxyTo([back.address], { server: { timestampHeader: "x-request-start" } });
  const before = Date.now();
  await exchange(proxy.port, get());
  const at = Number(/\r\nx-request-start: (\d+)\r\n/.exec(back.all)?.[1]);
  expect(at).toBeGreaterThanOrEqual(before - 1);
  expect(at).toBeLessThanOrEqual(Date.now() + 1);
});

describe("serverSession", () => {
  it("closes what is idle for idleTimeMs", async () => {
    await using back = await RawServer.start(always(ok));
    await using proxy = await proxyTo([back.address], { server: { serverSession: { idleTimeMs: 200 } } });
    const { text, ended } = await exchange(proxy.port, get().replace("Connection: close\r\n", ""));
    expect([text.endsWith("ok"), ended]).toEqual([true, true]);
  });

  it("ends what is older than lifeTimeMs with its next answer", async () => {
    await using back = await RawServer.start(always(ok));
    await using proxy = await proxyTo([back.address], { server: { serverSession: { lifeTimeMs: 300 } } });
    const socket = connect(proxy.port, "127.0.0.1");
    let text = "";
    let closed = false;
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("close", () => {
      closed = true;
    });
    socket.on("error", () => {});
    const ask = setInterval(() => socket.write(get().replace("Connection: close\r\n", "")), 20);
    await until(() => closed);
    clearInterval(ask);
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe("hostConnectionPool and clientSession [parity: pool]", () => {
  const open = (proxy: { metrics: { snapshot(): Record<string, number> } }) =>
    proxy.metrics.snapshot()["rt/http/client/#/fake/web/connections"];

  it("maxSize and maxWaiters bound what an endpoint gets at the same time", async () => {
    await using back = await RawServer.start(() => {});
    await using proxy = await proxyTo([back.address], {
      client: { hostConnectionPool: { maxSize: 1, maxWaiters: 1 } },
    });
    const all = [1, 2, 3].map((n) => exchange(proxy.port, get(`/${n}`), (text) => text.includes("\r\n\r\n")));
    const { text } = await Promise.race(all);
    expect(text).toMatch(/^HTTP\/1\.1 502 .*requests wait for a connection already/s);
    expect(back.sockets).toHaveLength(1);
    proxy.server.close();
    await Promise.all(all);
  });

  it("idleTimeMs closes idle connections, but not the first minSize", async () => {
    await using back = await RawServer.start((socket, soFar) => {
      if (soFar.endsWith("\r\n\r\n")) setTimeout(() => socket.write(ok), 100);
    });
    await using proxy = await proxyTo([back.address], {
      client: { hostConnectionPool: { minSize: 1, idleTimeMs: 200 } },
    });
    await Promise.all([1, 2, 3].map((n) => exchange(proxy.port, get(`/${n}`))));
    expect(back.sockets).toHaveLength(3);
    await until(() => open(proxy) === 1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(open(proxy)).toBe(1);
    await exchange(proxy.port, get("/4"));
    expect(back.sockets).toHaveLength(3);
  });

  it("lifeTimeMs has a new connection made for the next request", async () => {
    await using back = await RawServer.start(always(ok));
    await using proxy = await proxyTo([back.address], { client: { clientSession: { lifeTimeMs: 150 } } });
    await exchange(proxy.port, get());
    await exchange(proxy.port, get());
    const before = back.sockets.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    await exchange(proxy.port, get());
    expect(back.sockets.length).toBe(before + 1);
    await until(() => open(proxy) === 1);
  });
});

describe("socketOptions", () => {
  it("readTimeoutMs of a server is the silence that a request body may have", async () => {
    await using back = await RawServer.start(() => {});
    await using proxy = await proxyTo([back.address], { server: { socketOptions: { readTimeoutMs: 200 } } });
    const request = "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 5\r\n\r\nab";
    expect((await exchange(proxy.port, request)).text).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("readTimeoutMs of a client is the silence that an endpoint may have", async () => {
    await using silent = await RawServer.start(() => {});
    await using stopping = await RawServer.start(always("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"));
    await using proxy = await proxyTo([silent.address], { client: { socketOptions: { readTimeoutMs: 200 } } });
    expect((await exchange(proxy.port, get())).text).toMatch(/^HTTP\/1\.1 503 /);
    proxy.names.addresses = [stopping.address];
    expect((await exchange(proxy.port, get())).text).toMatch(/^HTTP\/1\.1 200 .*\r\n\r\nab$/s);
  });
});

describe("a client that sends its head byte by byte [parity: slow-clients]", () => {
  it("is answered with 408 when the time for a head is over, however steadily it sends", async () => {
    await using proxy = await proxyTo([], { limits: { clientHeadMs: 400 } });
    const socket = connect(proxy.port, "127.0.0.1");
    let text = "";
    let closed = false;
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("close", () => {
      closed = true;
    });
    const bytes = get("/", [`X: ${"x".repeat(5_000)}`]);
    let at = 0;
    const drip = setInterval(() => socket.write(bytes.charAt(at++)), 10);
    await until(() => closed, { timeoutMs: 10_000 });
    clearInterval(drip);
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(at).toBeLessThan(bytes.length);
  });
});

describe("HTTP/1.0", () => {
  it("keeps a connection only if the client asks for it", async () => {
    await using back = await RawServer.start(always(ok));
    await using proxy = await proxyTo([back.address]);
    const closing = await exchange(proxy.port, "GET /1 HTTP/1.0\r\nHost: web\r\n\r\n");
    expect([closing.text.endsWith("ok"), closing.ended]).toEqual([true, true]);
    const keeping = "GET /2 HTTP/1.0\r\nHost: web\r\nConnection: keep-alive\r\n\r\n";
    const both = await exchange(proxy.port, keeping + keeping.replace("Connection: keep-alive\r\n", ""));
    expect(both.text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(back.all).toMatch(/^GET \/1 HTTP\/1\.1\r\n.*Via: 1\.0 linkerd\r\n/s);
  });
});

it("an expectation that nobody can meet is a 417", async () => {
  await using back = await RawServer.start(always(ok));
  await using proxy = await proxyTo([back.address]);
  expect((await exchange(proxy.port, get("/", ["Expect: a miracle"]))).text).toMatch(/^HTTP\/1\.1 417 /);
  expect(back.all).toBe("");
});
