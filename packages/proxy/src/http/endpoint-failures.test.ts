import { IncomingMessage, ServerResponse } from "node:http";
import { connect, Socket } from "node:net";
import { address, Dtab, NamerError, systemClock } from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { always, closedPort, exchange, get, proxyTo, RawServer, until } from "../../test/kit.js";
import { Exchange } from "./exchange.js";

const ok = always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

describe("an endpoint that refuses connections", () => {
  it("is passed over for another one, also by a request with a body [parity: requeues]", async () => {
    await using back = await RawServer.start((socket, soFar) => {
      if (soFar.endsWith("abc")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    await using proxy = await proxyTo([await closedPort(), await closedPort(), back.address]);
    const { text } = await exchange(
      proxy.port,
      "POST / HTTP/1.1\r\nHost: web\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc",
    );
    expect(text).toMatch(/\r\n\r\nok$/);
    expect(proxy.names.released).toEqual(["success"]);
  });

  it("as the only one gives the 502 that operators know, with the way the name took [parity: connect-failed]", async () => {
    const [a, b] = [await closedPort(), await closedPort()];
    await using proxy = await proxyTo([a, b], { dtab: "/host => /#/fake ; /svc => /host" });
    const { text } = await exchange(proxy.port, get("/", ["l5d-dtab: /svc/other => /x"]));
    const [head = "", body = ""] = text.split("\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/);
    expect(head).toMatch(/\r\nVia: 1\.1 linkerd\r\n/);
    expect(head).toMatch(/\r\nl5d-success-class: 0\.0\r\n/);
    const lines = body.split("\n");
    expect(lines.slice(0, 10)).toEqual([
      `Unable to establish connection to 127.0.0.1:${b.port}.`,
      "",
      "service name: /svc/web",
      "client name: /#/fake/web",
      `addresses: [127.0.0.1:${a.port}, 127.0.0.1:${b.port}]`,
      `selected address: 127.0.0.1:${b.port}`,
      "dtab resolution:",
      "  /svc/web",
      "  /host/web (/svc=>/host)",
      "  /#/fake/web (/host=>/#/fake)",
    ]);
    expect(lines.slice(10).every((line) => /^cause: .*ECONNREFUSED/.test(line))).toBe(true);
    expect(lines).toHaveLength(12);
    const err = /\r\nl5d-err: ([^\r]+)/.exec(head)?.[1] ?? "";
    expect(decodeURIComponent(err.replaceAll("+", " "))).toBe(body);
  });

  it.each([
    ["a port that is none", 70_000],
    ["no port", Number.NaN],
  ])("because the catalogue says %s hurts nothing else", async (_what, port) => {
    await using back = await RawServer.start(ok);
    await using proxy = await proxyTo([address("127.0.0.1", port), back.address]);
    expect((await exchange(proxy.port, get())).text).toMatch(/ok$/);
  });

  it("that does not answer the handshake is given up in time", async () => {
    // TEST-NET-1 (RFC 5737): nothing answers there; a network that says so at once is as good.
    await using proxy = await proxyTo([address("192.0.2.1", 80)], { limits: { connectMs: 100 } });
    const { text } = await exchange(proxy.port, get());
    expect(text).toMatch(/^HTTP\/1\.1 502 /);
    expect(text).toMatch(/Unable to establish connection to 192\.0\.2\.1:80\./);
  });
});

describe("a request that may have reached an endpoint [parity: never-twice]", () => {
  it.each([["GET"], ["POST"]])("is never sent to another one: %s", async (method) => {
    await using dying = await RawServer.start((socket) => socket.resetAndDestroy());
    await using other = await RawServer.start(ok);
    await using proxy = await proxyTo([dying.address, other.address]);
    const request = `${method} / HTTP/1.1\r\nHost: web\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc`;
    const { text } = await exchange(proxy.port, request);
    expect(text).toMatch(/^HTTP\/1\.1 502 /);
    expect(text).toContain(`selected address: 127.0.0.1:${dying.address.port}`);
    expect(other.all).toBe("");
  });

  it("on a connection used before is not sent again either", async () => {
    await using back = await RawServer.start((socket, soFar) => {
      if (soFar.split("GET").length === 2) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      else socket.destroy();
    });
    await using proxy = await proxyTo([back.address]);
    expect((await exchange(proxy.port, get("/1"))).text).toMatch(/ok$/);
    expect((await exchange(proxy.port, get("/2"))).text).toMatch(/^HTTP\/1\.1 502 /);
    expect(back.all.match(/GET/g)).toHaveLength(2);
  });
});

describe("a pooled connection [parity: pool]", () => {
  it("is used again", async () => {
    await using back = await RawServer.start(ok);
    await using proxy = await proxyTo([back.address]);
    for (let i = 0; i < 5; i++) expect((await exchange(proxy.port, get())).text).toMatch(/ok$/);
    expect(back.sockets).toHaveLength(1);
  });

  it("that the endpoint closed meanwhile costs nothing: nothing was sent on it", async () => {
    await using back = await RawServer.start(ok);
    await using proxy = await proxyTo([back.address]);
    for (let i = 0; i < 5; i++) {
      const post = "POST / HTTP/1.1\r\nHost: web\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
      expect((await exchange(proxy.port, post)).text).toMatch(/ok$/);
      for (const socket of back.sockets) socket.destroy();
    }
    expect(back.sockets).toHaveLength(5);
  });

  it("closes with its endpoint, and one in use after its answer", async () => {
    let release = () => {};
    await using back = await RawServer.start((socket) => {
      release = () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    await using proxy = await proxyTo([back.address]);
    const answer = exchange(proxy.port, get());
    await until(() => back.all !== "");
    proxy.use.endpointClosed(back.address);
    release();
    expect((await answer).text).toMatch(/ok$/);
    await until(() => back.sockets[0]?.closed === true);
  });

  it("is made anew for each request where the endpoint closes after every answer, also for those who wait", async () => {
    await using back = await RawServer.start((socket) =>
      socket.end("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"),
    );
    await using proxy = await proxyTo([back.address], { limits: { connectionsPerEndpoint: 1 } });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => exchange(proxy.port, get(`/${i}`))));
    for (const { text } of answers) expect(text).toMatch(/^HTTP\/1\.1 200 .*ok$/s);
    expect(back.sockets).toHaveLength(20);
  });

  it("is waited for when there may be no more of them, but not for ever", async () => {
    const held: (() => void)[] = [];
    await using back = await RawServer.start((socket) => {
      held.push(() => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    });
    const limits = { connectionsPerEndpoint: 1, waitersPerEndpoint: 1, connectMs: 200 };
    await using proxy = await proxyTo([back.address], { limits });
    const first = exchange(proxy.port, get("/1"));
    await until(() => held.length === 1);
    const second = exchange(proxy.port, get("/2"));
    await until(() => proxy.names.acquired.length === 2);
    const third = await exchange(proxy.port, get("/3"));
    expect(third.text).toContain("requests wait for a connection already");
    held[0]?.();
    expect((await first).text).toMatch(/ok$/);
    await until(() => held.length === 2);
    expect(back.sockets).toHaveLength(1);
    const fourth = await exchange(proxy.port, get("/4"));
    expect(fourth.text).toContain("no connection became free within 200 ms");
    held[1]?.();
    expect((await second).text).toMatch(/ok$/);
  });
});

describe("silence [parity: slow-clients]", () => {
  it("of an endpoint before its answer is a 503", async () => {
    let closed = false;
    await using back = await RawServer.start((socket) =>
      socket.on("close", () => {
        closed = true;
      }),
    );
    await using proxy = await proxyTo([back.address], { limits: { responseMs: 100 } });
    const { text } = await exchange(proxy.port, get());
    expect(text).toMatch(/^HTTP\/1\.1 503 /);
    expect(text).toContain("exceeded 100.milliseconds to unspecified while waiting for a response for the request");
    await until(() => closed);
  });

  it("of an endpoint in its answer cuts the answer", async () => {
    await using back = await RawServer.start((socket) =>
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
    );
    await using proxy = await proxyTo([back.address], { limits: { responseIdleMs: 100 } });
    const { text } = await exchange(proxy.port, get());
    expect(text).toMatch(/abc\r\n$/);
  });

  it("of a client in its body is a 408", async () => {
    await using back = await RawServer.start(() => {});
    await using proxy = await proxyTo([back.address], { limits: { uploadIdleMs: 100 } });
    const { text } = await exchange(proxy.port, "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 10\r\n\r\nabc");
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("of a client in its head is a 408", async () => {
    await using proxy = await proxyTo([], { limits: { clientHeadMs: 100 } });
    const { text } = await exchange(proxy.port, "GET / HTTP/1.1\r\nHost: we");
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("of a client that leaves the end of an answer unread cuts it off too", async () => {
    await using proxy = await proxyTo([], { limits: { readerStallMs: 1_000 } });
    // Without a socket to write to, the answer stays where it is.
    const req = new IncomingMessage(new Socket());
    Object.assign(req, { method: "GET", url: "/", httpVersion: "1.1", rawHeaders: [], complete: true });
    const res = new ServerResponse(req);
    const unread = new Exchange(proxy.server.serving, req, res, "plain");
    unread.start();
    expect([unread.answered, res.statusCode]).toEqual([true, 400]);
    unread.check(systemClock.now() + 500);
    expect(res.destroyed).toBe(false);
    unread.check(systemClock.now() + 1_001);
    expect(res.destroyed).toBe(true);
    unread.closed();
  });

  it("of a client that stopped reading cuts it off", async () => {
    await using back = await RawServer.start((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      const more = () => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536)));
      };
      socket.on("drain", more);
      more();
    });
    await using proxy = await proxyTo([back.address], { limits: { readerStallMs: 200 } });
    const client = connect(proxy.port, "127.0.0.1");
    client.on("error", () => {});
    client.pause();
    client.write(get());
    await until(() => proxy.names.released.length === 1);
    await until(() => back.sockets[0]?.closed === true);
    client.destroy();
  });
});

describe("a name that leads nowhere [parity: unroutable]", () => {
  const failing = async (code: string, message: string) => {
    await using proxy = await proxyTo([], { dtab: "/svc => /host ; /host => /#/none" });
    proxy.names.error = new NamerError(code, message);
    return (await exchange(proxy.port, get("/", ["l5d-dtab: /svc/x => /y"]))).text;
  };

  it("is a 502 with both delegation tables", async () => {
    const text = await failing("CLIENT_NO_ROUTE", "no route");
    expect(text).toMatch(/^HTTP\/1\.1 502 /);
    const show = (dtab: string) => Dtab.parse(dtab).entries.map((entry) => `  ${entry.show()}`);
    expect(text.split("\r\n\r\n")[1]?.split("\n")).toEqual([
      "Unable to route request!",
      "",
      "service name: /svc/web",
      "dtab:",
      "base dtab:",
      ...show("/svc => /host ; /host => /#/none"),
      "override dtab:",
      ...show("/svc/x => /y"),
    ]);
  });

  it("says why where the namer does", async () => {
    expect(await failing("CLIENT_NO_ENDPOINTS", "no endpoints in /#/x")).toMatch(/\ncause: no endpoints in \/#\/x$/);
    const late = "Exceeded 10.seconds binding timeout while resolving name: /svc/web; rancher: connection refused";
    const text = await failing("CLIENT_BINDING_TIMEOUT", late);
    expect(text).toMatch(/^HTTP\/1\.1 502 /);
    expect(text.endsWith(`\r\n\r\n${late}`)).toBe(true);
    expect(await failing("CLIENT_TOO_MANY_WAITING", "too many")).toMatch(/^HTTP\/1\.1 503 /);
  });

  it("is let go of when the client goes away first", async () => {
    await using proxy = await proxyTo([]);
    proxy.names.hold = new Promise(() => {});
    const client = connect(proxy.port, "127.0.0.1");
    client.write(get());
    await until(() => proxy.names.acquired.length === 1);
    client.destroy();
    await until(() => proxy.names.aborted === 1);
  });

  it("that resolves after the client went away is given back unused", async () => {
    await using back = await RawServer.start(ok);
    await using proxy = await proxyTo([back.address]);
    let resolve = () => {};
    proxy.names.hold = new Promise((done) => {
      resolve = done;
    });
    const client = connect(proxy.port, "127.0.0.1");
    client.write(get());
    await until(() => proxy.names.acquired.length === 1);
    client.destroy();
    await until(() => proxy.names.aborted === 1);
    resolve();
    await until(() => proxy.names.released.length === 1);
    expect(proxy.names.released).toEqual(["ignorable"]);
    expect(back.sockets).toHaveLength(0);
  });
});
