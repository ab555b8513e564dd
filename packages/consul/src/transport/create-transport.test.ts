import { systemClock } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { answer, type FaultyServer, faultyServer, hang, json, until } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TransportConfig } from "./config.js";
import { createTransport } from "./create-transport.js";
import type { AskOptions, ConsulTransport } from "./transport.js";

let server: FaultyServer;
let transport: ConsulTransport;

function start(config: TransportConfig = {}): void {
  transport?.close();
  transport = createTransport(
    { host: "127.0.0.1", port: server.port, ...config },
    { ...testEnv(), clock: systemClock },
  );
}
const ask = (path: string, options: Partial<AskOptions> = {}) =>
  transport.get(path, { signal: new AbortController().signal, deadlineMs: 5_000, ...options });
const urls = () => server.requests.map(({ url }) => url);

beforeEach(async () => {
  server = await faultyServer(() => json([1]));
  start();
});
afterEach(async () => {
  transport.close();
  await server.close();
});

describe("a transport", () => {
  it("asks with token, namespace and consistency, and says what it asks", async () => {
    start({ token: "s3cr3t", namespace: "team", partition: "part", consistencyMode: "stale" });
    const asked: string[] = [];
    const got = await ask("/v1/a?dc=dc1", { request: (text) => asked.push(text) });
    expect([got.status, got.index, got.json(), got.epoch]).toEqual([200, undefined, [1], 1]);
    await ask("/v1/a?ns=other&token=s3cr3t", { request: (text) => asked.push(text) });
    expect(urls()).toEqual([
      "/v1/a?dc=dc1&ns=team&partition=part&stale=true",
      "/v1/a?ns=other&token=s3cr3t&partition=part&stale=true",
    ]);
    expect(server.requests[0]?.headers).toMatchObject({
      "x-consul-token": "s3cr3t",
      host: `127.0.0.1:${server.port}`,
      "accept-encoding": "identity",
    });
    expect(asked[1]).toBe(`GET ${server.url}/v1/a?ns=other&token=***&partition=part&stale=true`);
  });

  it("has an index of good answers and of missing keys only", async () => {
    const headers = { "X-Consul-Index": "7" };
    for (const [status, index] of [
      [200, "7"],
      [404, "7"],
      [500, undefined],
      [403, undefined],
    ] as const) {
      server.behave(() => answer("", { status, headers }));
      expect((await ask("/v1/kv/a", { expect: [404, 500, 403] })).index).toBe(index);
    }
  });

  it("gives a blocking query its wait when it has its turn, for as many names as there are by then", async () => {
    server.behave(() => hang());
    start({ maxConnections: 2 });
    const stop = new AbortController();
    const parked = [
      ask("/v1/a?index=1&wait=60000ms", { blocking: true, epoch: 1, deadlineMs: 70_000, signal: stop.signal }),
      // Its turn comes when the first has gone; by then there are three names for the one slot.
      ask("/v1/b?index=1&wait=60000ms", { blocking: true, epoch: 1, deadlineMs: 70_000 }),
    ];
    const settled = Promise.allSettled(parked);
    await until(() => server.requestCount === 1);
    const names = new AbortController();
    for (let i = 0; i < 3; i++) transport.hold(names.signal);
    expect(transport.waitMs()).toBe(4_705);
    stop.abort();
    await until(() => server.requestCount === 2);
    names.abort();
    expect(urls()).toEqual(["/v1/a?index=1&wait=9411ms", "/v1/b?index=1&wait=4705ms"]);
    void ask("/v1/c?index=1", { blocking: true, epoch: 1 }).catch(() => {});
    expect(transport.state()).toMatchObject({ parked: 1, waiting: 1, slots: 1, waitMs: 9_411 });
    transport.close();
    expect((await settled).map((one) => one.status === "rejected" && one.reason.code)).toEqual(["ABORTED", "CLOSED"]);
    await expect(ask("/v1/a")).rejects.toMatchObject({ code: "CLOSED" });
    expect(transport.state()).toMatchObject({ parked: 0, waiting: 0 });
  });

  it("has a connection for short requests while all slots are taken", async () => {
    server.behave(({ url }) => (url.includes("index") ? hang() : json(url)));
    start({ maxConnections: 4 });
    const stop = new AbortController();
    const parked = [1, 2, 3, 4, 5].map(() =>
      ask("/v1/a?index=1", { blocking: true, epoch: 1, signal: stop.signal }).catch(() => {}),
    );
    await until(() => server.requestCount === 3);
    expect((await ask("/v1/short")).json()).toBe("/v1/short");
    expect(server.openConnections).toBeLessThanOrEqual(4);
    stop.abort();
    await Promise.all(parked);
    // What has been parked took its connection with it.
    await until(() => server.openConnections <= 1);
  });

  it("reads an answer of 20 MB, and none that is larger than what is wanted", async () => {
    const large = JSON.stringify(Array.from({ length: 20 }, () => "x".repeat(1024 * 1024)));
    server.behave(() => answer(large));
    expect((await ask("/v1/large")).json()).toHaveLength(20);
    await expect(ask("/v1/large", { maxBytes: 1024 })).rejects.toMatchObject({ code: "NAMER_ANSWER" });
  });

  it("closes its connections when nobody holds", async () => {
    const holder = new AbortController();
    transport.hold(holder.signal);
    await ask("/v1/a");
    expect(server.openConnections).toBe(1);
    holder.abort();
    await until(() => server.openConnections === 0);
    const again = new AbortController();
    transport.hold(again.signal);
    await ask("/v1/a");
    again.abort();
    await until(() => server.openConnections === 0);
  });

  it("refuses what is no address, and TLS that contradicts itself, before anything is asked", () => {
    expect(() => start({ host: "no host" })).toThrow(expect.objectContaining({ code: "NAMER_CONFIG" }));
    expect(() => start({ tls: { trustCerts: ["a"], trustCertsBundle: "b" } })).toThrow(
      /Please use only trustCertsBundle/,
    );
  });
});
