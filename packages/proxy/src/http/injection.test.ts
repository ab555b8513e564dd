import { NamerError, Path } from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { StrictEndpoint } from "../../test/corpus/strict-endpoint.js";
import { always, exchange, get, proxyTo, RawServer, until } from "../../test/kit.js";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const nasty = "a\r\nX-Evil: 1\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n";
const lines = (raw: string) => (raw.split("\r\n\r\n")[0] ?? "").split("\r\n");

describe("line ends in what becomes a header [parity: smuggling]", () => {
  it.each([
    ["CR LF", "web\r\nX-Evil: 1"],
    ["a whole request", nasty],
    ["LF alone", "web\nX-Evil: 1"],
    ["CR alone", "web\rX-Evil: 1"],
    ["NUL", "web\0"],
    ["beyond Latin-1", "web\u010d\u010aX-Evil: 1"],
  ])("in the authority of an address set (%s) are a 502, and nothing goes out", async (_, authority) => {
    await using endpoint = await StrictEndpoint.start();
    await using proxy = await proxyTo([endpoint.address]);
    proxy.names.meta = { authority };
    expect((await exchange(proxy.port, get())).text).toMatch(/^HTTP\/1\.1 502 /);
    expect(endpoint).toMatchObject({ requests: [], violations: [] });
    proxy.names.meta = {};
    expect((await exchange(proxy.port, get("/canary"))).text.endsWith("\r\n\r\nGET /canary")).toBe(true);
    expect(endpoint).toMatchObject({ requests: ["GET /canary "], violations: [] });
  });

  it("in names are escaped", async () => {
    await using endpoint = await RawServer.start(always(ok));
    await using proxy = await proxyTo([endpoint.address], {
      identifiers: [{ identify: () => ({ path: Path.of("svc", nasty) }) }],
    });
    proxy.names.residual = Path.of(nasty);
    const { text } = await exchange(proxy.port, get());
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    const sent = lines(endpoint.all);
    expect(endpoint.all.split("\r\n\r\n")).toHaveLength(2);
    expect(sent.filter((line) => line.startsWith("X-Evil"))).toEqual([]);
    for (const name of ["service", "residual"]) {
      expect(sent.find((line) => line.startsWith(`l5d-dst-${name}: `))).toContain("\\x0d\\x0a");
    }
  });

  it("in delegations stay escaped", async () => {
    await using endpoint = await RawServer.start(always(ok));
    await using proxy = await proxyTo([endpoint.address]);
    const dtab = "l5d-dtab: /svc/x => /a\\x0d\\x0aX-Evil:\\x201";
    expect((await exchange(proxy.port, get("/", [dtab]))).text).toMatch(/^HTTP\/1\.1 200 /);
    expect(lines(endpoint.all).filter((line) => line.startsWith("X-Evil"))).toEqual([]);
    expect(lines(endpoint.all).find((line) => line.startsWith("l5d-ctx-dtab: "))).toContain("\\x0d\\x0a");
    expect(endpoint.all.split("\r\n\r\n")).toHaveLength(2);
  });

  it.each([nasty, "a\0b", "\u{1f600}\u010d\u010aX-Evil: 1"])("in an error are not in its header (%j)", async (text) => {
    await using endpoint = await StrictEndpoint.start();
    await using proxy = await proxyTo([endpoint.address]);
    proxy.names.error = new NamerError("CLIENT_BIND_FAILED", text);
    const answer = (await exchange(proxy.port, get())).text;
    expect(answer).toMatch(/^HTTP\/1\.1 50\d /);
    expect(lines(answer).filter((line) => line.startsWith("X-Evil"))).toEqual([]);
    expect(lines(answer).filter((line) => line.startsWith("l5d-err: "))).toHaveLength(1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
    expect(lines(answer).join("")).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f]/);
  });
});

describe("an endpoint that answers what nobody asked", () => {
  it.each([
    ["a whole answer", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"],
    ["the beginning of one", "HTTP/1.1 200 OK\r\nContent-Le"],
    ["an interim answer", "HTTP/1.1 103 Early Hints\r\nLink: evil\r\n\r\n"],
    ["a 408, as on a connection that it gives up", "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n"],
    ["one byte", "\0"],
  ])("with %s loses the connection, and nobody takes it for his own", async (_, unasked) => {
    await using back = await RawServer.start((socket, soFar) => {
      const target = /^GET (\S+) HTTP\/1\.1\r\n/.exec(soFar)?.[1] ?? "";
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`);
    });
    await using proxy = await proxyTo([back.address]);
    for (let i = 0; i < 3; i++) {
      const { text } = await exchange(proxy.port, get(`/${i}`));
      expect(text.split("\r\n\r\n").slice(1)).toEqual([`/${i}`]);
      const socket = back.sockets.at(-1);
      expect(socket?.closed).toBe(false);
      socket?.write(unasked, "latin1");
      await until(() => socket?.closed === true);
    }
    expect(back.sockets).toHaveLength(3);
  });
});
