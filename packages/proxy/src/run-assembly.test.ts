import { connect } from "node:net";
import { address, closable, NamerError } from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { always, closedPort, exchange, get, RawServer, until } from "../test/kit.js";
import { world } from "../test/world.js";
import type { Connector } from "./upstream/connect.js";

const ok = always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
const hello = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

describe("a proxy", () => {
  it("takes a request from its Host to an endpoint and counts it", async () => {
    await using back = await RawServer.start(ok);
    await using here = await world({ web: [back.address] });
    const { text } = await exchange(here.port, get());
    expect(text).toMatch(/\r\n\r\nok$/);
    expect(back.all).toContain("l5d-dst-client: /#/fixed/web\r\n");
    const all = here.metrics.snapshot();
    expect(all).toMatchObject({
      "rt/http/service/svc/web/requests": 1,
      "rt/http/service/svc/web/success": 1,
      "rt/http/service/svc/web/failures": 0,
      "rt/http/service/svc/web/pending": 0,
      "rt/http/service/svc/web/request_latency_ms.count": 1,
      "rt/http/client/#/fixed/web/requests": 1,
      "rt/http/client/#/fixed/web/success": 1,
      "rt/http/client/#/fixed/web/status/200": 1,
      "rt/http/client/#/fixed/web/status/2XX": 1,
      "rt/http/client/#/fixed/web/connects": 1,
      "rt/http/client/#/fixed/web/connections": 1,
      "rt/http/originator": 1,
      [`rt/http/server/127.0.0.1/${here.port}/requests`]: 1,
      [`rt/http/server/127.0.0.1/${here.port}/connects`]: 1,
    });
  });

  it("counts an endpoint's failure, and a connection that was not made as an error", async () => {
    await using back = await RawServer.start(always("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"));
    await using here = await world({ web: [back.address], gone: [await closedPort()] });
    await exchange(here.port, get());
    await exchange(here.port, get("/", [], "gone"));
    expect(here.metrics.snapshot()).toMatchObject({
      "rt/http/service/svc/web/failures": 1,
      "rt/http/client/#/fixed/web/status/5XX": 1,
      "rt/http/client/#/fixed/gone/failures": 1,
      "rt/http/client/#/fixed/gone/status/error": 1,
    });
  });

  it("finds another endpoint of the name when one refuses", async () => {
    await using back = await RawServer.start(ok);
    await using here = await world({ web: [await closedPort(), back.address] });
    for (let i = 0; i < 10; i++) expect((await exchange(here.port, get())).text).toMatch(/ok$/);
  });

  it("names what it cannot route, and says what the catalogue said while a name is pending [parity: unroutable, binding-timeout, pending-reason]", async () => {
    await using here = await world({ slow: "pending", bad: "failed" }, { bindingTimeoutMs: 100 });
    const nowhere = await exchange(here.port, get("/", [], "nowhere"));
    expect(nowhere.text).toMatch(/^HTTP\/1\.1 502 /);
    expect(nowhere.text).toContain("Unable to route request!\n\nservice name: /svc/nowhere\n");
    const slow = await exchange(here.port, get("/", [], "slow"));
    expect(slow.text).toContain("Exceeded 100.milliseconds binding timeout while resolving name: /svc/slow");
    expect(slow.text).toContain("connection refused by catalogue");
    // It never got as far as a service.
    expect(slow.text).not.toMatch(/via:|l5d-success-class/i);
    const bad = await exchange(here.port, get("/", [], "bad"));
    expect(bad.text).toMatch(/^HTTP\/1\.1 502 /);
    expect(bad.text).toContain("catalogue said 403");
  });

  it("waits for no connection longer than bindingTimeoutMs [parity: binding-timeout]", async () => {
    const waited: number[] = [];
    const connector: Connector = ({ timeoutMs }, done) => {
      waited.push(timeoutMs);
      const late = setTimeout(() => done(new NamerError("PROXY_CONNECT_TIMEOUT", "nobody answered"), undefined), 1);
      return closable(() => clearTimeout(late));
    };
    await using here = await world({ web: [address("192.0.2.1", 80)] }, { bindingTimeoutMs: 123, env: { connector } });
    const { text } = await exchange(here.port, get());
    expect(text).toMatch(/^HTTP\/1\.1 502 .*Unable to establish connection to 192\.0\.2\.1:80\..*nobody answered/s);
    expect(waited).toEqual([123]);
  });

  it("lets a request bring delegations along", async () => {
    await using back = await RawServer.start(ok);
    await using here = await world({ web: [back.address] });
    const { text } = await exchange(here.port, get("/", ["l5d-dtab: /svc/other => /#/fixed/web"], "other"));
    expect(text).toMatch(/ok$/);
  });

  it("says which port is taken, and leaves nothing running", async () => {
    await using back = await RawServer.start(ok);
    const { runAssembly } = await import("./run-assembly.js");
    const { memoryMetrics, silentLog, systemClock } = await import("@namerkit/core");
    const security = {
      uiEnabled: true,
      controlEnabled: true,
      diagnosticsEnabled: true,
      pathWhitelist: [],
      pathBlacklist: [],
    };
    const assembly = {
      admin: { ip: "127.0.0.1", port: back.address.port, shutdownGraceMs: 100, security },
      mounted: [],
      routers: [],
    };
    const env = { clock: systemClock, random: Math.random, log: silentLog, metrics: memoryMetrics() };
    await expect(runAssembly(assembly, env)).rejects.toMatchObject({
      code: "PROXY_LISTEN",
      message: expect.stringContaining(`127.0.0.1:${back.address.port}`),
    });
  });
});

describe("draining [parity: drain]", () => {
  it("lets requests in flight finish, takes no new connection, and then closes everything", async () => {
    let release = () => {};
    await using back = await RawServer.start((socket) => {
      release = () => socket.write(hello);
    });
    await using here = await world({ web: [back.address] }, { graceMs: 60_000 });
    const idle = connect(here.port, "127.0.0.1");
    let idleClosed = false;
    idle.on("close", () => {
      idleClosed = true;
    });
    const answer = exchange(here.port, "GET / HTTP/1.1\r\nHost: web\r\n\r\n");
    await until(() => back.all !== "");
    const drained = here.proxy.drain();
    let over = false;
    void drained.then(() => {
      over = true;
    });
    await until(() => idleClosed);
    const late = connect(here.port, "127.0.0.1");
    expect(await new Promise((resolve) => late.once("error", () => resolve("refused")))).toBe("refused");
    const ready = await fetch(`${here.admin}/readyz`);
    expect(ready.status).toBe(503);
    expect(over).toBe(false);
    release();
    const { text } = await answer;
    expect(text).toMatch(/\r\nConnection: close\r\n/);
    expect(text).toMatch(/ok$/);
    await drained;
    await expect(fetch(`${here.admin}/admin/ping`)).rejects.toThrow();
    await until(() => back.sockets.every((socket) => socket.closed));
  });

  it("answers a client that had connected and whose request was under way", async () => {
    await using back = await RawServer.start(ok);
    await using here = await world({ web: [back.address] });
    const socket = connect(here.port, "127.0.0.1");
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk;
    });
    const connections = `rt/http/server/127.0.0.1/${here.port}/connections`;
    await until(() => here.metrics.snapshot()[connections] === 1);
    const drained = here.proxy.drain();
    socket.write("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
    await drained;
    await until(() => socket.closed);
    expect(text).toMatch(/\r\nConnection: close\r\n/);
    expect(text).toMatch(/ok$/);
  });

  it("cuts what is still in flight when the grace is over", async () => {
    await using back = await RawServer.start(() => {});
    await using here = await world({ web: [back.address] }, { graceMs: 100 });
    const answer = exchange(here.port, get());
    await until(() => back.all !== "");
    await here.proxy.drain();
    expect((await answer).text).toBe("");
    await until(() => back.sockets.every((socket) => socket.closed));
  });

  it("ends a keep-alive connection whose answer had begun before", async () => {
    let finish = () => {};
    await using back = await RawServer.start((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
      finish = () => socket.write("0\r\n\r\n");
    });
    await using here = await world({ web: [back.address] }, { graceMs: 60_000 });
    const answer = exchange(here.port, "GET / HTTP/1.1\r\nHost: web\r\n\r\n");
    await until(() => back.all !== "");
    await new Promise((resolve) => setTimeout(resolve, 50));
    const drained = here.proxy.drain();
    finish();
    expect((await answer).text).toMatch(/0\r\n\r\n$/);
    await drained;
  });

  it("close cuts at once, twice is once", async () => {
    await using back = await RawServer.start(() => {});
    await using here = await world({ web: [back.address] });
    const answer = exchange(here.port, get());
    await until(() => back.all !== "");
    here.proxy.close();
    here.proxy.close();
    expect((await answer).text).toBe("");
    await until(() => back.sockets.every((socket) => socket.closed));
    await here.proxy.drain();
  });
});
