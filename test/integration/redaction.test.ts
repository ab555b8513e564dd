import { recordingLog } from "@namerkit/testing";
import { describe, expect, it } from "vitest";
import { TestFolder } from "../support/folder.js";
import { ask, serve } from "../support/http.js";
import { TestProxy } from "../support/proxy.js";

/** One in every place that takes one; each can be told from the others. */
const secrets = {
  token: "sekrit-consul-token",
  fileToken: "sekrit-token-in-a-file",
  interpreter: "sekrit-interpreter-token",
  key: "sekritPrivateKeyInAFile",
  authorization: "sekrit-authorization",
  cookie: "sekrit-cookie",
  query: "sekrit-query",
  context: "sekrit-header-of-an-answer",
};

const config = (port: number, gone: number) => `
admin: { port: 0 }
namers:
- { kind: io.l5d.consul, prefix: /refused, host: 127.0.0.1, port: ${port}, token: ${secrets.token} }
- { kind: io.l5d.consul, prefix: /file, host: 127.0.0.1, port: ${port}, tokenFile: token }
- { kind: io.l5d.consul, prefix: /gone, host: 127.0.0.1, port: ${gone}, token: ${secrets.token} }
- { kind: io.l5d.fs, rootDir: . }
telemetry:
- { kind: io.l5d.recentRequests, sampleRate: 1.0 }
- { kind: io.l5d.tracelog, sampleRate: 1.0 }
- { kind: io.l5d.prometheus }
- { kind: io.l5d.influxdb }
routers:
- label: http
  protocol: http
  identifier: { kind: io.l5d.header.token, header: name }
  dtab: /svc/x => /#/refused/dc1/web ; /svc/f => /#/file/dc1/web ; /svc/g => /#/gone/dc1/web ; /svc/web => /#/io.l5d.fs/web
  servers: [{ port: 0 }]
- label: consul
  protocol: http
  interpreter: { kind: io.l5d.consul.interpreter, host: 127.0.0.1, port: ${port}, token: ${secrets.interpreter}, namespace: x }
  servers: [{ port: 0 }]
- label: tls
  protocol: http
  dtab: /svc => /#/io.l5d.fs/web
  client:
    tls: { commonName: web, clientAuth: { certPath: cert.pem, keyPath: key.pem } }
  servers: [{ port: 0 }]
`;

/** Every page there is, and those that want something in their address. */
async function pages(proxy: TestProxy): Promise<string[]> {
  const server = new URL(`http://127.0.0.1:${proxy.adminPort}`);
  const list = (await ask(server, { path: "/admin" })).body.trim().split("\n");
  const names = ["/svc/web", "/svc/x", "/svc/f", "/svc/g"];
  return [
    ...list,
    ...["refused", "file", "gone", "io.l5d.fs"].map((prefix) => `/namer_state/${prefix}.json`),
    "/consul/interpreter_state/io.l5d.consul.interpreter.json",
    ...names.map((name) => `/delegator.json?path=${name}`),
    "/delegator.json?namespace=consul&path=/svc/web",
    "/admin/metrics.json?tree=1",
    "/dashboard.json?router=http",
    "/admin/lint",
    "/nothing",
  ];
}

describe("what is secret", { timeout: 60_000 }, () => {
  it("is on no page, in no log and in no error that a client is told", async () => {
    const seen: string[] = [];
    // As bad as a catalogue can be: it says back what it was told, and refuses.
    await using catalogue = await serve((request, response) => {
      seen.push(JSON.stringify(request.headers));
      const told = `${request.url} ${JSON.stringify(request.headers)}`;
      response.writeHead(403, { "content-type": "text/plain" }).end(`Permission denied for ${told}`);
    });
    await using gone = await serve((request) => request.socket.destroy());
    await using back = await serve((_, response) => {
      response.writeHead(200, { "set-cookie": secrets.context }).end("hello");
    });
    await using folder = await TestFolder.make();
    await folder.write("token", `${secrets.fileToken}\n`);
    await folder.write("web", `127.0.0.1 ${back.port}\n`);
    await folder.write("cert.pem", "-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n");
    await folder.write("key.pem", `-----BEGIN PRIVATE KEY-----\n${secrets.key}\n-----END PRIVATE KEY-----\n`);
    const log = recordingLog();
    await using proxy = await TestProxy.start(config(catalogue.port, gone.port), folder.path, { log });

    const told: { readonly where: string; readonly text: string }[] = [];
    const request = async (router: number, name: string, path = `/?access_token=${secrets.query}`) => {
      const server = new URL(`http://127.0.0.1:${proxy.ports[router]}`);
      const headers = { name, host: name, authorization: `Bearer ${secrets.authorization}`, cookie: secrets.cookie };
      const answer = await ask(server, { path, headers });
      told.push({ where: `answer of ${router} to ${name}`, text: answer.body });
      return answer.status;
    };
    expect(await request(0, "web")).toBe(200);
    const asked = [...["x", "f", "g"].map((name) => request(0, name)), request(1, "web"), request(2, "web")];
    for (const status of await Promise.all(asked)) expect(status).toBeGreaterThanOrEqual(400);
    // The secrets have been where they belong.
    expect(seen.join("\n")).toContain(secrets.token);
    expect(seen.join("\n")).toContain(secrets.fileToken);
    expect(seen.join("\n")).toContain(secrets.interpreter);

    for (const path of await pages(proxy)) {
      const server = new URL(`http://127.0.0.1:${proxy.adminPort}`);
      const { body, status } = await ask(server, { path });
      told.push({ where: `${path} (${status})`, text: body });
    }
    told.push(...log.lines.map((line) => ({ where: "log", text: JSON.stringify(line, withErrors) })));
    expect(told.length).toBeGreaterThan(50);
    expect(told.map(({ text }) => text).join("\n")).toContain("***");
    for (const [name, secret] of Object.entries(secrets)) {
      const leaks = told.filter(({ text }) => text.includes(secret) || text.includes(encodeURIComponent(secret)));
      expect({ name, leaks }).toEqual({ name, leaks: [] });
    }
  });
});

/** Errors say what they have to say in properties that JSON leaves out. */
function withErrors(_: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { message, stack, cause } = value;
  return { ...value, message, stack, cause };
}
