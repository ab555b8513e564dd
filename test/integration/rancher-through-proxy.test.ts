import { systemClock } from "@namerkit/core";
import { type Listening, listen, Metadata } from "@namerkit/mock-metadata";
import { faultyServer, until } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { serve } from "../support/http.js";
import { TestProxy } from "../support/proxy.js";

const description = `
stacks:
  shop:
    services:
      web: { addresses: [127.0.0.31, 127.0.0.32, 127.0.0.33, 127.0.0.34, 127.0.0.35], scale: 1 }
      spare: { addresses: [127.0.0.1] }
`;

const config = (metadataPort: number, port: number, more = ""): string => `
admin: { port: 0 }
namers:
- kind: io.l5d.rancher
  host: 127.0.0.1
  port: ${metadataPort}
  allowLoopback: true
  firstAnswerMs: 300
  ${more}
routers:
- protocol: http
  bindingTimeoutMs: 5000
  dtab: |
    /svc => /#/io.l5d.rancher/${port}/shop ;
    /svc/either => /#/io.l5d.rancher/${port}/shop/web | /#/io.l5d.rancher/${port}/shop/spare ;
  servers:
  - port: 0
`;

let metadata: Metadata;
let api: Listening;

beforeEach(async () => {
  metadata = new Metadata(description, { clock: systemClock, random: Math.random });
  api = await listen(metadata);
});
afterEach(() => api.close());

/** Web servers that tell their address, on one port of several loopback addresses. */
async function containers(ips: readonly string[]) {
  const first = await serve((request, response) => response.end(request.socket.localAddress));
  const others: { close(): void }[] = [];
  for (const ip of ips)
    others.push(await serve((_request, response) => response.end(ip), { host: ip, port: first.port }));
  return {
    port: first.port,
    async [Symbol.asyncDispose]() {
      for (const one of [first, ...others]) one.close();
    },
  };
}

/** That names follow the catalogue, fall back, and outlive it, is told by demo-story.test.ts, on whole processes. */
describe("a name from the catalogue to a request [parity: namer-rancher]", () => {
  it("is Failed with the cause while the API is down, and serves as soon as it is up [parity: pending-reason]", async () => {
    await using back = await containers(["127.0.0.31"]);
    metadata.takeDown();
    await using proxy = await TestProxy.start(config(api.port, back.port));
    const refused = await proxy.get("web");
    expect(refused.status).toBe(502);
    expect(refused.body).toContain("ECONNREFUSED");
    metadata.bringBack();
    await until(async () => (await proxy.get("web")).status === 200, { what: "the first good answer" });
  });

  it("asks the catalogue the same few things per change, however many names are bound", async () => {
    await using back = await containers(["127.0.0.31"]);
    await using proxy = await TestProxy.start(config(api.port, back.port));
    const names = ["web", "spare", "either", "web/a", "nobody", "nothing"];
    for (const name of names) await proxy.get(name);
    await until(() => metadata.waiting === 1, { what: "one poll waiting" });
    // Containers, services, hosts, the version again, and the poll. Whose stack it is, is known: the spare container has our address.
    const perChange = 5;
    const before = metadata.asked;
    metadata.reload();
    await until(() => metadata.asked.polls > before.polls && metadata.waiting === 1, { what: "the next poll" });
    expect(metadata.asked.requests - before.requests).toBe(perChange);
    expect(api.sockets).toBeLessThanOrEqual(2);
  });

  it("lets go of the catalogue when it is closed", async () => {
    await using back = await containers(["127.0.0.31"]);
    const proxy = await TestProxy.start(config(api.port, back.port));
    await proxy.get("web");
    await until(() => metadata.waiting === 1, { what: "one poll waiting" });
    await proxy[Symbol.asyncDispose]();
    await until(() => api.sockets === 0 && metadata.waiting === 0, { what: "no socket left" });
  });
});

describe("endpoints that fail", () => {
  it("that refuse are passed over for another of the service", async () => {
    await using back = await containers(["127.0.0.31", "127.0.0.32"]);
    metadata.scale("shop/web", 4);
    await using proxy = await TestProxy.start(config(api.port, back.port));
    const answers = new Set<string>();
    for (let i = 0; i < 60; i++) {
      const { status, body } = await proxy.get("web");
      expect(status, body).toBe(200);
      answers.add(body);
    }
    expect([...answers].sort()).toEqual(["127.0.0.31", "127.0.0.32"]);
  });

  it("that reset or hang up are a 502 with the reason, and the next request is served", async () => {
    await using server = await faultyServer("reset");
    await using proxy = await TestProxy.start(config(api.port, server.port));
    expect((await proxy.get("spare")).status).toBe(502);
    server.behave("hang up");
    expect((await proxy.get("spare")).status).toBe(502);
    server.behave("ok");
    expect((await proxy.get("spare")).status).toBe(200);
  });

  it("that die in the middle of a body end the client's connection, never its body", async () => {
    await using server = await faultyServer("reset mid-body");
    await using proxy = await TestProxy.start(config(api.port, server.port));
    await expect(proxy.get("spare")).rejects.toThrow(/aborted|ECONNRESET|socket hang up/);
  });

  it("that hang are let go of when the client goes away", async () => {
    await using server = await faultyServer("hang");
    await using proxy = await TestProxy.start(config(api.port, server.port));
    const { connect } = await import("node:net");
    const client = connect(proxy.port, "127.0.0.1");
    client.write("GET / HTTP/1.1\r\nHost: spare\r\n\r\n");
    await until(() => server.requestCount === 1, { what: "the request at the endpoint" });
    client.destroy();
    await until(() => server.openConnections === 0, { what: "the connection to the endpoint closed" });
  });
});
