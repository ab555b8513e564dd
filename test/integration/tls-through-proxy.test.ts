import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer as plainServer } from "node:http";
import { createServer, request, type Server, type ServerOptions } from "node:https";
import { type AddressInfo, connect, createServer as tcpServer } from "node:net";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { type TestAuthority, testAuthority, until } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestFolder } from "../support/folder.js";
import { get } from "../support/http.js";
import { TestProxy } from "../support/proxy.js";

let folder: TestFolder;
let authority: TestAuthority;
let servers: { close(): void }[];
beforeEach(async () => {
  folder = await TestFolder.make();
  authority = testAuthority();
  servers = [];
  await folder.write("ca.pem", authority.cert);
});
afterEach(async () => {
  for (const server of servers) server.close();
  await folder[Symbol.asyncDispose]();
});

const put = (name: string, text: string) => writeFileSync(join(folder.path, name), text);
/** Certificate and key in files of this name. */
function putPair(name: string, pair: { readonly cert: string; readonly key: string }): void {
  put(`${name}.pem`, pair.cert);
  put(`${name}.key`, pair.key);
}

/** An endpoint that tells what it sees of the connection and of the headers. */
async function endpoint(
  options: ServerOptions = {},
  pair = authority.issue({ names: ["web.internal"] }),
): Promise<number> {
  const server: Server = createServer({ ...pair, ...options }, ({ socket, headers }, response) => {
    const tls = socket as TLSSocket & { servername?: string };
    response.end(
      JSON.stringify({
        sni: tls.servername,
        client: tls.getPeerCertificate().subject?.CN ?? null,
        reused: tls.isSessionReused(),
        headers,
      }),
    );
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push({
    close() {
      server.close();
      server.closeAllConnections();
    },
  });
  return (server.address() as AddressInfo).port;
}

const toPort = (port: number, tls: string, more = ""): string => `
admin: { port: 0 }
routers:
- protocol: http
  dtab: /svc => /$/inet/127.0.0.1/${port}
  client:
    kind: io.l5d.static
    configs:
    - prefix: /$/inet/{host}
      tls: ${tls}
${more}
  servers:
  - port: 0
`;
const verified = "{ commonName: web.internal, trustCertsBundle: ca.pem }";
const start = (text: string) => TestProxy.start(text, folder.path);

describe("TLS to endpoints [parity: client-tls]", () => {
  it("is verified by the common name, which is asked for, and taken up again", async () => {
    await using proxy = await start(toPort(await endpoint(), verified));
    const { status, body } = await proxy.get("web");
    expect([status, JSON.parse(body).sni]).toEqual([200, "web.internal"]);
    const answers = await Promise.all(Array.from({ length: 5 }, () => proxy.get("web")));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200]);
  });

  it("gets its name from the bound name", async () => {
    const port = await endpoint({}, authority.issue({ names: ["localhost"] }));
    const text = `
admin: { port: 0 }
routers:
- protocol: http
  dtab: /svc => /$/io.buoyant.rinet/${port}
  client:
    kind: io.l5d.static
    configs:
    - prefix: "/$/io.buoyant.rinet/${port}/{service}"
      tls: { commonName: "{service}", trustCertsBundle: ca.pem }
  servers: [{ port: 0 }]
`;
    // The test's proxy resolves no names: what it is asked for is the address.
    const byAddress = await endpoint({}, authority.issue({ names: ["127.0.0.1"] }));
    await using proxy = await start(text.replaceAll(String(port), String(byAddress)));
    expect((await proxy.get("127.0.0.1")).status).toBe(200);
  });

  it.each<[string, (by: TestAuthority) => Parameters<typeof endpoint>, RegExp]>([
    [
      "another name",
      (by) => [{}, by.issue({ names: ["elsewhere"] })],
      /as web\.internal: TLS: the certificate is for another name .*elsewhere/,
    ],
    [
      "an unknown authority",
      () => [{}, testAuthority().issue({ names: ["web.internal"] })],
      /TLS: the authority of the certificate is not trusted|TLS: .*not trusted|signed with another key/,
    ],
    [
      "an expired certificate",
      (by) => [{}, by.issue({ names: ["web.internal"], notAfter: new Date(Date.now() - 1_000) })],
      /TLS: the certificate has expired/,
    ],
  ])("refuses %s, and says so", async (_, make, why) => {
    await using proxy = await start(toPort(await endpoint(...make(authority)), verified));
    const { status, body } = await proxy.get("web");
    expect(status).toBe(502);
    expect(body).toMatch(/^Unable to establish connection to 127\.0\.0\.1:/);
    expect(body).toMatch(why);
  });

  it("believes any certificate only where it is told to", async () => {
    await using proxy = await start(
      toPort(await endpoint({}, testAuthority().issue({ names: ["x"] })), "{ disableValidation: true }"),
    );
    expect((await proxy.get("web")).status).toBe(200);
  });

  it("shows a certificate where it is asked for one, and fails without", async () => {
    putPair("client", authority.issue({ names: ["a.client"] }));
    const tls =
      "{ commonName: web.internal, trustCertsBundle: ca.pem, clientAuth: { certPath: client.pem, keyPath: client.key } }";
    const port = await endpoint({ requestCert: true, rejectUnauthorized: true, ca: authority.cert });
    await using proxy = await start(toPort(port, tls));
    const { status, body } = await proxy.get("web");
    expect([status, JSON.parse(body).client]).toEqual([200, "a.client"]);
    await using without = await start(toPort(port, verified));
    expect((await without.get("web")).status).toBe(502);
  });

  it("tells an endpoint that speaks no TLS, or says nothing, from one that is well", async () => {
    const plain = plainServer((_, response) => response.end("plain")).listen(0, "127.0.0.1");
    await once(plain, "listening");
    servers.push(plain);
    await using toPlain = await start(toPort((plain.address() as AddressInfo).port, verified));
    expect((await toPlain.get("web")).body).toMatch(/TLS: the server does not speak TLS|closed in the TLS handshake/);
    const silent = tcpServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    servers.push(silent);
    await using toSilent = await start(toPort((silent.address() as AddressInfo).port, verified));
    const { status, body } = await toSilent.get("web");
    expect([status, /no TLS handshake within/.test(body)]).toEqual([502, true]);
  }, 20_000);
});

describe("TLS from clients [parity: server-tls]", () => {
  const config = (port: number, tls: string, client = "") => `
admin: { port: 0 }
routers:
- protocol: http
  dtab: /svc => /$/inet/127.0.0.1/${port}
  ${client}
  servers:
  - port: 0
    tls: ${tls}
`;
  /** One request with a connection of its own. */
  async function ask(port: number, options: { cert?: string; key?: string; servername?: string } = {}) {
    const asking = request({
      host: "127.0.0.1",
      port,
      ca: authority.cert,
      servername: "proxy.internal",
      agent: false,
      headers: { host: "web", "x-forwarded-client-cert": "forged" },
      ...options,
    }).end();
    const [response] = (await once(asking, "response")) as [import("node:http").IncomingMessage];
    const fingerprint = (response.socket as TLSSocket).getPeerCertificate().fingerprint256;
    response.setEncoding("utf8");
    let body = "";
    for await (const piece of response) body += piece;
    return { status: response.statusCode, body, fingerprint };
  }
  async function backEnd(): Promise<number> {
    const server = plainServer(({ headers }, response) => response.end(JSON.stringify(headers))).listen(0, "127.0.0.1");
    await once(server, "listening");
    servers.push(server);
    return (server.address() as AddressInfo).port;
  }
  const own = "{ certPath: own.pem, keyPath: own.key }";

  it("has the certificate of its files, and a new one when they change; a bad one changes nothing", async () => {
    putPair("own", authority.issue({ names: ["proxy.internal"] }));
    await using proxy = await start(config(await backEnd(), own));
    const first = await ask(proxy.port);
    expect(first.status).toBe(200);
    const key = readFileSync(join(folder.path, "own.key"), "utf8");
    put("own.key", "no key");
    put("own.pem", "no certificate");
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    expect((await ask(proxy.port)).fingerprint).toBe(first.fingerprint);
    put("own.key", key);
    putPair("own", authority.issue({ names: ["proxy.internal"] }));
    await until(async () => (await ask(proxy.port)).fingerprint !== first.fingerprint, { timeoutMs: 20_000 });
  }, 40_000);

  it("may ask for a certificate, and tells endpoints of it, where it is told to", async () => {
    putPair("own", authority.issue({ names: ["proxy.internal"] }));
    const tls = "{ certPath: own.pem, keyPath: own.key, caCertPath: ca.pem, requireClientAuth: true }";
    const port = await backEnd();
    await using proxy = await start(config(port, tls, "client: { forwardClientCert: true }"));
    await expect(ask(proxy.port)).rejects.toThrow();
    await expect(ask(proxy.port, testAuthority().issue({ names: ["a.b"] }))).rejects.toThrow();
    const { status, body } = await ask(proxy.port, authority.issue({ names: ["someone.internal"] }));
    expect(status).toBe(200);
    expect(JSON.parse(body)["x-forwarded-client-cert"]).toMatch(/^Hash=[0-9A-F]{64};DNS=someone\.internal;Subject="/);
    await using quiet = await start(config(port, tls));
    const told = await ask(quiet.port, authority.issue({ names: ["someone.internal"] }));
    expect(JSON.parse(told.body)["x-forwarded-client-cert"]).toBeUndefined();
  });

  it("is not bothered by those who speak none, or nothing", async () => {
    putPair("own", authority.issue({ names: ["proxy.internal"] }));
    await using proxy = await start(config(await backEnd(), own));
    await expect(get(proxy.port, "web")).rejects.toThrow();
    const silent = connect(proxy.port, "127.0.0.1");
    await once(silent, "connect");
    expect((await ask(proxy.port)).status).toBe(200);
    silent.destroy();
    const metrics = (await proxy.admin("/admin/metrics.json")) as Record<string, number>;
    expect(Object.entries(metrics).find(([name]) => name.endsWith("/handshake_failures"))?.[1]).toBeGreaterThan(0);
  });

  it("does not start without them", async () => {
    await expect(start(config(1, "{ certPath: none.pem, keyPath: none.key }"))).rejects.toThrow();
    putPair("own", { cert: "none", key: "none" });
    await expect(start(config(1, own))).rejects.toThrow(/PROXY_TLS_FILES|cannot be used/);
  });
});

describe("TLS of the admin server [parity: admin-security]", () => {
  it("is its own, and plain requests get nothing", async () => {
    putPair("own", authority.issue({ names: ["proxy.internal"] }));
    await using proxy = await start(`
admin: { port: 0, tls: { certPath: own.pem, keyPath: own.key } }
routers: [{ protocol: http, servers: [{ port: 0 }] }]
`);
    const asked = request({
      host: "127.0.0.1",
      port: proxy.adminPort,
      path: "/admin/ping",
      ca: authority.cert,
      servername: "proxy.internal",
      agent: false,
    }).end();
    const [response] = (await once(asked, "response")) as [import("node:http").IncomingMessage];
    expect([response.statusCode, String(await response.setEncoding("utf8").toArray())]).toEqual([200, "pong"]);
    await expect(get(proxy.adminPort, "localhost", "/admin/ping")).rejects.toThrow();
  });
});
