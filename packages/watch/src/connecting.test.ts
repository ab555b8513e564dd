import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@namerkit/core";
import { ManualClock } from "@namerkit/core/testing";
import { faultyServer, hang, json, slow, until } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHttp } from "./http.js";

describe("unix sockets", () => {
  let folder: string;
  let server: Server;
  let listener: RequestListener;
  const socketPath = () => join(folder, "agent.sock");

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "namerkit-unix-"));
    listener = ({ url, headers }, response) => response.end(JSON.stringify({ url, host: headers.host }));
    server = createServer((request, response) => listener(request, response));
    await new Promise<void>((resolve) => server.listen(socketPath(), resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  it("are connected to in the place of the URL's host", async () => {
    using http = createHttp({ clock: systemClock }, { socketPath: socketPath() });
    const answer = await http.request("http://localhost/v1/status/leader?a=b");
    expect(answer.json()).toEqual({ url: "/v1/status/leader?a=b", host: "localhost" });
  });

  it("are named when nobody listens", async () => {
    using http = createHttp({ clock: systemClock }, { socketPath: join(folder, "none.sock") });
    await expect(http.request("http://localhost/")).rejects.toMatchObject({
      code: "NAMER_UNAVAILABLE",
      message: expect.stringMatching(/ENOENT.*none\.sock/),
    });
  });

  it("have deadlines, and are let go of, like others", async () => {
    let open = 0;
    server.on("connection", (socket) => {
      open++;
      socket.on("close", () => open--);
    });
    listener = () => {};
    using http = createHttp({ clock: systemClock }, { socketPath: socketPath() });
    await expect(http.request("http://localhost/", { deadlineMs: 50 })).rejects.toThrow(/no answer within 50 ms/);
    await until(() => open === 0);
  });
});

describe("idle connections", () => {
  it("are closed after a while by the clock, those in use are not", async () => {
    await using server = await faultyServer(({ url }) => (url === "/hang" ? hang() : slow(20, json(1))));
    const clock = new ManualClock();
    using http = createHttp({ clock }, { idleMs: 1_000 });
    const hanging = http.request(`${server.url}/hang`, { deadlineMs: 60_000 }).catch(() => {});
    await Promise.all([1, 2, 3].map(() => http.request(server.url)));
    expect(server.openConnections).toBe(4);
    await clock.advance(1_000);
    await http.request(server.url);
    expect(server.openConnections).toBe(4);
    await clock.advance(1_000);
    // The one that was used in between has its time yet.
    await until(() => server.openConnections === 2);
    await clock.advance(1_000);
    await until(() => server.openConnections === 1);
    expect((await http.request(server.url)).status).toBe(200);
    http.close();
    await hanging;
    expect(clock.pending).toBe(0);
  });
});

describe("a request that is aborted on its way", () => {
  it("takes its connection with it, and nothing is connected to for it again", async () => {
    await using server = await faultyServer(() => hang());
    using http = createHttp({ clock: systemClock });
    for (let asked = 1; asked <= 5; asked++) {
      const controller = new AbortController();
      const waiting = http.request(server.url, { signal: controller.signal });
      await until(() => server.requestCount === asked);
      controller.abort();
      await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
      await until(() => server.openConnections === 0);
      await turns(20);
    }
    // Accepted after all others that were made before it.
    const { hostname, port } = new URL(server.url);
    const last = connect(Number(port), hostname);
    await until(() => server.openConnections > 0);
    expect(server.connectionCount).toBe(6);
    last.destroy();
  });
});

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe("the number of sockets", () => {
  it("never exceeds what is allowed, though the server resets and lets connect again", async () => {
    await using server = await faultyServer();
    let most = 0;
    server.onRequest = () => {
      most = Math.max(most, server.openConnections);
    };
    using http = createHttp({ clock: systemClock }, { connections: 8 });
    const round = (number: number) =>
      Promise.allSettled(Array.from({ length: number }, () => http.request(server.url, { deadlineMs: 5_000 })));
    for (const behaviour of ["reset", "ok", "hang up", "reset connection", "ok", "truncate", "ok"] as const) {
      server.behave(behaviour);
      const settled = await round(60);
      if (behaviour === "ok") expect(settled.every(({ status }) => status === "fulfilled")).toBe(true);
    }
    server.behave(slow(5, json(1)));
    expect((await round(100)).every(({ status }) => status === "fulfilled")).toBe(true);
    expect(most).toBeLessThanOrEqual(8);
    expect(most).toBeGreaterThan(4);
  });

  it("is one again when those that were aborted are gone", async () => {
    await using server = await faultyServer(() => hang());
    using http = createHttp({ clock: systemClock }, { connections: 2 });
    for (let i = 0; i < 5; i++) {
      const controller = new AbortController();
      const before = server.requestCount;
      const waiting = [1, 2, 3].map(() => http.request(server.url, { signal: controller.signal }).catch(() => {}));
      await until(() => server.requestCount === before + 2);
      controller.abort();
      await Promise.all(waiting);
    }
    await until(() => server.openConnections === 0);
    server.behave(() => json(1));
    expect((await http.request(server.url)).status).toBe(200);
  });
});
