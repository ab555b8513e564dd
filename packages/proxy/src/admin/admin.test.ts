import { Path } from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { always, exchange, get, RawServer } from "../../test/kit.js";
import { fixedNamer, world } from "../../test/world.js";

const ok = always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
const json = async (url: string, init?: RequestInit) => (await fetch(url, init)).json();
const addresses = [{ ip: "10.0.0.1", port: 80, weight: 1, meta: {} }];

describe("admin pages", () => {
  it("answer pings, list themselves, and know nothing else [parity: admin-pages]", async () => {
    await using here = await world({});
    expect(await (await fetch(`${here.admin}/admin/ping`)).text()).toBe("pong");
    const index = await (await fetch(`${here.admin}/admin`)).text();
    for (const page of ["/admin/ping", "/delegator.json", "/client_state.json", "/readyz"])
      expect(index).toContain(page);
    const unknown = await fetch(`${here.admin}/nothing`);
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({ code: "NOT_FOUND" });
    const wrong = await fetch(`${here.admin}/admin/ping`, { method: "DELETE" });
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get("allow")).toBe("GET");
    const head = await fetch(`${here.admin}/admin/ping`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  it("explain a name, by GET and by POST [parity: delegator]", async () => {
    await using here = await world({ web: addresses }, { dtab: "/host => /#/fixed ; /svc => /host" });
    const asked = await json(`${here.admin}/delegator.json?path=/svc/web`);
    expect(asked).toMatchObject({ type: "delegate", path: "/svc/web" });
    expect(JSON.stringify(asked)).toContain('"id":"/#/fixed/web"');
    expect(JSON.stringify(asked)).toContain('"ip":"10.0.0.1"');
    const post = (body: string, type = "application/json") =>
      fetch(`${here.admin}/delegator.json`, { method: "POST", body, headers: { "content-type": type } });
    const posted = await post(JSON.stringify({ namespace: "http", dtab: "/svc=>/#/fixed", path: "/svc/nope" }));
    expect(await posted.json()).toMatchObject({ path: "/svc/nope" });
    expect((await post("{}", "text/plain")).status).toBe(415);
    expect((await post("{")).status).toBe(400);
    expect((await post("[1]")).status).toBe(400);
    expect((await post("null")).status).toBe(400);
  });

  it.each([
    ["path=/svc/web&dtab=%2Fa%20%3D%3E", 400, /^Invalid dtab: /],
    ["path=svc", 400, /^Invalid path: /],
    ["", 400, /^Invalid path: /],
    ["path=/svc/web&namespace=nope", 404, /^No such router: nope/],
  ])("explain what is wrong with %j", async (query, status, text) => {
    await using here = await world({});
    const answer = await fetch(`${here.admin}/delegator.json?${query}`);
    expect(answer.status).toBe(status);
    expect(await answer.text()).toMatch(text);
  });

  it("do not explain with a table of thousands of names", async () => {
    await using here = await world({});
    const body = JSON.stringify({ path: "/svc/web", dtab: "/a=>/b;".repeat(1_001) });
    const init = { method: "POST", body, headers: { "content-type": "application/json" } };
    const answer = await fetch(`${here.admin}/delegator.json`, init);
    expect([answer.status, await answer.text()]).toEqual([400, "Invalid dtab: 2002 names, more than 2000"]);
  });

  it("give up explaining a name after two seconds", async () => {
    await using here = await world({ slow: "pending" });
    const answer = await fetch(`${here.admin}/delegator.json?path=/svc/slow`);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toBe("Request timed out.");
  });

  it("show names, clients and namers [parity: admin-pages]", async () => {
    await using back = await RawServer.start(ok);
    await using here = await world({ web: [back.address], api: addresses });
    expect(await json(`${here.admin}/bound-names.json`)).toEqual(["/#/fixed/api", "/#/fixed/web"]);
    expect(await json(`${here.admin}/client_state.json`)).toEqual({});
    await exchange(here.port, get());
    expect(await json(`${here.admin}/client_state.json`)).toEqual({
      "/#/fixed/web": { state: "bound", addresses: [`127.0.0.1:${back.address.port}`] },
    });
    expect(await json(`${here.admin}/namer_state/fixed.json`)).toEqual({ known: 2 });
    expect((await fetch(`${here.admin}/namer_state/nope.json`)).status).toBe(404);
    expect((await fetch(`${here.admin}/namer_state/`)).status).toBe(404);
  });

  it("show metrics flat, as a tree, sorted, and by branch [parity: metrics-json]", async () => {
    await using back = await RawServer.start(ok);
    await using here = await world({ web: [back.address] });
    await exchange(here.port, get());
    const url = `${here.admin}/admin/metrics.json`;
    expect(await json(url)).toMatchObject({
      "rt/http/service/svc/web/requests": 1,
      "rt/http/client/#/fixed/web/request_latency_ms.count": 1,
      "rt/http/client/#/fixed/web/request_latency_ms.p99": expect.any(Number),
    });
    expect(await json(`${url}?tree=1`)).toMatchObject({
      rt: {
        http: {
          originator: { gauge: 1 },
          server: { [`127.0.0.1/${here.port}`]: { requests: { counter: 1 } } },
          service: { "svc/web": { requests: { counter: 1 }, request_latency_ms: { "stat.count": 1 } } },
          client: { "#/fixed/web": { requests: { counter: 1 }, service: { "svc/web": { requests: { counter: 1 } } } } },
        },
      },
    });
    expect(await json(`${url}?q=rt/http/service`)).toMatchObject({ "svc/web/requests": 1 });
    expect(await json(`${url}?q=rt/http/client&tree=1`)).toMatchObject({ "#/fixed/web": { requests: { counter: 1 } } });
    const inside = await json(`${url}?q=rt/http/client/%23/fixed&tree=1`);
    expect(inside).toMatchObject({ web: { requests: { counter: 1 } } });
    expect(await json(`${url}?q=rt/http/originator`)).toEqual({ originator: 1 });
    const unknown = await fetch(`${url}?q=rt/nope`);
    expect([unknown.status, await unknown.json()]).toEqual([404, { error: "No such subtree: rt/nope" }]);
    const pretty = await (await fetch(`${url}?pretty=1`)).text();
    const keys = Object.keys(JSON.parse(pretty));
    expect(pretty).toContain("\n");
    expect(keys).toEqual([...keys].sort());
  });

  it("are ready once each namer has answered", async () => {
    await using here = await world({ web: addresses });
    expect((await fetch(`${here.admin}/livez`)).status).toBe(200);
    await fetch(`${here.admin}/readyz`);
    const ready = await fetch(`${here.admin}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ ready: true, namers: { "/#/fixed": "answered" } });
  });

  it("are not ready while a namer has not, and one that cannot list its names is not waited for", async () => {
    const { Activity } = await import("@namerkit/core");
    const slow = { ...fixedNamer({}), enumerate: () => Activity.pending };
    const { enumerate: _, ...silent } = fixedNamer({});
    const namers = [
      { prefix: Path.parse("/#/slow"), namer: slow },
      { prefix: Path.parse("/#/silent"), namer: silent },
    ];
    await using here = await world({}, { namers });
    await fetch(`${here.admin}/readyz`);
    const ready = await fetch(`${here.admin}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ namers: { "/#/slow": "asking", "/#/silent": "not asked" } });
    expect(await json(`${here.admin}/bound-names.json`)).toEqual([]);
  });
});

describe("the admin server's guard [parity: admin-security]", () => {
  const ask = async (host: string | undefined, extra: readonly string[] = [], method = "GET", path = "/admin/ping") => {
    await using here = await world({}, { env: { adminHosts: ["Proxy.Example"] } });
    const port = Number(new URL(here.admin).port);
    const version = host === undefined ? "HTTP/1.0" : "HTTP/1.1";
    const lines = [`${method} ${path} ${version}`, ...(host === undefined ? [] : [`Host: ${host}`]), ...extra];
    const { text } = await exchange(port, `${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`);
    return Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);
  };

  it.each(["localhost", "localhost:9990", "127.0.0.1:1", "127.8.9.1", "[::1]:9990", "proxy.example:80", "LOCALHOST"])(
    "lets %s in",
    async (host) => {
      expect(await ask(host)).toBe(200);
    },
  );

  it.each([
    "evil.example",
    "10.0.0.1",
    "localhost.evil.example",
    "",
    "localhost@evil",
    "[::2]",
    "127.0.0.1.evil.example",
  ])("keeps %j out", async (host) => {
    expect(await ask(host)).toBe(403);
  });

  it("lets HTTP/1.0 checks without Host in", async () => {
    expect(await ask(undefined)).toBe(200);
  });

  it("refuses posts from other sites", async () => {
    const post = (extra: readonly string[]) =>
      ask("localhost", ["Content-Length: 0", ...extra], "POST", "/delegator.json");
    expect(await post(["Origin: http://evil.example"])).toBe(403);
    expect(await post(["Origin: null"])).toBe(403);
    expect(await post(["Sec-Fetch-Site: cross-site"])).toBe(403);
    expect(await post(["Sec-Fetch-Site: same-site"])).toBe(403);
    expect(await post(["Origin: http://localhost", "Sec-Fetch-Site: same-origin"])).toBe(415);
    expect(await post([])).toBe(415);
  });

  it("does not fall over anything", async () => {
    await using here = await world({});
    const port = Number(new URL(here.admin).port);
    for (const target of [
      "/%",
      "/%00",
      "//",
      "/delegator.json?path=%ff",
      "*",
      "http://x/",
      "/namer_state/%2e%2e.json",
    ]) {
      const { text } = await exchange(port, `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      expect(text).toMatch(/^HTTP\/1\.1 [24]\d\d /);
    }
    const big = "a".repeat(2 << 20);
    const post = `POST /delegator.json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${big.length}\r\n\r\n`;
    const { text } = await exchange(port, [post, big]);
    expect(text).toMatch(/^(?:HTTP\/1\.1 413 |$)/);
    expect(await (await fetch(`${here.admin}/admin/ping`)).text()).toBe("pong");
  });
});
