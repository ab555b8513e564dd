import { connect } from "node:net";
import { Path } from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { always, exchange, get, RawServer, until } from "../test/kit.js";
import { world } from "../test/world.js";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const broken = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 3\r\n\r\nbad";
const wish = "GET / HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";

describe("a proxy with real names", () => {
  it("has a retry go where the balancer sends it, by the settings of its service", async () => {
    await using bad = await RawServer.start(always(broken));
    await using good = await RawServer.start(always(ok));
    const asked: string[] = [];
    await using proxy = await world(
      { web: [bad.address, good.address] },
      {
        router: {
          service: {
            of: (name) => {
              asked.push(name.show());
              return { responseClassifier: "io.l5d.http.retryableRead5XX" };
            },
          },
        },
      },
    );
    for (let i = 0; i < 30; i++) expect((await exchange(proxy.port, get())).text).toMatch(/^HTTP\/1\.1 200 /);
    // Once for as long as the service is kept.
    expect(asked).toEqual(["/svc/web"]);
    expect(proxy.metrics.snapshot()["rt/http/service/svc/web/retries/total"]).toBeGreaterThan(0);
    expect(proxy.metrics.snapshot()["rt/http/service/svc/web/success"]).toBe(30);
  });

  it("goes by the settings of a client, which its bound id chooses [parity: client-settings]", async () => {
    await using silent = await RawServer.start(() => {});
    await using proxy = await world(
      { web: [silent.address], slow: [silent.address] },
      {
        router: {
          client: {
            of: (id) => (id.equals(Path.parse("/#/fixed/web")) ? { requestAttemptTimeoutMs: 100 } : {}),
          },
        },
      },
    );
    const slow = exchange(proxy.port, get("/", [], "slow"));
    expect((await exchange(proxy.port, get())).text).toMatch(/^HTTP\/1\.1 503 .*exceeded 100\.milliseconds/s);
    for (const socket of silent.sockets) socket.write(ok);
    expect((await slow).text).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("takes a CONNECT to what its authority is bound to [parity: connect]", async () => {
    await using back = await RawServer.start((socket, soFar) => socket.write(soFar.toUpperCase()));
    await using proxy = await world({ "web:443": [back.address] });
    const connected = await exchange(proxy.port, "CONNECT web:443 HTTP/1.1\r\n\r\nhello", (text) =>
      text.includes("HELLO"),
    );
    expect(connected.text).toMatch(/^HTTP\/1\.1 200 /);
    expect((await exchange(proxy.port, "CONNECT other:443 HTTP/1.1\r\n\r\n")).text).toMatch(/^HTTP\/1\.1 502 /);
  });

  it("lets a tunnel end within the grace of a drain, and cuts it after that", async () => {
    await using back = await RawServer.start((socket, soFar) => {
      if (soFar.endsWith("\r\n\r\n")) socket.write("HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n");
      else if (soFar.endsWith("bye")) socket.end("bye");
    });
    for (const polite of [true, false]) {
      const proxy = await world({ web: [back.address] }, { graceMs: polite ? 20_000 : 300 });
      const socket = connect(proxy.port, "127.0.0.1");
      let text = "";
      let closed = false;
      socket.on("error", () => {});
      socket.on("close", () => {
        closed = true;
      });
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1");
      });
      socket.write(wish);
      await until(() => text.includes("101"));
      const drained = proxy.proxy.drain();
      if (polite) socket.write("bye");
      await drained;
      await until(() => closed);
      expect(text.endsWith("bye")).toBe(polite);
    }
    await until(() => back.sockets.every((socket) => socket.destroyed));
  });
});
