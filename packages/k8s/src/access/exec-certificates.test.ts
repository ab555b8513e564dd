import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { TLSSocket } from "node:tls";
import { silentLog, systemClock } from "@namerkit/core";
import { testAuthority, until } from "@namerkit/testing";
import { ListWatch } from "@namerkit/watch";
import { afterEach, beforeEach, expect, it } from "vitest";
import { accessOf } from "./access.js";
import { apiHttp } from "./api-http.js";

const authority = testAuthority();
let folder: string;
let url: string;
/** Whom the API does not know any more. */
const unknown = new Set<string>();
const seen: string[] = [];
const sockets = new Set<Socket>();
let close: () => Promise<unknown>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "namerkit-exec-"));
  const server = createSecureServer(
    { ...authority.issue(), ca: authority.cert, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const socket = request.stream.session?.socket as TLSSocket | undefined;
      const name = String(socket?.getPeerCertificate().subject?.CN);
      seen.push(name);
      response.statusCode = unknown.has(name) ? 401 : 200;
      response.end(JSON.stringify({ metadata: { resourceVersion: "5" }, items: [] }));
    },
  );
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `https://localhost:${(server.address() as AddressInfo).port}`;
  close = () => new Promise((resolve) => server.close(resolve));
});
afterEach(async () => {
  await close();
  rmSync(folder, { recursive: true });
  unknown.clear();
  seen.length = 0;
});

it("shows the certificate of a plug-in, and another one after a refusal, on a connection of its own", async () => {
  for (const name of ["first", "second"]) {
    const { cert, key } = authority.issue({ names: [name] });
    const status = { clientCertificateData: cert, clientKeyData: key };
    const printed = { apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status };
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(printed));
  }
  const plugin = join(folder, "plugin");
  // The first answer once, and from then on the second.
  writeFileSync(
    plugin,
    `#!${process.execPath}\nconst fs = require("fs"), at = (name) => __dirname + "/" + name + ".json";
console.log(fs.readFileSync(at(fs.existsSync(at("first")) ? "first" : "second"), "utf8")); fs.rmSync(at("first"), { force: true });`,
  );
  chmodSync(plugin, 0o755);
  writeFileSync(join(folder, "ca.pem"), authority.cert);
  writeFileSync(
    join(folder, "config"),
    `
current-context: c
contexts: [{ name: c, context: { cluster: c, user: u } }]
clusters: [{ name: c, cluster: { server: "${url}", certificate-authority: ca.pem } }]
users: [{ name: u, user: { exec: { apiVersion: client.authentication.k8s.io/v1, command: ./plugin, interactiveMode: Never } } }]
`,
  );
  const environment = { PATH: process.env["PATH"] ?? "" };
  const access = accessOf({ kubeconfig: "config" }, { clock: systemClock, baseDir: folder, environment });
  const http = apiHttp(access, { clock: systemClock, log: silentLog, baseDir: folder });
  const list = async (): Promise<void> => {
    const { credentials } = access;
    const watch = new ListWatch<string>({
      ...{ http, clock: systemClock, random: Math.random, credentials },
      url: `${access.base}/api/v1/services`,
      read: () => "",
    });
    const given = new AbortController();
    const context = { signal: given.signal, alive() {}, request() {}, count() {}, pace: () => Promise.resolve() };
    for await (const { complete } of watch.run(context)) {
      expect(complete).toBe(true);
      break;
    }
    given.abort();
  };
  await list();
  expect(new Set(seen)).toEqual(new Set(["first"]));
  unknown.add("first");
  await list();
  expect(seen.at(-1)).toBe("second");
  expect(seen.filter((name) => name === "second").length).toBeGreaterThan(0);
  await list();
  expect(seen.at(-1)).toBe("second");
  http.close();
  await until(() => sockets.size === 0);
}, 30_000);
