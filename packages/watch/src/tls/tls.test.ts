import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TlsOptions as ServerOptions, TLSSocket } from "node:tls";
import { systemClock } from "@namerkit/core";
import { ManualClock, type RecordingLog, recordingLog } from "@namerkit/core/testing";
import { type TestAuthority, testAuthority } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHttp, type Http } from "../http.js";
import { tlsReason } from "./failure.js";
import { TlsMaterial } from "./material.js";
import type { TlsOptions } from "./options.js";

let folder: string;
let authority: TestAuthority;
let servers: Server[];
let clients: Http[];
let log: RecordingLog;
const put = (file: string, text: string) => writeFile(join(folder, file), text);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "namerkit-tls-"));
  authority = testAuthority();
  servers = [];
  clients = [];
  log = recordingLog();
  await put("ca.pem", authority.cert);
});
afterEach(async () => {
  for (const client of clients) client.close();
  for (const server of servers) server.closeAllConnections();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  await rm(folder, { recursive: true });
});

/** Answers with what it sees of the connection. */
async function serve(options: ServerOptions = {}, certificate = authority.issue()): Promise<string> {
  const server = createServer({ ...certificate, ...options }, ({ socket }, response) => {
    const tls = socket as TLSSocket & { servername?: string };
    const name: unknown = tls.getPeerCertificate().subject?.CN;
    response.end(JSON.stringify({ sni: tls.servername || null, version: tls.getProtocol(), client: name ?? null }));
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  return `https://localhost:${(server.address() as AddressInfo).port}/`;
}

function client(options: TlsOptions, clock = systemClock): Http {
  const made = createHttp({ clock: systemClock }, { tls: new TlsMaterial(options, { clock, log, baseDir: folder }) });
  clients.push(made);
  return made;
}

const ask = async (url: string, options: TlsOptions) => (await client(options).request(url)).json();
const failing = (message: RegExp) => ({ code: "NAMER_UNAVAILABLE", message: expect.stringMatching(message) });

describe("TLS", () => {
  it("trusts the authorities it is given, and asks for the host of the URL", async () => {
    const seen = { sni: "localhost", version: "TLSv1.3", client: null };
    expect(await ask(await serve(), { trustCertsBundle: "ca.pem" })).toEqual(seen);
    await put("other.pem", testAuthority().cert);
    expect(await ask(await serve(), { trustCerts: ["other.pem", join(folder, "ca.pem")] })).toEqual(seen);
    await rm(join(folder, "other.pem"));
    await put("notes.txt", "none of ours");
    expect(await ask(await serve(), { trustCertsFolder: "." })).toEqual(seen);
  });

  it("verifies the common name instead, and sends it as SNI unless it is an address", async () => {
    const url = await serve({}, authority.issue({ names: ["consul.internal"] }));
    const options = { trustCertsBundle: "ca.pem", commonName: "consul.internal" };
    expect(await ask(url, options)).toMatchObject({ sni: "consul.internal" });
    const byAddress = await serve({}, authority.issue({ names: ["10.0.0.7"] }));
    expect(await ask(byAddress, { ...options, commonName: "10.0.0.7" })).toMatchObject({ client: null });
    await expect(ask(byAddress, { ...options, commonName: "10.0.0.8" })).rejects.toMatchObject(
      failing(/TLS: the certificate is for another name .*10\.0\.0\.8/),
    );
    const other = await serve({}, authority.issue({ names: ["localhost"] }));
    await expect(ask(other, options)).rejects.toMatchObject(failing(/consul\.internal/));
  });

  it("verifies by default", async () => {
    await expect(ask(await serve(), {})).rejects.toMatchObject(failing(/TLS: the authority .* is not trusted/));
    expect(log.lines).toEqual([]);
  });

  it.each<[string, RegExp, (authority: TestAuthority) => Parameters<typeof serve>]>([
    [
      "another name",
      /TLS: the certificate is for another name .*elsewhere/,
      (by) => [{}, by.issue({ names: ["elsewhere"] })],
    ],
    ["expired", /TLS: the certificate has expired/, (by) => [{}, by.issue({ notAfter: new Date(Date.now() - 1_000) })]],
    [
      "of tomorrow",
      /TLS: the certificate is not valid yet/,
      (by) => [{}, by.issue({ notBefore: new Date(Date.now() + 1e7) })],
    ],
    ["another authority", /TLS: the authority of the certificate is not trusted/, () => [{}, testAuthority().issue()]],
    ["old", /TLS: no version of TLS is allowed on both sides/, () => [{ maxVersion: "TLSv1.2" }]],
  ])("says what is wrong: %s", async (_, message, how) => {
    const url = await serve(...how(authority));
    const options: TlsOptions = { trustCertsBundle: "ca.pem", protocols: ["TLSv1.3"] };
    await expect(ask(url, options)).rejects.toMatchObject(failing(message));
  });

  it("says that the other side speaks no TLS", async () => {
    const { createServer: createPlain } = await import("node:http");
    const plain = createPlain((_, response) => response.end());
    await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
    const url = `https://localhost:${(plain.address() as AddressInfo).port}/`;
    await expect(ask(url, { trustCertsBundle: "ca.pem" })).rejects.toMatchObject(failing(/does not speak TLS|TLS/));
    plain.closeAllConnections();
    plain.close();
  });

  it("can be told to believe anybody, and warns of what is lost", async () => {
    expect(await ask(await serve(), { disableValidation: true })).toMatchObject({ sni: "localhost" });
    expect(log.lines.map(({ level, message }) => [level, message])).toEqual([
      ["warn", expect.stringMatching(/not validated \(disableValidation\): .*read and change/)],
    ]);
  });

  it("shows a client certificate, with what is between it and its authority", async () => {
    const between = authority.intermediate();
    const own = between.issue({ names: ["me"] });
    await Promise.all([put("me.pem", own.cert), put("me.key", own.key), put("between.pem", between.cert)]);
    const url = await serve({ requestCert: true, ca: authority.cert });
    const clientAuth = { certPath: "me.pem", keyPath: "me.key", intermediateCertsPath: "between.pem" };
    expect(await ask(url, { trustCertsBundle: "ca.pem", clientAuth })).toMatchObject({ client: "me" });
  });

  it("speaks the versions it may", async () => {
    const trustCertsBundle = "ca.pem";
    const url = await serve({ minVersion: "TLSv1.2" });
    expect(await ask(url, { trustCertsBundle, protocols: ["TLSv1.2"] })).toMatchObject({ version: "TLSv1.2" });
    const gap = { trustCertsBundle, protocols: ["TLSv1.1", "TLSv1.3"] };
    expect(await ask(url, gap)).toMatchObject({ version: "TLSv1.3" });
    // Nothing below a gap.
    await expect(ask(await serve({ maxVersion: "TLSv1.2" }), gap)).rejects.toMatchObject({ code: "NAMER_UNAVAILABLE" });
  });

  it("refuses settings that contradict each other, in Linkerd's words", () => {
    expect(() => client({ trustCerts: [], trustCertsBundle: "ca.pem" })).toThrow(
      expect.objectContaining({
        code: "WATCH_TLS_OPTIONS",
        message: "Both trustCerts and trustCertsBundle have been set. Please use only trustCertsBundle.",
      }),
    );
    expect(() => client({ protocols: ["SSLv3"] })).toThrow(/Unknown TLS protocol: SSLv3; there are TLSv1, /);
  });
});

describe("tlsReason", () => {
  it.each([
    [
      "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
      "TLS: the server asks for a client certificate (ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED)",
    ],
    [
      "CERT_SIGNATURE_FAILURE",
      "TLS: the certificate is signed with another key than that of the trusted authority of this name (CERT_SIGNATURE_FAILURE)",
    ],
    ["ERR_SSL_SOMETHING", "TLS: odd thing (ERR_SSL_SOMETHING)"],
    ["ECONNRESET", undefined],
  ])("%s", (code, text) => {
    const error = Object.assign(new Error("error:0A00042E:a.c:16"), { code, reason: "odd thing" });
    expect(tlsReason(error)).toBe(text);
    expect(tlsReason(code)).toBeUndefined();
  });
});

describe("files of TLS", () => {
  it("are named when they cannot be used, and never quoted", async () => {
    const url = await serve();
    await expect(ask(url, { trustCertsBundle: "none.pem" })).rejects.toMatchObject({
      code: "WATCH_FILE",
      message: expect.stringContaining(join(folder, "none.pem")),
    });
    const [one, two] = [authority.issue(), authority.issue()];
    await Promise.all([put("one.pem", one.cert), put("two.key", two.key), put("bad.pem", "SECRET nonsense")]);
    for (const clientAuth of [
      { certPath: "one.pem", keyPath: "two.key" },
      { certPath: "one.pem", keyPath: "bad.pem" },
      { certPath: "bad.pem", keyPath: "two.key" },
    ]) {
      const failed = await ask(url, { trustCertsBundle: "ca.pem", clientAuth }).catch((error: unknown) => error);
      expect(failed).toMatchObject({ code: "WATCH_TLS_FILES", message: expect.stringContaining(clientAuth.keyPath) });
      expect(String((failed as Error).message) + String((failed as Error).stack)).not.toMatch(/SECRET|PRIVATE/);
    }
    await expect(ask(url, { trustCertsBundle: "bad.pem" })).rejects.toMatchObject({ code: "WATCH_TLS_FILES" });
  });

  it("are read again for new connections when they have changed", async () => {
    const clock = new ManualClock();
    const [one, two] = [authority.issue({ names: ["one"] }), authority.issue({ names: ["two"] })];
    await Promise.all([put("me.pem", one.cert), put("me.key", one.key)]);
    const url = await serve({ requestCert: true, ca: authority.cert });
    const clientAuth = { certPath: "me.pem", keyPath: "me.key" };
    const http = client({ trustCertsBundle: "ca.pem", clientAuth }, clock);
    const who = async () => {
      const answer = (await http.request(url)).json();
      servers[0]?.closeAllConnections();
      // Its end is seen a moment after the answer.
      await new Promise((resolve) => setTimeout(resolve, 20));
      return (answer as { client: string }).client;
    };
    expect(await who()).toBe("one");
    // The certificate comes before its key: what was good stays in use.
    await put("me.pem", two.cert);
    await clock.advance(1_000);
    expect([await who(), await who()]).toEqual(["one", "one"]);
    expect(log.lines.map(({ message }) => message)).toEqual([expect.stringMatching(/last good files stay in use/)]);
    await put("me.key", two.key);
    await clock.advance(1_000);
    expect(await who()).toBe("two");
  });
});
