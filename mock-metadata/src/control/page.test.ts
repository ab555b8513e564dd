import { once } from "node:events";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { ManualClock } from "@namerkit/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { faultKinds } from "../faults/kinds.js";
import { Metadata } from "../metadata.js";
import { type ControlListening, listenControl } from "./listen-control.js";

let metadata: Metadata;
let control: ControlListening;

beforeEach(async () => {
  const description = "stacks: { shop: { services: { web: { scale: 2 } } } }";
  metadata = new Metadata(description, { clock: new ManualClock(), random: Math.random });
  control = await listenControl(metadata, "127.0.0.1", 0);
});
afterEach(() => control.close());

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** With all headers as they are given, which fetch does not allow. */
async function ask(method: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const asked = httpRequest({ host: "127.0.0.1", port: control.port, method, path, headers, agent: false }).end();
  const [answer] = (await once(asked, "response")) as [import("node:http").IncomingMessage];
  let body = "";
  for await (const chunk of answer.setEncoding("utf8")) body += chunk;
  return { status: answer.statusCode, headers: answer.headers, body };
}

const asBrowser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

describe("the control page", () => {
  it("is for those who ask for HTML; everybody else is told JSON", async () => {
    const page = await ask("GET", "/", asBrowser);
    expect([page.status, page.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    for (const accept of ["*/*", "application/json"]) {
      const { headers, body } = await ask("GET", "/", { accept });
      expect(headers["content-type"]).toBe("application/json");
      expect(JSON.parse(body)).toMatchObject({ version: metadata.version });
    }
  });

  it("needs nothing from elsewhere, and may load nothing from elsewhere", async () => {
    const page = await ask("GET", "/", asBrowser);
    expect(page.headers["content-security-policy"]).toContain("default-src 'self'");
    expect(page.headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    const parts = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, at]) => at ?? "");
    expect(parts).toEqual(["data:,", "/page.css", "/page.js"]);
    expect(page.body).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|\sstyle=/);
    for (const [part, type] of [
      ["/page.css", "text/css"],
      ["/page.js", "text/javascript"],
    ] as const) {
      const { status, headers, body } = await ask("GET", part);
      expect([status, headers["content-type"]]).toEqual([200, `${type}; charset=utf-8`]);
      expect(body).not.toMatch(/https?:|@import|innerHTML|\beval\b/);
    }
  });

  it("calls what there is to call, and finds what it looks for", async () => {
    const { body: script } = await ask("GET", "/page.js");
    const { body: page } = await ask("GET", "/", asBrowser);
    const inPage = [...page.matchAll(/data-call="([^"]+)"/g)].map(([, name]) => name ?? "");
    const inScript = [...script.matchAll(/(?:button\("[^"]+", |tell\()"([a-z-]+)"/g)].map(([, name]) => name ?? "");
    expect(inPage.length).toBeGreaterThan(4);
    expect(inScript).toEqual(expect.arrayContaining(["scale", "stop", "start", "health", "fault", "clear"]));
    // What is there and cannot be called without parameters says so with 400, and what is not there with 404.
    for (const name of new Set([...inPage, ...inScript]))
      expect((await ask("POST", `/${name}`)).status, name).not.toBe(404);
    for (const [, id] of script.matchAll(/byId\("([^"]+)"\)/g)) expect(page).toContain(`id="${id}"`);
  });

  it("can list all faults", async () => {
    const { scopes, kinds } = JSON.parse((await ask("GET", "/faults")).body);
    expect(scopes).toEqual(["version", "data", "all"]);
    expect(Object.keys(kinds)).toEqual(Object.keys(faultKinds));
    expect(kinds.status).toMatchObject({ on: scopes, takes: { status: 503, retryAfter: null } });
  });
});

describe("who may make control calls", () => {
  const path = "/scale?service=shop/web&to=5";
  const here = () => `127.0.0.1:${control.port}`;

  it.each([
    ["no browser at all", () => ({})],
    ["this page", () => ({ origin: `http://${here()}`, "sec-fetch-site": "same-origin" })],
    ["this page by its name", () => ({ host: "LOCALHOST:1", origin: "http://localhost:1" })],
    ["this page in IPv6", () => ({ host: "[::1]:8081", origin: "http://[::1]:8081" })],
  ])("%s", async (_, headers) => {
    expect((await ask("POST", path, headers())).status).toBe(200);
    expect(metadata.world.containers).toHaveLength(5);
  });

  it.each([
    ["a page elsewhere", () => ({ origin: "http://evil.example" })],
    ["a page at another port", () => ({ origin: "http://127.0.0.1:1", "sec-fetch-site": "same-site" })],
    ["a page over TLS", () => ({ origin: `https://${here()}` })],
    ["a page from nowhere", () => ({ origin: "null" })],
    ["a form elsewhere, by a browser that does not say from where", () => ({ "sec-fetch-site": "cross-site" })],
    ["a page whose name was made to lead here", () => ({ host: "evil.example", origin: "http://evil.example" })],
    ["a name that looks like ours", () => ({ host: "127.0.0.1.evil.example" })],
  ])("not %s", async (_, headers) => {
    const before = metadata.version;
    const { status, body } = await ask("POST", path, headers());
    expect([status, JSON.parse(body)]).toEqual([403, { code: "MOCK_ORIGIN", message: expect.any(String) }]);
    expect([metadata.version, metadata.world.containers.length]).toEqual([before, 2]);
  });

  it("looking is free", async () => {
    expect((await ask("GET", "/", { host: "metadata:8081", origin: "http://evil.example" })).status).toBe(200);
  });
});
