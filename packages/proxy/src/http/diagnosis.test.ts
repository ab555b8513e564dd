import { address } from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { always, exchange, get, proxyTo, RawServer } from "../../test/kit.js";

const hello = "HTTP/1.1 200 OK\r\nContent-Type: message/http\r\nContent-Length: 5\r\n\r\nhello";
const trace = (...headers: string[]) => get("/x", ["l5d-add-context: true", ...headers]).replace("GET", "TRACE");

function block(port: number): RegExp {
  return new RegExp(
    [
      "--- Router: http ---",
      "request duration: \\d+ ms",
      "service name: /svc/web",
      "client name: /#/fake/web",
      `addresses: \\[127\\.0\\.0\\.1:${port}\\]`,
      `selected address: 127\\.0\\.0\\.1:${port}`,
      "dtab resolution:",
      "  /svc/web",
      "  /#/fake/web \\(/svc=>/#/fake\\)\n",
    ].join("\n"),
  );
}

/** What a chunked answer holds. */
function content(text: string): string {
  const body = text.slice(text.indexOf("\r\n\r\n") + 4);
  return body.replaceAll(/(?:^|\r\n)[0-9a-f]+\r\n/g, "").replace(/\r\n$/, "");
}

describe("TRACE with l5d-add-context [parity: trace-method]", () => {
  it("is answered by the endpoint, and each proxy adds how it came there", async () => {
    await using back = await RawServer.start(always(hello));
    await using inner = await proxyTo([back.address]);
    await using outer = await proxyTo([address("127.0.0.1", inner.port)]);
    const { text } = await exchange(outer.port, trace("Max-Forwards: 9"));
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).not.toMatch(/content-length/i);
    const parts = content(text).split(/\n(?=---)/);
    expect(parts[0]).toBe("hello");
    expect(parts[1]).toMatch(block(back.address.port));
    expect(parts[2]).toMatch(block(inner.port));
    expect(back.all).toMatch(/^TRACE \/x HTTP\/1\.1\r\n/);
    expect(back.all).toMatch(/\r\nMax-Forwards: 7\r\n/);
    expect(back.all).toMatch(/\r\nl5d-add-context: true\r\n/);
  });

  it("goes as far as Max-Forwards says, and the last proxy answers", async () => {
    await using back = await RawServer.start(always(hello));
    await using inner = await proxyTo([back.address]);
    await using outer = await proxyTo([address("127.0.0.1", inner.port)]);
    for (const [most, ports] of [
      ["0", [inner.port]],
      ["1", [back.address.port, inner.port]],
    ] as const) {
      const { text } = await exchange(outer.port, trace(`Max-Forwards: ${most}`));
      expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain\r\n/);
      expect(text).not.toMatch(/l5d-err/);
      expect(text).toMatch(/\r\nl5d-success-class: 1\.0\r\n/);
      const parts = text.split(/\n(?=---)/).slice(1);
      expect(parts).toHaveLength(ports.length);
      for (const [i, port] of ports.entries()) expect(parts[i]).toMatch(block(port));
    }
    expect(back.all).toBe("");
    expect(outer.names.released).toEqual(["ignorable", "success"]);
  });

  it.each(["two", "-1", "", "1, 2", "99999999999"])("is refused where Max-Forwards is %j", async (most) => {
    await using back = await RawServer.start(always(hello));
    await using proxy = await proxyTo([back.address]);
    const { text } = await exchange(proxy.port, trace(`Max-Forwards: ${most}`));
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(back.all).toBe("");
  });

  it.each([
    ["without the header", "TRACE / HTTP/1.1\r\nHost: web\r\nConnection: close\r\nMax-Forwards: 0\r\n\r\n", false],
    ["that says no", trace().replace("true", "false"), false],
    ["of another method", get("/x", ["l5d-add-context: true", "Max-Forwards: 0"]), false],
    ["of a client that is not believed", trace("Max-Forwards: 0"), true],
  ])("%s is a request like any other", async (_, bytes, clearContext) => {
    await using back = await RawServer.start(always(hello));
    await using proxy = await proxyTo([back.address], { clearContext });
    const { text } = await exchange(proxy.port, bytes);
    expect(text).toMatch(/\r\nContent-Length: 5\r\n/);
    expect(text).toMatch(/\r\n\r\nhello$/);
  });

  it.each([
    ["HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n", ""],
    ["HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 3\r\n\r\n\x01\x02\x03", "\x01\x02\x03"],
  ])("adds nothing where there is nothing to add to: %j", async (bytes, body) => {
    await using back = await RawServer.start(always(bytes));
    await using proxy = await proxyTo([back.address]);
    const { text } = await exchange(proxy.port, trace());
    expect(text.slice(text.indexOf("\r\n\r\n") + 4)).toBe(body);
  });
});
