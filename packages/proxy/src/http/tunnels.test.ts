import { connect, type Socket } from "node:net";
import type { FinishedRequest } from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { always, closedPort, exchange, get, proxyTo, RawServer, until } from "../../test/kit.js";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const wish =
  "GET /chat HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: abc\r\n\r\n";
const switched =
  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: xyz\r\n\r\n";

/** A client that keeps its connection. */
class Client implements Disposable {
  readonly socket: Socket;
  text = "";
  ended = false;
  closed = false;

  constructor(port: number, bytes: string) {
    this.socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    this.socket.on("data", (chunk) => {
      this.text += chunk.toString("latin1");
    });
    this.socket.on("end", () => {
      this.ended = true;
    });
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.closed = true;
    });
    this.socket.write(bytes, "latin1");
  }
  async says(part: string): Promise<void> {
    await until(() => this.text.includes(part), { timeoutMs: 10_000 });
  }
  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** An endpoint that agrees to an Upgrade and repeats what it hears after that, in upper case. */
function echoing(greeting = ""): (socket: Socket, soFar: string) => void {
  const agreed = new WeakMap<Socket, number>();
  return (socket, soFar) => {
    const from = agreed.get(socket);
    if (from === undefined) {
      const end = soFar.indexOf("\r\n\r\n");
      if (end === -1) return;
      socket.write(switched + greeting, "latin1");
      if (soFar.length > end + 4) socket.write(soFar.slice(end + 4).toUpperCase(), "latin1");
    } else {
      socket.write(soFar.slice(from).toUpperCase(), "latin1");
    }
    agreed.set(socket, soFar.length);
  };
}

describe("an Upgrade that the endpoint agrees to [parity: upgrade]", () => {
  it("becomes a tunnel, with the heads of both sides", async () => {
    await using back = await RawServer.start(echoing());
    await using proxy = await proxyTo([back.address]);
    using client = new Client(proxy.port, wish);
    await client.says("\r\n\r\n");
    expect(client.text).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    expect(client.text).toMatch(/\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nVia: 1\.1 linkerd\r\n/);
    expect(client.text).toContain("\r\nSec-WebSocket-Accept: xyz\r\n");
    expect(client.text).not.toMatch(/transfer-encoding|content-length|keep-alive/i);
    expect(back.all).toMatch(/^GET \/chat HTTP\/1\.1\r\nhost: web\r\nconnection: upgrade\r\nupgrade: websocket\r\n/);
    expect(back.all).toMatch(/\r\nSec-WebSocket-Key: abc\r\n.*l5d-dst-service: \/svc\/web\r\n/s);
    for (const word of ["one", "two", "three"]) {
      client.socket.write(word);
      await client.says(word.toUpperCase());
    }
  });

  it("loses nothing that either side sends along with its head", async () => {
    await using back = await RawServer.start(echoing("welcome"));
    await using proxy = await proxyTo([back.address]);
    using client = new Client(proxy.port, `${wish}early`);
    await client.says("welcome");
    await client.says("EARLY");
  });

  it("ends each direction by itself: the client's first", async () => {
    let heard = () => {};
    await using back = await RawServer.start((socket, soFar) => {
      if (!soFar.endsWith("bye")) {
        socket.allowHalfOpen = true;
        if (soFar.endsWith("\r\n\r\n")) socket.write(switched);
        socket.once("end", () => heard());
      }
    });
    await using proxy = await proxyTo([back.address]);
    using client = new Client(proxy.port, wish);
    await client.says("\r\n\r\n");
    const ended = new Promise<void>((resolve) => {
      heard = resolve;
    });
    client.socket.end("bye");
    await ended;
    expect(back.all.endsWith("bye")).toBe(true);
    back.sockets[0]?.end("and good night");
    await client.says("and good night");
    await until(() => client.closed && proxy.server.serving.stats.pending === 0);
  });

  it("ends each direction by itself: the endpoint's first", async () => {
    await using back = await RawServer.start((socket, soFar) => {
      socket.allowHalfOpen = true;
      if (soFar.endsWith("\r\n\r\n")) socket.end(`${switched}bye`);
    });
    await using proxy = await proxyTo([back.address]);
    using client = new Client(proxy.port, wish);
    await until(() => client.ended);
    client.socket.write("still here");
    await until(() => back.all.endsWith("still here"));
    client.socket.end();
    await until(() => client.closed && proxy.server.serving.stats.pending === 0);
  });

  it.each(["client", "endpoint"])("is over on both sides when the %s breaks off", async (side) => {
    await using back = await RawServer.start(echoing());
    await using proxy = await proxyTo([back.address]);
    using client = new Client(proxy.port, wish);
    await client.says("\r\n\r\n");
    if (side === "client") client.socket.resetAndDestroy();
    else back.sockets[0]?.resetAndDestroy();
    await until(() => client.closed && back.sockets[0]?.destroyed === true);
    await until(() => proxy.server.serving.stats.pending === 0);
  });

  it("is not read faster than the other side takes it", async () => {
    let sent = 0;
    const block = Buffer.alloc(256 * 1_024, "x");
    await using back = await RawServer.start((socket, soFar) => {
      if (!soFar.endsWith("\r\n\r\n")) return;
      socket.write(switched);
      const more = () => {
        while (sent < 400) {
          sent++;
          if (!socket.write(block)) return;
        }
      };
      socket.on("drain", more);
      more();
    });
    await using proxy = await proxyTo([back.address]);
    using client = new Client(proxy.port, wish);
    await client.says("\r\n\r\n");
    client.socket.pause();
    // Until nothing moves any more.
    for (let before = -1; before !== sent; ) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(sent).toBeLessThan(200);
    client.socket.resume();
    await until(() => client.text.length >= 400 * block.length, { timeoutMs: 20_000 });
  });

  it("is cut after a long silence", async () => {
    await using back = await RawServer.start(echoing());
    await using proxy = await proxyTo([back.address], { limits: { tunnelIdleMs: 300 } });
    using client = new Client(proxy.port, wish);
    await client.says("\r\n\r\n");
    await until(() => client.closed && back.sockets[0]?.destroyed === true);
    expect(proxy.server.serving.stats.pending).toBe(0);
  });

  it("counts as one request, which lasts as long as the tunnel", async () => {
    const seen: FinishedRequest[] = [];
    await using back = await RawServer.start(echoing());
    await using proxy = await proxyTo([back.address], { observers: [{ finished: (request) => seen.push(request) }] });
    using client = new Client(proxy.port, wish);
    client.socket.write("ping");
    await client.says("PING");
    expect([proxy.server.serving.stats.pending, seen.length]).toEqual([1, 0]);
    client.socket.end();
    await until(() => seen.length === 1);
    expect(seen[0]).toMatchObject({ status: 101, bytes: 4, error: undefined });
    const metrics = proxy.metrics.snapshot();
    expect(metrics["rt/http/client/#/fake/web/status/101"]).toBe(1);
    expect(metrics["rt/http/service/svc/web/success"]).toBe(1);
    expect(proxy.names.released).toEqual(["success"]);
    await until(() => proxy.metrics.snapshot()["rt/http/client/#/fake/web/connections"] === 0);
  });

  it("keeps a drain waiting, and is cut in the end", async () => {
    await using back = await RawServer.start(echoing());
    await using proxy = await proxyTo([back.address]);
    using client = new Client(proxy.port, wish);
    await client.says("\r\n\r\n");
    let drained = false;
    const drain = proxy.server.drain().then(() => {
      drained = true;
    });
    client.socket.write("still");
    await client.says("STILL");
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(drained).toBe(false);
    proxy.server.close();
    await drain;
    await until(() => client.ended && back.sockets[0]?.destroyed === true);
  });
});

describe("an Upgrade that does not become a tunnel [parity: upgrade]", () => {
  it("is answered as the endpoint answers, and ends the connection", async () => {
    await using back = await RawServer.start(always(ok));
    await using proxy = await proxyTo([back.address]);
    const { text, ended } = await exchange(proxy.port, wish);
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n.*Connection: close\r\n.*\r\n\r\nok$/is);
    expect(ended).toBe(true);
  });

  it("has whatever long answer the endpoint gives, at the speed of the client", async () => {
    const length = 3_000_000;
    await using back = await RawServer.start(
      always(`HTTP/1.1 403 No\r\nContent-Length: ${length}\r\n\r\n${"x".repeat(length)}`),
    );
    await using proxy = await proxyTo([back.address]);
    const { text } = await exchange(proxy.port, wish);
    expect(text.split("\r\n\r\n")[1]?.length).toBe(length);
    await until(() => proxy.server.serving.stats.pending === 0);
  });

  it("is a 502 where nobody takes the connection", async () => {
    await using proxy = await proxyTo([await closedPort()]);
    expect((await exchange(proxy.port, wish)).text).toMatch(/^HTTP\/1\.1 502 /);
  });

  it("is let go of when the client goes away first", async () => {
    await using back = await RawServer.start(() => {});
    await using proxy = await proxyTo([back.address]);
    const client = new Client(proxy.port, wish);
    await until(() => back.all !== "");
    client.socket.resetAndDestroy();
    await until(() => proxy.server.serving.stats.pending === 0 && back.sockets[0]?.destroyed === true);
  });

  it.each([
    ["to HTTP/2, which would carry requests past the proxy", "Upgrade: h2c, websocket", ""],
    ["with a body", "Upgrade: websocket\r\nContent-Length: 4", "body"],
    ["with chunks", "Upgrade: websocket\r\nTransfer-Encoding: chunked", "4\r\nbody\r\n0\r\n\r\n"],
  ])("%s is an ordinary request", async (_, headers, body) => {
    await using back = await RawServer.start((socket, soFar) => {
      if (soFar.endsWith(body) || soFar.endsWith("\r\n\r\n")) socket.write(ok);
    });
    await using proxy = await proxyTo([back.address]);
    const first = `POST /a HTTP/1.1\r\nHost: web\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: x\r\n${headers}\r\n\r\n${body}`;
    const { text } = await exchange(proxy.port, `${first}${get("/b")}`);
    // The connection goes on: the second request is answered too.
    expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(back.all).not.toMatch(/\r\n(?:upgrade|http2-settings):/i);
    expect(back.all).toMatch(/POST \/a .*GET \/b /s);
    expect(proxy.metrics.snapshot()[`rt/http/server/127.0.0.1/${proxy.port}/connects`]).toBe(1);
    await until(() => proxy.metrics.snapshot()[`rt/http/server/127.0.0.1/${proxy.port}/connections`] === 0);
  });

  it("of an HTTP/1.0 client is an ordinary request", async () => {
    await using back = await RawServer.start(always(ok));
    await using proxy = await proxyTo([back.address]);
    const { text } = await exchange(proxy.port, wish.replace("HTTP/1.1", "HTTP/1.0"));
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(back.all).not.toMatch(/\r\nupgrade:/i);
  });

  it("behind a request without an answer yet ends the connection", async () => {
    await using back = await RawServer.start(() => {});
    await using proxy = await proxyTo([back.address]);
    const { text } = await exchange(proxy.port, `${get().replace("Connection: close\r\n", "")}${wish}`);
    expect(text).toBe("");
  });
});

describe("CONNECT [parity: connect]", () => {
  const call = "CONNECT shop:443 HTTP/1.1\r\nHost: other\r\n\r\n";

  it("is named by its authority, and tunnels to the endpoint", async () => {
    await using back = await RawServer.start((socket, soFar) => socket.write(`<${soFar}>`));
    await using proxy = await proxyTo([back.address]);
    using client = new Client(proxy.port, call);
    await client.says("\r\n\r\n");
    expect(client.text).toMatch(/^HTTP\/1\.1 200 [^\r]*\r\nVia: 1\.1 linkerd\r\n\r\n$/);
    client.socket.write("hello");
    await client.says("<hello>");
    expect(proxy.names.acquired.map(({ path }) => path)).toEqual(["/svc/shop:443"]);
    expect(back.all).toBe("hello");
    client.socket.end();
    await until(() => client.closed && proxy.server.serving.stats.pending === 0);
    expect(proxy.metrics.snapshot()["rt/http/client/#/fake/web/status/200"]).toBe(1);
  });

  it("loses nothing that is sent along with it", async () => {
    await using back = await RawServer.start((socket, soFar) => socket.write(`<${soFar}>`));
    await using proxy = await proxyTo([back.address]);
    using client = new Client(proxy.port, `${call}early`);
    await client.says("<early>");
  });

  it("never gets a connection on which HTTP was spoken", async () => {
    await using back = await RawServer.start((socket, soFar) => socket.write(soFar.endsWith("\r\n\r\n") ? ok : "raw"));
    await using proxy = await proxyTo([back.address], {
      limits: { connectionsPerEndpoint: 1, connectMs: 5_000 },
    });
    await exchange(proxy.port, get());
    using client = new Client(proxy.port, call);
    await client.says("\r\n\r\n");
    client.socket.write("hello");
    await client.says("raw");
    expect(back.received.at(-1)).toBe("hello");
  });

  it("moves on where an endpoint cannot be reached, and is a 502 where none can", async () => {
    await using back = await RawServer.start((socket) => socket.write("raw"));
    await using proxy = await proxyTo([await closedPort(), back.address]);
    using client = new Client(proxy.port, `${call}x`);
    await client.says("raw");
    await using none = await proxyTo([await closedPort()]);
    expect((await exchange(none.port, call)).text).toMatch(/^HTTP\/1\.1 502 .*Connection: close\r\n/s);
  });
});
