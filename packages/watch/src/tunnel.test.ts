import { createServer, type IncomingMessage, type Server } from "node:http";
import { createSecureServer } from "node:http2";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { silentLog, systemClock } from "@namerkit/core";
import { ManualClock } from "@namerkit/core/testing";
import { type FaultyServer, faultyServer, hang, json, testAuthority, until } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHttp, type Http } from "./http.js";
import { TlsMaterial } from "./tls/material.js";

/** A proxy that connects wherever it is asked to, unless `answers` does something else. */
class TestProxy {
  readonly asked: IncomingMessage[] = [];
  readonly sockets = new Set<Socket>();
  answers: ((request: IncomingMessage, socket: Duplex) => void) | undefined;
  readonly #server: Server = createServer((_, response) => response.end("not a CONNECT"));

  async listen(): Promise<void> {
    this.#server.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.sockets.delete(socket));
    });
    this.#server.on("connect", (request, client) => {
      this.asked.push(request);
      client.on("error", () => {});
      client.resume().on("end", () => client.destroy());
      if (this.answers !== undefined) return this.answers(request, client);
      const [host, port] = (request.url ?? "").split(":");
      const up = connect(Number(port), host);
      up.on("error", () => client.destroy());
      up.on("connect", () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        up.pipe(client).pipe(up);
      });
      client.on("close", () => up.destroy());
    });
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

let proxy: TestProxy;
let http: Http | undefined;
beforeEach(async () => {
  proxy = new TestProxy();
  await proxy.listen();
});
afterEach(async () => {
  http?.close();
  await proxy.close();
});

const target = (server: FaultyServer): string => new URL(server.url).host;

describe("through a proxy", () => {
  it("servers are reached by CONNECT, and connections are kept", async () => {
    await using server = await faultyServer(() => json({ well: true }));
    http = createHttp({ clock: systemClock }, { proxy: proxy.url });
    for (let i = 0; i < 3; i++) expect((await http.request(server.url)).json()).toEqual({ well: true });
    expect(proxy.asked.map(({ url, headers }) => [url, headers.host, headers["proxy-authorization"]])).toEqual([
      [target(server), target(server), undefined],
    ]);
    expect(server.connectionCount).toBe(1);
    http.close();
    await until(() => server.openConnections === 0 && proxy.sockets.size === 0);
  });

  it.each([
    [false, "1.1"],
    [true, "2.0"],
  ])("TLS is with the server, and not with the proxy; HTTP/2: %s", async (http2, httpVersion) => {
    const authority = testAuthority();
    const sockets = new Set<Socket>();
    const server = createSecureServer(
      { ...authority.issue({ names: ["api.example"] }), allowHTTP1: true },
      (request, response) => response.end(JSON.stringify({ httpVersion: request.httpVersion })),
    );
    server.on("connection", (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const env = { clock: systemClock, log: silentLog, baseDir: "/" };
    const tls = new TlsMaterial({ commonName: "api.example" }, env, { ca: authority.cert });
    http = createHttp({ clock: systemClock }, { proxy: proxy.url, tls, http2 });
    expect((await http.request(`https://${host}/`)).json()).toEqual({ httpVersion });
    expect((await http.request(`https://${host}/`)).json()).toEqual({ httpVersion });
    expect(proxy.asked.map(({ url }) => url)).toEqual([host]);
    const strange = new TlsMaterial({ commonName: "other.example" }, env, { ca: authority.cert });
    using stranger = createHttp({ clock: systemClock }, { proxy: proxy.url, tls: strange, http2 });
    await expect(stranger.request(`https://${host}/`)).rejects.toThrow(/other\.example/);
    http.close();
    await until(() => sockets.size === 0 && proxy.sockets.size === 0);
    await new Promise((resolve) => server.close(resolve));
  });

  it("the proxy is told who we are", async () => {
    await using server = await faultyServer(() => json({}));
    const url = proxy.url;
    url.username = "me";
    url.password = "p%40ss";
    http = createHttp({ clock: systemClock }, { proxy: url });
    await http.request(server.url);
    expect(proxy.asked[0]?.headers["proxy-authorization"]).toBe(`Basic ${btoa("me:p@ss")}`);
  });

  it.each([
    [
      "a refusal",
      "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
      /127\.0\.0\.1:\d+: it does not connect to 127\.0\.0\.1:\d+: 407 Proxy Auth/,
    ],
    ["no HTTP", "SSH-2.0-OpenSSH\r\n", /the proxy http:\/\/127\.0\.0\.1:\d+: Parse Error/],
    ["the end", "", /the proxy .*: socket hang up/],
    [
      "a server that speaks first",
      "HTTP/1.1 200 OK\r\n\r\nSSH-2.0-OpenSSH\r\n",
      /it has sent 17 bytes before anything was asked/,
    ],
  ])("says what it was answered: %s", async (_, answer, message) => {
    proxy.answers = (_request, client) => client.end(answer);
    const url = proxy.url;
    url.password = "s3cret";
    http = createHttp({ clock: systemClock }, { proxy: url });
    const failed = http.request("http://127.0.0.1:1/");
    await expect(failed).rejects.toMatchObject({ code: "NAMER_UNAVAILABLE", message: expect.stringMatching(message) });
    await expect(failed).rejects.toThrow(/^((?!s3cret).)*$/s);
    await until(() => proxy.sockets.size === 0);
  });

  it("a proxy that is not there is told of", async () => {
    http = createHttp({ clock: systemClock }, { proxy: new URL("http://127.0.0.1:1") });
    await expect(http.request("http://127.0.0.1:2/")).rejects.toThrow(
      /the proxy http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/,
    );
  });

  it("one that says nothing is waited for as long as for any connection, and not when nobody waits", async () => {
    const clock = new ManualClock();
    proxy.answers = () => {};
    http = createHttp({ clock }, { proxy: proxy.url, connectMs: 5_000 });
    const late = http.request("http://127.0.0.1:1/", { deadlineMs: 60_000 });
    const told = expect(late).rejects.toThrow(/no connection to 127\.0\.0\.1:1 within 5000 ms/);
    await until(() => proxy.asked.length === 1);
    await clock.advance(5_000);
    await told;
    await until(() => proxy.sockets.size === 0);
    const given = new AbortController();
    const aborted = expect(http.request("http://127.0.0.1:1/", { signal: given.signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
    await until(() => proxy.asked.length === 2);
    given.abort();
    await aborted;
    await until(() => proxy.sockets.size === 0);
    http.close();
    expect(clock.pending).toBe(0);
  });

  it("a tunnel is let go of that stands while nobody waits any more, and one that breaks is an error like others", async () => {
    await using server = await faultyServer(() => hang());
    http = createHttp({ clock: systemClock }, { proxy: proxy.url });
    const given = new AbortController();
    const aborted = expect(http.request(server.url, { signal: given.signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
    await until(() => server.requestCount === 1);
    given.abort();
    await aborted;
    await until(() => server.openConnections === 0 && proxy.sockets.size === 0);
    const broken = expect(http.request(server.url)).rejects.toMatchObject({ code: "NAMER_UNAVAILABLE" });
    await until(() => server.requestCount === 2);
    for (const socket of proxy.sockets) socket.resetAndDestroy();
    await broken;
    await until(() => server.openConnections === 0);
  });
});
