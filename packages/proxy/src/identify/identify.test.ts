import { type IdentifierPlugin, noMetrics, Path, type RequestHead, silentLog, systemClock } from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { proxyPlugins } from "../plugins.js";
import { headerIdentifier, headerTokenIdentifier } from "./header.js";
import { methodAndHostIdentifier } from "./method-and-host.js";
import { pathIdentifier } from "./path.js";
import { staticIdentifier } from "./static.js";

function head(overrides: Partial<RequestHead> & { headers?: Record<string, string> } = {}): RequestHead {
  const headers = { host: overrides.authority, ...overrides.headers } as Record<string, string | undefined>;
  return {
    method: "GET",
    target: "/",
    authority: undefined,
    version: "1.1",
    header: (name) => headers[name.toLowerCase()],
    ...overrides,
  };
}

async function options<T>(plugin: IdentifierPlugin<T>, given: unknown): Promise<T> {
  const result = await plugin.config?.["~standard"].validate(given);
  if (result === undefined || result.issues !== undefined) {
    throw new Error(result?.issues?.map((issue) => issue.message).join("; "));
  }
  return result.value;
}

async function identified<T>(plugin: IdentifierPlugin<T>, given: unknown, request: RequestHead) {
  const identifier = plugin.create(await options(plugin, given), {
    prefix: Path.empty,
    dstPrefix: Path.parse("/svc"),
    clock: systemClock,
    random: () => 0,
    log: silentLog,
    metrics: noMetrics,
    baseDir: ".",
  });
  const found = await identifier.identify(request);
  if ("unidentified" in found) return found.unidentified;
  return found.target === undefined ? found.path.show() : [found.path.show(), found.target];
}

describe("io.l5d.header.token [parity: header-token]", () => {
  it.each([
    [{}, head({ authority: "Web.Example:80" }), "/svc/Web.Example:80"],
    [{}, head(), "Host header is absent"],
    [{}, head({ authority: "" }), "Host header is absent"],
    [{ header: "my-name" }, head({ headers: { "my-name": "a/b" } }), "/svc/\\x61\\x2f\\x62"],
    [{ header: "my-name" }, head({ authority: "web" }), "my-name header is absent"],
    [{}, head({ authority: "caf\xc3\xa9" }), "/svc/\\x63\\x61\\x66\\xc3\\xa9"],
  ])("with %j", async (given, request, expected) => {
    expect(await identified(headerTokenIdentifier, given, request)).toBe(expected);
  });
});

describe("io.l5d.header [parity: header]", () => {
  it("reads a path", async () => {
    const request = (value: string) => head({ headers: { "l5d-name": value, other: value } });
    expect(await identified(headerIdentifier, undefined, request("/a/b"))).toBe("/svc/a/b");
    expect(await identified(headerIdentifier, { header: "other" }, request("/c"))).toBe("/svc/c");
    expect(await identified(headerIdentifier, {}, head())).toBe("l5d-name header is absent");
    expect(await identified(headerIdentifier, {}, request("a b"))).not.toMatch(/^\/svc/);
  });
});

describe("io.l5d.methodAndHost [parity: method-and-host]", () => {
  it.each([
    [{}, head({ authority: "Web.Example", method: "POST", target: "/a?b" }), "/svc/1.1/POST/web.example"],
    [{ httpUriInDst: true }, head({ authority: "web", target: "/a/b/?c=/d" }), "/svc/1.1/GET/web/a/b"],
    [{}, head({ version: "1.0", authority: "web", target: "/a" }), "/svc/1.0/GET"],
    [{ httpUriInDst: true }, head({ version: "1.0", target: "/a" }), "/svc/1.0/GET/a"],
    [{}, head(), "HTTP/1.1 request missing hostname"],
    [{}, head({ version: "2", authority: "web" }), "Unknown HTTP version HTTP/2"],
  ])("with %j", async (given, request, expected) => {
    expect(await identified(methodAndHostIdentifier, given, request)).toBe(expected);
  });
});

describe("io.l5d.path [parity: path]", () => {
  it.each([
    [{}, "/a/b?c", "/svc/a"],
    [{ segments: 2 }, "/a/b?c", "/svc/a/b"],
    [{ segments: 3 }, "/a/b?c=/d", "not enough segments in path"],
    [{}, "/", "not enough segments in path"],
    [{}, "//a", "not enough segments in path"],
    [{}, "/?a/b", "not enough segments in path"],
    [{ consume: true }, "/a", ["/svc/a", "/"]],
    [{ consume: true }, "/a/", ["/svc/a", "/"]],
    [{ consume: true }, "/a/b/?c=d/e", ["/svc/a", "/b/?c=d/e"]],
    [{ consume: true }, "/a?c", ["/svc/a", "/?c"]],
    [{ consume: true, segments: 2 }, "/a/b/c/d/", ["/svc/a/b", "/c/d/"]],
  ])("with %j, %s is %j", async (given, target, expected) => {
    expect(await identified(pathIdentifier, given, head({ target }))).toEqual(expected);
  });
});

describe("io.l5d.static [parity: static]", () => {
  it("gives every request its path", async () => {
    expect(await identified(staticIdentifier, { path: "/a/b" }, head())).toBe("/svc/a/b");
  });
});

describe("options", () => {
  it.each([
    [headerTokenIdentifier, { header: "a b" }, /header must be the name of an HTTP header/],
    [headerTokenIdentifier, { heder: "Host" }, /unknown key heder/],
    [headerTokenIdentifier, [], /must be an object/],
    [methodAndHostIdentifier, { httpUriInDst: "yes" }, /httpUriInDst must be true or false/],
    [pathIdentifier, { segments: 0 }, /segments must be an integer from 1/],
    [pathIdentifier, { segments: 1.5 }, /segments must be an integer/],
    [staticIdentifier, {}, /path is required/],
    [staticIdentifier, { path: "a b" }, /./],
    [staticIdentifier, { path: "/a", other: 1 }, /unknown key other/],
  ] as const)("of %o refuse %j", async (plugin, given, message) => {
    await expect(options(plugin as IdentifierPlugin<unknown>, given)).rejects.toThrow(message);
  });

  it("are described for editors, one kind each", () => {
    const identifiers = proxyPlugins.filter(({ role }) => role === "identifier");
    expect(identifiers.map((plugin) => plugin.kind)).toEqual([
      "io.l5d.header.token",
      "io.l5d.header",
      "io.l5d.methodAndHost",
      "io.l5d.path",
      "io.l5d.static",
    ]);
    for (const plugin of proxyPlugins) expect(plugin.jsonSchema).toMatchObject({ additionalProperties: false });
  });
});
