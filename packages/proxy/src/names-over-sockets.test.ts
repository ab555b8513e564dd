import { describe, expect, it } from "vitest";
import { configured, endpoint, known } from "../test/configured.js";
import { exchange, get, until } from "../test/kit.js";

const close = "Connection: close\r\n\r\n";

describe("what a request is called, from the wire to the wire", () => {
  it.each([
    ["{ kind: io.l5d.header.token }", `GET / HTTP/1.1\r\nHost: Web.Test:80\r\n${close}`, "/svc/Web.Test:80"],
    [
      "{ kind: io.l5d.header.token, header: X-To }",
      `GET / HTTP/1.1\r\nHost: a\r\nx-to: web/2\r\n${close}`,
      "/svc/\\x77\\x65\\x62\\x2f\\x32",
    ],
  ])("by a token in a header: %s [parity: header-token]", async (identifier, bytes, name) => {
    await using back = await endpoint("ok");
    using proxy = await configured(`identifier: ${identifier}\ndtab: /svc => /$/inet/127.1/${back.port}`);
    expect(await proxy.ask(bytes)).toMatch(/ok$/);
    expect(back.got("l5d-dst-service")).toBe(name);
  });

  it("by a path in a header [parity: header]", async () => {
    await using back = await endpoint("ok");
    using proxy = await configured(`identifier: { kind: io.l5d.header }\ndtab: /svc => /$/inet/127.1/${back.port}`);
    expect(await proxy.ask(get("/", ["l5d-name: /a/b"]))).toMatch(/ok$/);
    expect([back.got("l5d-dst-service"), back.got("l5d-name")]).toEqual(["/svc/a/b", "/a/b"]);
    expect(await proxy.ask(get("/", ["l5d-name: a"]))).toMatch(/^HTTP\/1\.1 400 .*Unknown destination/s);
  });

  it.each([
    ["", "/one/two?x=1", "/svc/one", "GET /one/two?x=1 HTTP/1.1"],
    [", segments: 2, consume: true", "/one/two/three/?x=1", "/svc/one/two", "GET /three/?x=1 HTTP/1.1"],
    [", segments: 2, consume: true", "/one/two", "/svc/one/two", "GET / HTTP/1.1"],
  ])("by its path%s: %s [parity: path]", async (options, path, name, line) => {
    await using back = await endpoint("ok");
    using proxy = await configured(
      `identifier: { kind: io.l5d.path${options} }\ndtab: /svc => /$/inet/127.1/${back.port}`,
    );
    expect(await proxy.ask(get(path))).toMatch(/ok$/);
    expect([back.got("l5d-dst-service"), back.got()]).toEqual([name, line]);
    expect(await proxy.ask(get("/"))).toContain("not enough segments in path");
  });

  it.each([
    ["", `POST /a HTTP/1.1\r\nHost: Web\r\nContent-Length: 0\r\n${close}`, "/svc/1.1/POST/web"],
    [", httpUriInDst: true", `GET /a/b?c HTTP/1.1\r\nHost: Web\r\n${close}`, "/svc/1.1/GET/web/a/b"],
    ["", "GET /a HTTP/1.0\r\n\r\n", "/svc/1.0/GET"],
  ])("by method and host%s: %j [parity: method-and-host]", async (options, bytes, name) => {
    await using back = await endpoint("ok");
    using proxy = await configured(
      `identifier: { kind: io.l5d.methodAndHost${options} }\ndtab: /svc => /$/inet/127.1/${back.port}`,
    );
    expect(await proxy.ask(bytes)).toMatch(/ok$/);
    expect(back.got("l5d-dst-service")).toBe(name);
  });

  it("by the configuration alone, and then without Host [parity: static, no-host]", async () => {
    await using back = await endpoint("ok");
    using proxy = await configured(
      `dstPrefix: /all\nidentifier: { kind: io.l5d.static, path: /a/b }\ndtab: /all => /$/inet/127.1/${back.port}`,
    );
    expect(await proxy.ask(`GET / HTTP/1.1\r\n${close}`)).toMatch(/ok$/);
    expect([back.got("l5d-dst-service"), back.got("Host")]).toEqual(["/all/a/b", ""]);
  });

  it("by the first of several that knows it [parity: identifier-list]", async () => {
    await using back = await endpoint("ok");
    using proxy = await configured(`identifier:
- { kind: io.l5d.header.token, header: x-first }
- { kind: io.l5d.path, segments: 2 }
dtab: /svc => /$/inet/127.1/${back.port}`);
    for (const [path, headers, name] of [
      ["/a/b", ["x-first: one"], "/svc/one"],
      ["/a/b", [], "/svc/a/b"],
    ] as const) {
      expect(await proxy.ask(get(path, headers))).toMatch(/ok$/);
      expect(back.got("l5d-dst-service")).toBe(name);
    }
    expect(await proxy.ask(get("/a"))).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe("where a name leads", () => {
  it.each([
    [
      "inet",
      (port: number) => `/svc => /$/inet/127.0.0.1/${port}`,
      "web",
      (port: number) => `/$/inet/127.0.0.1/${port}`,
    ],
    [
      "inet, in short",
      (port: number) => `/svc => /$/inet/127.1/${port}`,
      "web",
      (port: number) => `/$/inet/127.1/${port}`,
    ],
    [
      "rinet",
      (port: number) => `/ph => /$/io.buoyant.rinet ; /svc => /ph/${port}`,
      "127.0.0.1",
      (port: number) => `/$/io.buoyant.rinet/${port}/127.0.0.1`,
    ],
    [
      "host and port",
      () => "/hp => /$/inet ; /svc => /$/io.buoyant.hostportPfx/hp",
      "127.0.0.1:PORT",
      (port: number) => `/$/inet/127.0.0.1/${port}`,
    ],
    [
      "port and host",
      () => "/ph => /$/io.buoyant.rinet ; /svc => /$/io.buoyant.porthostPfx/ph",
      "127.0.0.1:PORT",
      (port: number) => `/$/io.buoyant.rinet/${port}/127.0.0.1`,
    ],
    [
      "domains",
      (port: number) => `/d/test/web => /$/inet/127.1/${port} ; /svc => /$/io.buoyant.http.domainToPathPfx/d`,
      "web.test",
      (port: number) => `/$/inet/127.1/${port}`,
    ],
    [
      "subdomains",
      (port: number) => `/s/web => /$/inet/127.1/${port} ; /svc => /$/io.buoyant.http.subdomainOfPfx/test.org/s`,
      "web.test.org",
      (port: number) => `/$/inet/127.1/${port}`,
    ],
  ])("through what is built in: %s [parity: built-in-names]", async (_, dtab, host, client) => {
    await using back = await endpoint("ok");
    using proxy = await configured(`dtab: ${dtab(back.port)}`);
    expect(await proxy.ask(get("/", [], host.replace("PORT", String(back.port))))).toMatch(/ok$/);
    expect(back.got("l5d-dst-client")).toBe(client(back.port));
  });

  it.each(["/$/nil", "/$/fail", "/$/nobody.knows"])("to nothing: %s [parity: built-in-names]", async (dst) => {
    using proxy = await configured(`dtab: /svc => ${dst}`);
    expect(await proxy.ask(get())).toMatch(/^HTTP\/1\.1 502 /);
  });

  it.each([200, 204, 304, 404, 503])("may be no endpoint but a status: %i [parity: status-names]", async (status) => {
    await using back = await endpoint("ok");
    using proxy = await configured(
      `dtab: /svc => /$/io.buoyant.http.status/${status} | /$/inet/127.1/${back.port}; /svc/ok => /$/inet/127.1/${back.port}`,
    );
    const bytes = `GET / HTTP/1.1\r\nHost: web\r\n\r\n${get("/", [], "ok")}`;
    const text = await proxy.ask(bytes);
    const [head = "", next = ""] = text.split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toMatch(/\r\nVia: 1\.1 linkerd\r\n/);
    expect(head).toContain(`\r\nl5d-success-class: ${status < 500 ? "1.0" : "0.0"}\r\n`);
    expect(head).not.toMatch(/l5d-err|content-type/i);
    expect(/content-length: 0/i.test(head)).toBe(status !== 204 && status !== 304);
    // The connection goes on.
    expect([next.slice(0, 12), text.slice(-2)]).toEqual(["HTTP/1.1 200", "ok"]);
  });

  it("goes by the dtab: comments, wildcards, the last entry first, alternatives, failure [parity: dtab]", async () => {
    await using one = await endpoint("one");
    await using two = await endpoint("two");
    using proxy = await configured(`dtab: |
  /svc        => /one ;             # unless there is more to say
  /one        => /$/inet/127.1/${one.port} ;
  /two        => /$/inet/127.1/${two.port} ;
  /svc/*/beta => /two ;
  /svc/alt    => /absent | /two | /one ;
  /svc/not    => ! | /one ;
  /svc/none   => ~ | /absent`);
    const to = async (dtab: string) => {
      const text = await proxy.ask(get("/", [`l5d-dtab: /svc/web => ${dtab}`]));
      return /^HTTP\/1\.1 200/.test(text) ? text.slice(-3) : text.slice(9, 12);
    };
    expect((await proxy.ask(get())).slice(-3)).toBe("one");
    expect(await to("/svc/x/beta")).toBe("two");
    expect(await to("/svc/alt")).toBe("two");
    expect(await to("/svc/not")).toBe("502");
    // An entry whose names are Neg gives way to the one before it.
    expect(await to("/svc/none")).toBe("one");
  });

  it("is shared by the weights of a union [parity: weights]", async () => {
    await using one = await endpoint("one");
    await using two = await endpoint("two");
    using proxy = await configured(`dtab: /svc => 3 * /$/inet/127.1/${one.port} & 1 * /$/inet/127.1/${two.port}`);
    const seen = { one: 0, two: 0 };
    for (let i = 0; i < 200; i++) seen[(await proxy.ask(get())).slice(-3) as keyof typeof seen]++;
    expect(seen.one + seen.two).toBe(200);
    // Further off than this once in a billion runs.
    expect(seen.one).toBeGreaterThan(110);
    expect(seen.two).toBeGreaterThan(15);
  });

  it("is for the last namer of a prefix first, and then for the one before it [parity: namers, namer-order]", async () => {
    await using one = await endpoint("one");
    await using two = await endpoint("two");
    const top = `namers:
- { kind: x.first, prefix: /n }
- { kind: x.second, prefix: /n, transformers: [{ kind: io.l5d.port, port: ${two.port} }] }`;
    const plugins = [known("x.first", { a: one.port, b: one.port }), known("x.second", { b: 1 })];
    using proxy = await configured("dtab: /svc => /#/n", top, plugins);
    expect(await proxy.ask(get("/", [], "a"))).toMatch(/one$/);
    expect(one.got("l5d-dst-client")).toBe("/#/n/a");
    expect(await proxy.ask(get("/", [], "b"))).toMatch(/two$/);
    expect(two.got("l5d-dst-client")).toBe(`/%/io.l5d.port/${two.port}/#/n/b`);
    expect(await proxy.ask(get("/", [], "c"))).toMatch(/^HTTP\/1\.1 502 /);
  });

  it.each([
    ["io.l5d.port, port: PORT", "/svc => /$/inet/127.1/1", "/%/io.l5d.port/PORT/$/inet/127.1/1"],
    ["io.l5d.const, path: /$/inet/127.1/PORT", "/svc => /nowhere", "/%/io.l5d.const/$/inet/127.1/PORT"],
    ["io.l5d.replace, path: /$/inet/127.1/PORT", "/svc => /$/inet/127.1/1", "/%/io.l5d.replace/$/inet/127.1/PORT"],
  ])("may be changed by a transformer: %s [parity: transformers]", async (kind, dtab, client) => {
    await using back = await endpoint("ok");
    const here = (text: string) => text.replace("PORT", String(back.port));
    using proxy = await configured(
      `interpreter: { kind: default, transformers: [{ kind: ${here(kind)} }] }\ndtab: ${dtab}`,
    );
    expect(await proxy.ask(get())).toMatch(/ok$/);
    expect(back.got("l5d-dst-client")).toBe(here(client));
  });

  it("is forgotten when nobody has asked for a while, watch, connections and series [parity: binding-cache]", async () => {
    await using back = await endpoint("ok");
    const watched: string[] = [];
    using proxy = await configured(
      "dtab: /svc => /#/x.known\nbindingCache: { idleTtlSecs: 1 }",
      "namers: [{ kind: x.known }]",
      [known("x.known", { web: back.port }, watched)],
    );
    const series = async () => {
      const { text } = await exchange(proxy.admin, get("/admin/metrics.json", [], "localhost"));
      return /"rt\/http\/(?:client\/#\/x\.known\/web|service\/svc\/web)\//.test(text);
    };
    expect(await proxy.ask(get())).toMatch(/ok$/);
    expect([watched, await series()]).toEqual([["web"], true]);
    await until(() => watched.length === 0 && back.sockets.every((socket) => socket.closed));
    await until(async () => !(await series()));
    expect(await proxy.ask(get())).toMatch(/ok$/);
  });
});

describe("a request goes on", () => {
  it("with the Host that it came with, and with dtab-local as any other header [parity: host, dtab-local]", async () => {
    await using back = await endpoint("ok");
    using proxy = await configured(`dtab: /svc => /$/inet/127.1/${back.port}`);
    expect(await proxy.ask(get("/", ["Dtab-Local: /svc => /elsewhere"], "Web.Test:8080"))).toMatch(/ok$/);
    expect([back.got("Host"), back.got("Dtab-Local")]).toEqual(["Web.Test:8080", "/svc => /elsewhere"]);
  });

  it("as HTTP/1.1 if it came as HTTP/1.0, and says so in Via [parity: http-1.0]", async () => {
    await using back = await endpoint("ok");
    using proxy = await configured(`dtab: /svc => /$/inet/127.1/${back.port}`);
    const text = await proxy.ask("GET /x HTTP/1.0\r\nHost: web\r\n\r\n");
    expect(text).toMatch(/^HTTP\/1\.1 200 .*\r\nConnection: close\r\n.*ok$/s);
    expect([back.got(), back.got("Via")]).toEqual(["GET /x HTTP/1.1", "1.0 linkerd"]);
  });
});

describe("an error of the proxy's own", () => {
  it("is cut to maxErrResponseKB in its body, and to maxHeadersKB in its header [parity: err]", async () => {
    using proxy = await configured("maxErrResponseKB: 1\nmaxHeadersKB: 2\ndtab: /svc => /nowhere");
    const text = await proxy.ask(get("/", [], `${"a".repeat(900)}${"%".repeat(500)}`));
    const [head = "", body = ""] = text.split("\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1\.1 502 /);
    expect(head).toMatch(/\r\nContent-Type: text\/plain\r\n/);
    expect(head).toMatch(/\r\nContent-Length: 1024\r\n/);
    expect(body.length).toBe(1_024);
    const err = /\r\nl5d-err: ([^\r]+)/.exec(head)?.[1] ?? "";
    expect(err.length).toBeLessThanOrEqual(2_048);
    expect(err.length).toBeGreaterThan(2_000);
    expect(decodeURIComponent(err.replaceAll("+", " "))).toMatch(
      /^Unable to route request!\n\nservice name: \/svc\/aaa.*%%%$/s,
    );
  });
});
