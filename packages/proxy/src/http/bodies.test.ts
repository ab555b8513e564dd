import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { address } from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { exchange, get, proxyTo, RawServer, until } from "../../test/kit.js";

const MB = 1 << 20;
const chunk = Buffer.alloc(64 * 1024, "x");

/** Writes until the other side takes no more; says how much it took. */
function pump(socket: Socket, limit: number): { sent(): number; stalled(): boolean } {
  let sent = 0;
  let stalled = false;
  const more = () => {
    stalled = false;
    while (sent < limit) {
      sent += chunk.length;
      if (!socket.write(chunk)) {
        stalled = true;
        socket.once("drain", more);
        return;
      }
    }
  };
  more();
  return { sent: () => sent, stalled: () => stalled };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 300));

describe("a request body", () => {
  it("of known length and in chunks arrives as it is, framed the same way", async () => {
    const bodies: string[] = [];
    const back = createServer((req, res) => {
      let text = "";
      req.on("data", (part) => {
        text += part;
      });
      req.on("end", () => {
        bodies.push(`${req.headers["content-length"]} ${req.headers["transfer-encoding"]} ${text.length}`);
        res.end("ok");
      });
    });
    await new Promise<void>((resolve) => back.listen(0, "127.0.0.1", resolve));
    await using proxy = await proxyTo([address("127.0.0.1", (back.address() as AddressInfo).port)]);
    const url = `http://127.0.0.1:${proxy.port}/`;
    const big = "y".repeat(3 * MB);
    expect(await (await fetch(url, { method: "POST", body: big })).text()).toBe("ok");
    const stream = new Blob(["a".repeat(1_000), "b".repeat(1_000)]).stream();
    expect(await (await fetch(url, { method: "PUT", body: stream, duplex: "half" } as RequestInit)).text()).toBe("ok");
    expect(await (await fetch(url, { method: "POST" })).text()).toBe("ok");
    expect(await (await fetch(url, { method: "DELETE", body: "d" })).text()).toBe("ok");
    expect(bodies).toEqual([
      `${3 * MB} undefined ${3 * MB}`,
      "undefined chunked 2000",
      "0 undefined 0",
      "1 undefined 1",
    ]);
    back.closeAllConnections();
    back.close();
  });

  it("is not read faster than the endpoint takes it [parity: streaming]", async () => {
    await using back = await RawServer.start((socket) => socket.pause());
    await using proxy = await proxyTo([back.address]);
    const client = connect(proxy.port, "127.0.0.1");
    client.on("error", () => {});
    client.write(`POST / HTTP/1.1\r\nHost: web\r\nContent-Length: ${500 * MB}\r\n\r\n`);
    const pumped = pump(client, 500 * MB);
    await until(() => pumped.stalled());
    await settled();
    // What the kernel buffers on four sides, and no more.
    expect(pumped.sent()).toBeLessThan(40 * MB);
    client.destroy();
    // Nobody hears of the end of a connection that nobody reads from; as soon as the endpoint reads on, it shows.
    back.sockets[0]?.removeAllListeners("data").resume();
    await until(() => proxy.names.released.length === 1);
    expect(proxy.names.released).toEqual(["ignorable"]);
  });

  it("that the client breaks off is broken off at the endpoint", async () => {
    let closed = false;
    await using back = await RawServer.start((socket) => {
      socket.on("close", () => {
        closed = true;
      });
    });
    await using proxy = await proxyTo([back.address]);
    const client = connect(proxy.port, "127.0.0.1");
    client.write("POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    await until(() => back.all.includes("abc"));
    client.destroy();
    await until(() => closed);
    expect(back.all).not.toContain("\r\n0\r\n");
  });

  it("still on its way when the answer comes does not cost the client the answer", async () => {
    await using back = await RawServer.start((socket, soFar) => {
      if (soFar.includes("\r\n\r\n")) socket.write("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig");
    });
    await using proxy = await proxyTo([back.address]);
    const request = `POST / HTTP/1.1\r\nHost: web\r\nContent-Length: ${3 * MB}\r\n\r\n`;
    const { text, reset } = await exchange(proxy.port, [request, "z".repeat(2 * MB)]);
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text).toMatch(/\r\nConnection: close\r\n/);
    expect(text).toMatch(/\r\n\r\nbig$/);
    expect(reset).toBe(false);
  });

  it("is asked for with 100 only when an endpoint is there to take it [parity: expect]", async () => {
    await using back = await RawServer.start((socket, soFar) => {
      if (soFar.endsWith("abc")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    await using proxy = await proxyTo([back.address]);
    const head =
      "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n";
    const client = connect(proxy.port, "127.0.0.1");
    let text = "";
    client.on("data", (part) => {
      if (text === "") client.write("abc");
      text += part;
    });
    client.write(head);
    await until(() => text.includes(" 200 "));
    expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    expect(back.all).not.toMatch(/expect:/i);
    await using nowhere = await proxyTo([], {
      identifiers: [{ identify: () => ({ unidentified: "nobody" }) }],
    });
    const refused = await exchange(nowhere.port, head);
    expect(refused.text).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe("an answer's body", () => {
  it("is not read faster than the client takes it, and is whole in the end [parity: streaming]", async () => {
    let pumped: ReturnType<typeof pump> | undefined;
    const total = 100 * MB;
    await using back = await RawServer.start((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
      pumped = pump(socket, total);
    });
    await using proxy = await proxyTo([back.address]);
    const client = connect(proxy.port, "127.0.0.1");
    client.write(get());
    let received = 0;
    client.once("readable", () => {});
    await until(() => pumped?.stalled() === true);
    await settled();
    expect(pumped?.sent()).toBeLessThan(40 * MB);
    client.on("data", (part) => {
      received += part.length;
    });
    await new Promise((resolve) => client.once("end", resolve));
    expect(received).toBeGreaterThan(total);
    expect(proxy.names.released).toEqual(["success"]);
  });

  it("that nobody reads any more is broken off at the endpoint", async () => {
    let closed = false;
    await using back = await RawServer.start((socket) => {
      socket.on("close", () => {
        closed = true;
      });
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    });
    await using proxy = await proxyTo([back.address]);
    await exchange(proxy.port, get(), (text) => text.includes("abc"));
    await until(() => closed);
    expect(proxy.names.released).toEqual(["ignorable"]);
  });

  it.each([
    ["of known length", "GET / HTTP/1.1\r\nHost: web\r\n\r\n", "Content-Length: 10\r\n\r\nabc"],
    ["in chunks", "GET / HTTP/1.1\r\nHost: web\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"],
    ["to an HTTP/1.0 client", "GET / HTTP/1.0\r\nHost: web\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"],
  ])("%s that breaks off never looks whole [parity: broken-answer]", async (_what, request, answer) => {
    await using back = await RawServer.start((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${answer}`);
      setTimeout(() => socket.end(), 50);
    });
    await using proxy = await proxyTo([back.address]);
    const { text, reset } = await exchange(proxy.port, request);
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text).not.toMatch(/\r\n0\r\n\r\n$/);
    if (request.includes("1.0")) expect(reset).toBe(true);
    expect(proxy.names.released).toEqual(["failure"]);
  });

  it("may start while the request body is still on its way", async () => {
    await using back = await RawServer.start((socket, soFar) => {
      if (soFar.endsWith("one")) socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nuno\r\n");
      if (soFar.endsWith("0\r\n\r\n")) socket.write("3\r\ndos\r\n0\r\n\r\n");
    });
    await using proxy = await proxyTo([back.address]);
    const client = connect(proxy.port, "127.0.0.1");
    let text = "";
    client.on("data", (part) => {
      text += part;
    });
    client.write("POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
    await until(() => text.includes("uno"));
    client.write("3\r\ntwo\r\n0\r\n\r\n");
    await until(() => text.endsWith("0\r\n\r\n"));
    expect(text).toContain("dos");
    expect(back.all).toContain("two");
    client.destroy();
  });
});
