import { mkdtemp, rm, writeFile } from "node:fs/promises";
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type SecureServerOptions,
  type ServerHttp2Session,
} from "node:http2";
import { createServer as createHttps } from "node:https";
import { type AddressInfo, connect as connectTo, createServer as createRelay, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, silentLog, systemClock } from "@namerkit/core";
import { ManualClock } from "@namerkit/core/testing";
import { testAuthority, until } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHttp, type Http, type HttpOptions } from "../http.js";
import { TlsMaterial } from "../tls/material.js";

let folder: string;
const authority = testAuthority();
const closing: (() => Promise<unknown> | undefined)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "namerkit-h2-"));
  await writeFile(join(folder, "ca.pem"), authority.cert);
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await rm(folder, { recursive: true });
});

type Listener = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

class H2Server {
  readonly server: Http2SecureServer;
  readonly sockets = new Set<Socket>();
  readonly sessions: ServerHttp2Session[] = [];
  connections = 0;
  requests = 0;
  open = 0;
  listener: Listener = ({ url, headers }, response) =>
    response.end(JSON.stringify({ url, host: headers[":authority"], accept: headers.accept }));

  constructor(options: SecureServerOptions) {
    this.server = createSecureServer({ ...authority.issue(), ...options }, (request, response) => {
      this.requests++;
      this.open++;
      response.on("close", () => this.open--);
      this.listener(request, response);
    });
    this.server.on("secureConnection", (socket: Socket) => {
      this.connections++;
      this.sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.sockets.delete(socket));
    });
    this.server.on("session", (session) => {
      this.sessions.push(session);
      session.on("error", () => {});
    });
    this.server.on("sessionError", () => {});
  }

  get url(): string {
    return `https://localhost:${(this.server.address() as AddressInfo).port}`;
  }
}

async function serve(options: SecureServerOptions = {}): Promise<H2Server> {
  const made = new H2Server(options);
  await new Promise<void>((resolve) => made.server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    for (const socket of made.sockets) socket.destroy();
    return new Promise((resolve) => made.server.close(resolve));
  });
  return made;
}

function client(options: HttpOptions = {}, clock: Clock = systemClock): Http {
  const tls = new TlsMaterial({ trustCertsBundle: "ca.pem" }, { clock, log: silentLog, baseDir: folder });
  const http = createHttp({ clock }, { tls, http2: true, ...options });
  closing.push(() => {
    http.close();
    return http.drained();
  });
  return http;
}

/** Stands before a server; frozen, it keeps its connections and passes nothing on. */
async function relayTo(port: string): Promise<{ port: number; frozen: boolean }> {
  const relay = { port: 0, frozen: false };
  const sockets = new Set<Socket>();
  const listening = createRelay((near) => {
    const far = connectTo(Number(port), "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on("data", (chunk) => relay.frozen || to.write(chunk));
      from.on("error", () => {});
      from.on("close", () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  relay.port = (listening.address() as AddressInfo).port;
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => listening.close(resolve));
  });
  return relay;
}

describe("HTTP/2", () => {
  it("is spoken with a server that can: requests share a connection, within what it allows", async () => {
    const server = await serve({ settings: { maxConcurrentStreams: 100 } });
    const capacities: number[] = [];
    const http = client({ connections: 8, capacity: (requests) => capacities.push(requests) });
    expect((await http.request(`${server.url}/a?b=c`)).json()).toEqual({
      url: "/a?b=c",
      host: new URL(server.url).host,
      accept: "application/json",
    });
    let most = 0;
    server.listener = () => {
      most = Math.max(most, server.open);
    };
    const controller = new AbortController();
    const parked = Array.from({ length: 250 }, (_, i) =>
      http.request(`${server.url}/${i}`, { signal: controller.signal }).catch((error: unknown) => error),
    );
    await until(() => server.open === 250);
    expect([server.connections, most, capacities]).toEqual([3, 250, [800]]);
    controller.abort();
    for (const one of await Promise.all(parked)) expect(one).toMatchObject({ code: "ABORTED" });
    await until(() => server.open === 0);
    // Only the streams have gone.
    expect(server.sockets.size).toBe(3);
  });

  it("queues what exceeds all that is allowed, and answers it in turn", async () => {
    const server = await serve({ settings: { maxConcurrentStreams: 2 } });
    let most = 0;
    server.listener = (_, response) => {
      most = Math.max(most, server.open);
      setTimeout(() => response.end("1"), 5);
    };
    const http = client({ connections: 2 });
    const all = await Promise.all(Array.from({ length: 30 }, () => http.request(server.url)));
    expect([all.length, most, server.connections]).toEqual([30, 4, 2]);
  });

  it("is not spoken with one that cannot, nor is a connection wasted to find out", async () => {
    let connections = 0;
    const server = createHttps(authority.issue(), ({ httpVersion }, response) => response.end(httpVersion));
    server.on("secureConnection", () => connections++);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(() => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
    const capacities: number[] = [];
    const http = client({ connections: 4, capacity: (requests) => capacities.push(requests) });
    const url = `https://localhost:${(server.address() as AddressInfo).port}`;
    for (let i = 0; i < 3; i++) expect((await http.request(url)).text()).toBe("1.1");
    expect([connections, capacities]).toEqual([1, [4]]);
    const many = await Promise.all(Array.from({ length: 20 }, () => http.request(url)));
    expect(many.every((answer) => answer.text() === "1.1")).toBe(true);
    expect(connections).toBeLessThanOrEqual(4);
  });

  it("knows the same errors: statuses, deadlines, streams and connections that break", async () => {
    const server = await serve();
    const http = client();
    const ask = (options = {}) => http.request(server.url, options);
    server.listener = (_, response) => response.writeHead(403).end("ACL not found");
    await expect(ask()).rejects.toMatchObject({ code: "NAMER_REFUSED", status: 403, said: "ACL not found" });
    server.listener = () => {};
    await expect(ask({ deadlineMs: 50 })).rejects.toThrow(/no answer within 50 ms/);
    server.listener = (_, response) => {
      response.write("half");
      setTimeout(() => response.stream.close(2), 10);
    };
    await expect(ask()).rejects.toMatchObject({ code: "NAMER_UNAVAILABLE", kind: "broken" });
    server.listener = () => {
      for (const socket of server.sockets) socket.destroy();
    };
    await expect(ask()).rejects.toMatchObject({ code: "NAMER_UNAVAILABLE", kind: "broken" });
    server.listener = (_, response) => response.end("well");
    expect((await ask()).text()).toBe("well");
    await expect(http.request("https://localhost:1")).rejects.toMatchObject({ kind: "connect" });
  });

  it("knows at once of a server that wants a certificate of ours, which with TLS 1.3 it says after the handshake", async () => {
    const server = await serve({ requestCert: true, rejectUnauthorized: true, minVersion: "TLSv1.3" });
    await expect(client().request(server.url, { deadlineMs: 600_000 })).rejects.toMatchObject({
      code: "NAMER_UNAVAILABLE",
      kind: "connect",
      message: expect.stringMatching(/TLS: the server asks for a client certificate/),
    });
    await until(() => server.sockets.size === 0);
  });

  it("lets a connection that is going away end what it has begun, and begins nothing more on it", async () => {
    const server = await serve();
    const http = client();
    const answers: Http2ServerResponse[] = [];
    server.listener = (_, response) => answers.push(response);
    const first = http.request(`${server.url}/first`);
    await until(() => answers.length === 1);
    server.sessions[0]?.goaway();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const second = http.request(`${server.url}/second`);
    await until(() => answers.length === 2);
    expect(server.connections).toBe(2);
    for (const response of answers) response.end("1");
    expect([(await first).text(), (await second).text()]).toEqual(["1", "1"]);
    await until(() => server.sockets.size === 1);
  });

  it("notices a connection behind which there is nobody", async () => {
    const server = await serve();
    const clock = new ManualClock();
    const http = client({ idleMs: 1_000 }, clock);
    const relay = await relayTo(new URL(server.url).port);
    const parked = http.request(`https://localhost:${relay.port}`, { deadlineMs: 1e9 });
    const failed = expect(parked).rejects.toMatchObject({
      code: "NAMER_UNAVAILABLE",
      message: expect.stringMatching(/does not answer pings/),
    });
    server.listener = () => {};
    await until(() => server.open === 1);
    // Pings are answered: nothing happens.
    for (let i = 0; i < 12; i++) {
      await clock.advance(1_000);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(server.open).toBe(1);
    relay.frozen = true;
    await clock.advance(6_000);
    await failed;
  });

  it("closes what is idle, by the clock, and connects again", async () => {
    const server = await serve();
    const clock = new ManualClock();
    const http = client({ idleMs: 1_000 }, clock);
    await http.request(server.url);
    await clock.advance(1_000);
    expect(server.sockets.size).toBe(1);
    await clock.advance(1_000);
    await until(() => server.sockets.size === 0);
    await http.request(server.url);
    expect(server.connections).toBe(2);
    http.close();
    await http.drained();
    await until(() => server.sockets.size === 0);
    expect(clock.pending).toBe(0);
  });

  it("reads large answers, several at once", async () => {
    const server = await serve({ maxSessionMemory: 100 });
    const body = Buffer.alloc(8 * 1024 * 1024, "x");
    server.listener = (_, response) => response.end(body);
    const http = client();
    const all = await Promise.all([1, 2, 3].map(() => http.request(server.url)));
    expect(all.map((answer) => answer.body.length)).toEqual([body.length, body.length, body.length]);
    await expect(http.request(server.url, { maxBytes: 1_000_000 })).rejects.toMatchObject({ code: "NAMER_ANSWER" });
    expect(server.connections).toBe(1);
  });
});
