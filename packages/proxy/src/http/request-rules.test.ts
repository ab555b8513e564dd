import { Path } from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { always, exchange, get, proxyTo, RawServer } from "../../test/kit.js";

const ok = always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

/** What the endpoint got: the request line, and headers by lower-case name. */
function received(raw: string): { line: string; headers: Map<string, string[]> } {
  const [line = "", ...rest] = (raw.split("\r\n\r\n")[0] ?? "").split("\r\n");
  const headers = new Map<string, string[]>();
  for (const header of rest) {
    const colon = header.indexOf(":");
    const name = header.slice(0, colon).toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), header.slice(colon + 1).trim()]);
  }
  return { line, headers };
}

async function forwarded(request: string, prepare?: (names: Awaited<ReturnType<typeof proxyTo>>["names"]) => void) {
  await using back = await RawServer.start(ok);
  await using proxy = await proxyTo([back.address]);
  prepare?.(proxy.names);
  const answer = await exchange(proxy.port, request);
  return { ...received(back.all), answer: answer.text, proxy };
}

describe("headers of a forwarded request", () => {
  it("carry the names, and a request id of 16 hex digits [parity: dst-headers, reqid]", async () => {
    const { headers } = await forwarded(get());
    expect(headers.get("l5d-dst-service")).toEqual(["/svc/web"]);
    expect(headers.get("l5d-dst-client")).toEqual(["/#/fake/web"]);
    expect(headers.has("l5d-dst-residual")).toBe(false);
    expect(headers.get("l5d-reqid")?.[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(headers.get("via")).toEqual(["1.1 linkerd"]);
    expect(headers.get("host")).toEqual(["web"]);
  });

  it("carry the residual where there is one [parity: dst-headers]", async () => {
    const { headers } = await forwarded(get(), (names) => {
      names.residual = Path.parse("/rest/of/it");
    });
    expect(headers.get("l5d-dst-residual")).toEqual(["/rest/of/it"]);
  });

  it("keep what the client sent, doubled names and spelling included", async () => {
    const { headers } = await forwarded(get("/", ["X-One: 1", "x-one: 2", "Cookie: a=b", "Accept: */*"]));
    expect(headers.get("x-one")).toEqual(["1", "2"]);
    expect(headers.get("cookie")).toEqual(["a=b"]);
  });

  it("append to Via [parity: via]", async () => {
    const { headers } = await forwarded(get("/", ["Via: 1.0 squid", "Via: 1.1 linkerd"]));
    expect(headers.get("via")).toEqual(["1.0 squid, 1.1 linkerd, 1.1 linkerd"]);
  });

  it("lose every hop-by-hop header and those that Connection names, but never the framing or the destination [parity: hop-by-hop]", async () => {
    const hops = [
      "Keep-Alive: timeout=5",
      "Proxy-Authenticate: Basic",
      "Proxy-Authorization: Basic eA==",
      "Proxy-Connection: keep-alive",
      "TE: trailers",
      "Trailer: X-T",
      "Upgrade: websocket",
      "X-Secret: 1",
      "X-Kept: 1",
    ];
    const request = `${["POST / HTTP/1.1", "Host: web", "Connection: close, X-Secret, Host, Content-Length, upgrade", "Content-Length: 3", ...hops].join("\r\n")}\r\n\r\nabc`;
    await using back = await RawServer.start((socket, soFar) => {
      if (soFar.endsWith("abc")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    await using proxy = await proxyTo([back.address]);
    await exchange(proxy.port, request);
    const { headers } = received(back.all);
    for (const gone of [
      "keep-alive",
      "proxy-authenticate",
      "proxy-authorization",
      "proxy-connection",
      "te",
      "trailer",
    ]) {
      expect(headers.has(gone), gone).toBe(false);
    }
    expect(headers.has("upgrade")).toBe(false);
    expect(headers.has("x-secret")).toBe(false);
    expect(headers.get("x-kept")).toEqual(["1"]);
    expect(headers.get("host")).toEqual(["web"]);
    expect(headers.get("content-length")).toEqual(["3"]);
    expect(headers.get("connection")).toEqual(["keep-alive"]);
    expect(back.all.endsWith("\r\n\r\nabc")).toBe(true);
  });

  it("do not repeat what a client says in the proxy's name, except a request id [parity: reqid]", async () => {
    const own = [
      "l5d-dst-service: /svc/evil",
      "l5d-dst-client: /evil",
      "l5d-dst-residual: /evil",
      "l5d-sample: 1.0",
      "X-Forwarded-Client-Cert: Hash=1",
    ];
    const { headers } = await forwarded(get("/", [...own, "l5d-reqid: 0123456789abcdef"]));
    expect(headers.get("l5d-dst-service")).toEqual(["/svc/web"]);
    expect(headers.get("l5d-dst-client")).toEqual(["/#/fake/web"]);
    expect(headers.has("l5d-dst-residual")).toBe(false);
    expect(headers.has("l5d-sample")).toBe(false);
    expect(headers.has("x-forwarded-client-cert")).toBe(false);
    expect(headers.get("l5d-reqid")).toEqual(["0123456789abcdef"]);
    const { headers: other } = await forwarded(get("/", ["l5d-reqid: not a trace id"]));
    expect(other.get("l5d-reqid")?.[0]).toMatch(/^[0-9a-f]{16}$/);
  });

  it("turn an Upgrade to HTTP/2 into a plain request", async () => {
    const request = "GET /chat HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
    await using back = await RawServer.start(ok);
    await using proxy = await proxyTo([back.address]);
    const { text } = await exchange(proxy.port, request, (soFar) => soFar.endsWith("ok"));
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(received(back.all).headers.get("connection")).toEqual(["keep-alive"]);
  });

  it("take Host from the address set where it says so [parity: authority]", async () => {
    const { headers } = await forwarded(get(), (names) => {
      names.meta = { authority: "web.service.consul" };
    });
    expect(headers.get("host")).toEqual(["web.service.consul"]);
  });
});

describe("delegations in headers", () => {
  it("are read in Linkerd's order, taken out, and passed on as context [parity: local-dtab]", async () => {
    const { headers, proxy } = await forwarded(
      get("/", ["l5d-dtab: /a => /b", "l5d-ctx-dtab: /c => /d", "L5d-Dtab: /e=>/f"]),
    );
    const local = "/c=>/d;/a=>/b;/e=>/f";
    expect(proxy.names.acquired.map((one) => one.local.replaceAll(" ", ""))).toEqual([local]);
    expect(headers.has("l5d-dtab")).toBe(false);
    expect(headers.get("l5d-ctx-dtab")?.map((one) => one.replaceAll(" ", ""))).toEqual([local]);
  });

  it("that cannot be read are answered with the parser's words [parity: bad-dtab]", async () => {
    await using proxy = await proxyTo([]);
    const { text } = await exchange(proxy.port, get("/", ["l5d-dtab: /a => "]));
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    const err = /\r\nl5d-err: ([^\r]+)\r\n/.exec(text)?.[1] ?? "";
    const body = text.split("\r\n\r\n")[1] ?? "";
    expect(body.length).toBeGreaterThan(10);
    expect(decodeURIComponent(err.replaceAll("+", " "))).toBe(body);
    expect(proxy.names.acquired).toEqual([]);
  });

  it("are refused when they are many: the cache would keep them, and binding would multiply them [parity: local-dtab]", async () => {
    await using proxy = await proxyTo([], { limits: { delegationsPerRequest: 5 } });
    const refused = ["l5d-ctx-dtab: /a => /b", "l5d-dtab: /c => /d | /e & /f"];
    const { text } = await exchange(proxy.port, get("/", refused));
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toMatch(/the delegations of the request hold 6 names, more than 5$/);
    expect(proxy.names.acquired).toEqual([]);
  });

  it("keep their weights in full", async () => {
    const { headers } = await forwarded(get("/", ["l5d-dtab: /a => 0.001 * /b & 0.999 * /c"]));
    expect(headers.get("l5d-ctx-dtab")?.[0]).toContain("0.001");
  });

  it("of untrusted clients are dropped with clearContext, with everything else that begins with l5d- [parity: clear-context]", async () => {
    await using back = await RawServer.start(
      always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nl5d-success-class: 1.0\r\nl5d-foo: 1\r\n\r\nok"),
    );
    await using proxy = await proxyTo([back.address], { clearContext: true });
    const sent = ["l5d-dtab: /a => ", "l5d-ctx-trace: x", "l5d-foo: 1", "l5d-reqid: 0123456789abcdef", "X-Kept: 1"];
    const { text } = await exchange(proxy.port, get("/", sent));
    const { headers } = received(back.all);
    expect([...headers.keys()].filter((name) => name.startsWith("l5d-")).sort()).toEqual([
      "l5d-ctx-trace",
      "l5d-dst-client",
      "l5d-dst-service",
      "l5d-reqid",
    ]);
    expect(headers.get("l5d-ctx-trace")).not.toEqual(["x"]);
    expect(headers.get("l5d-reqid")).not.toEqual(["0123456789abcdef"]);
    expect(headers.get("x-kept")).toEqual(["1"]);
    expect(text).not.toMatch(/l5d-/);
  });
});

describe("the request line", () => {
  it("in absolute form gives way to a path, and its authority wins over Host [parity: absolute-form]", async () => {
    const { line, headers, proxy } = await forwarded(
      "GET http://Shop.example:8080/x?y HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n",
    );
    expect(line).toBe("GET /x?y HTTP/1.1");
    expect(headers.get("host")).toEqual(["Shop.example:8080"]);
    expect(proxy.names.acquired[0]?.path).toBe("/svc/Shop.example:8080");
  });

  it.each([
    ["http://shop", "/"],
    ["HTTP://shop?q=1", "/?q=1"],
    ["https://shop/a/b/", "/a/b/"],
  ])("%s is forwarded as %s", async (target, path) => {
    const { line } = await forwarded(`GET ${target} HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n`);
    expect(line).toBe(`GET ${path} HTTP/1.1`);
  });

  it.each([
    ["GET http://user@shop/ HTTP/1.1\r\nHost: web", 400],
    ["GET http:///x HTTP/1.1\r\nHost: web", 400],
    ["GET /x#y HTTP/1.1\r\nHost: web", 400],
    ["GET ftp://shop/x HTTP/1.1\r\nHost: web", 400],
    ["OPTIONS * HTTP/1.1\r\nHost: web", 501],
    ["CONNECT shop HTTP/1.1\r\nHost: shop", 400],
    ["CONNECT http://shop:443/ HTTP/1.1\r\nHost: shop", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nHost: b", 400],
    ["GET / HTTP/2.0\r\nHost: a", 400],
  ])("%j is refused with %i and never forwarded", async (head, status) => {
    await using back = await RawServer.start(ok);
    await using proxy = await proxyTo([back.address]);
    const { text } = await exchange(proxy.port, `${head}\r\nConnection: close\r\n\r\n`);
    expect(text.split("\r\n")[0]).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(back.all).toBe("");
  });
});

describe("a request that no identifier names [parity: unidentified, identifier-list]", () => {
  it.each(["GET /x HTTP/1.1\r\nConnection: close", "GET /x HTTP/1.0"])(
    "%j is answered as Linkerd does",
    async (head) => {
      await using proxy = await proxyTo([]);
      const { text } = await exchange(proxy.port, `${head}\r\n\r\n`);
      expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
      expect(text).toMatch(/\r\nContent-Type: text\/plain\r\n/);
      expect(text).toMatch(
        /\r\n\r\nUnknown destination: Request\("GET \/x", from \/127\.0\.0\.1:\d+\) \/ Host header is absent$/,
      );
    },
  );

  it("with identifiers in a list, the first that knows it wins, and one that throws is passed over", async () => {
    await using back = await RawServer.start(ok);
    const identifiers = [
      { identify: () => ({ unidentified: "not me" }) },
      {
        identify: () => {
          throw new Error("broken");
        },
      },
      { identify: () => ({ path: Path.parse("/svc/third"), target: "/changed" }) },
    ];
    await using proxy = await proxyTo([back.address], { identifiers });
    await exchange(proxy.port, "GET /x HTTP/1.1\r\nConnection: close\r\n\r\n");
    expect(proxy.names.acquired[0]?.path).toBe("/svc/third");
    const { line, headers } = received(back.all);
    expect(line).toBe("GET /changed HTTP/1.1");
    expect(headers.get("host")).toEqual([""]);
  });

  it("through too many proxies is taken for a loop [parity: call-depth]", async () => {
    await using proxy = await proxyTo([], { maxCallDepth: 2 });
    const { text } = await exchange(proxy.port, get("/", ["Via: 1.1 a, 1.1 b"]));
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain("Maximum number of calls (2) has been exceeded. Please check for proxy loops.");
  });
});
