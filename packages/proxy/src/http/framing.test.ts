import { describe, expect, it } from "vitest";
import { exchange, get, proxyTo, RawServer } from "../../test/kit.js";

const smuggled = "GET /smuggled HTTP/1.1\r\nHost: web\r\n\r\n";

/** Each is refused, and the endpoint sees nothing of it: the classics of request smuggling (RFC 9112, 11.2). */
const refused: readonly (readonly [what: string, bytes: string])[] = [
  [
    "CL.TE",
    `POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG${smuggled}`,
  ],
  [
    "TE.CL",
    `POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n${smuggled}0\r\n\r\n`,
  ],
  [
    "CL.CL",
    `POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
  ],
  ["a list of lengths", `POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 0, 0\r\n\r\n${smuggled}`],
  ["a signed length", `POST / HTTP/1.1\r\nHost: web\r\nContent-Length: +3\r\n\r\nabc`],
  ["a hexadecimal length", `POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 0x3\r\n\r\nabc`],
  ["a length beyond any number", `POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 99999999999999999999\r\n\r\nabc`],
  [
    "TE twice",
    `POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
  ],
  ["an unknown TE", `POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
  ["chunked not last", `POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
  ["gzip before chunked", `POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
  ["TE in HTTP/1.0", `POST / HTTP/1.0\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ["a space before the colon", `POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n`],
  ["a folded TE", `POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`],
  ["a folded header", `GET / HTTP/1.1\r\nHost: web\r\nX-A: a\r\n b\r\n\r\n`],
  ["a bare CR in a value", `GET / HTTP/1.1\r\nHost: web\r\nX-A: a\rTransfer-Encoding: chunked\r\n\r\n`],
  ["bare LF lines", `GET / HTTP/1.1\nHost: web\nX-A: b\n\n`],
  ["a NUL in a value", `GET / HTTP/1.1\r\nHost: web\r\nX-A: a\0b\r\n\r\n`],
  ["a control character in a name", `GET / HTTP/1.1\r\nHost: web\r\nX\x0bA: b\r\n\r\n`],
  ["no colon", `GET / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding\r\n\r\n`],
  ["a space in the target", `GET /a b HTTP/1.1\r\nHost: web\r\n\r\n`],
  ["an unknown version", `GET / HTTP/1.9\r\nHost: web\r\n\r\n`],
  ["HTTP/2 by prior knowledge", `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`],
  ["no HTTP at all", `\x16\x03\x01\x02\x00\x01\x00`],
];

/** The head is fine and forwarded, the body breaks: the endpoint must not see a whole request. */
const brokenBodies: readonly (readonly [what: string, body: string])[] = [
  ["a chunk size that is no number", `zz\r\nabc\r\n0\r\n\r\n`],
  ["a chunk size beyond any number", `fffffffffffffffff\r\nabc\r\n0\r\n\r\n`],
  ["a chunk longer than it says", `3\r\nabcd\r\n0\r\n\r\n`],
  ["a chunk that ends with LF", `3\r\nabc\n0\r\n\r\n`],
  ["a negative chunk size", `-3\r\nabc\r\n0\r\n\r\n`],
];

describe("ambiguous framing [parity: lengths, length-and-chunks]", () => {
  it.each(refused)("%s is refused before anything is forwarded", async (_what, bytes) => {
    await using back = await RawServer.start((socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    await using proxy = await proxyTo([back.address]);
    const { text } = await exchange(proxy.port, bytes);
    expect(text).toMatch(/^HTTP\/1\.1 (?:400|501) /);
    expect(text.match(/^HTTP\/1\.1 \d/gm)).toHaveLength(1);
    expect(text).toMatch(/\r\nConnection: close\r\n/i);
    expect(text).toMatch(/\r\nl5d-err: /i);
    expect(back.all).toBe("");
  });

  it.each(brokenBodies)("%s ends the request in the middle, on both sides", async (_what, body) => {
    await using back = await RawServer.start(() => {});
    await using proxy = await proxyTo([back.address]);
    const head = "POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n";
    const { text } = await exchange(proxy.port, [head + body + smuggled]);
    expect(text).toMatch(/^(?:HTTP\/1\.1 400 |$)/);
    expect(back.all).not.toContain("\r\n0\r\n\r\n");
    expect(back.all).not.toContain("smuggled");
    expect(proxy.names.released).toEqual(["ignorable"]);
  });

  it("an equal length said twice is no reason to guess either [parity: lengths]", async () => {
    await using back = await RawServer.start(() => {});
    await using proxy = await proxyTo([back.address]);
    const { text } = await exchange(
      proxy.port,
      "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    );
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain("conflicting `Content-Length` headers");
  });

  it("heads that are too large are answered with 431 [parity: head-limits]", async () => {
    await using proxy = await proxyTo([]);
    const { text } = await exchange(proxy.port, `GET / HTTP/1.1\r\nHost: web\r\nX-A: ${"a".repeat(20_000)}\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1\.1 431 /);
  });

  it("many headers are all forwarded: none is dropped in silence", async () => {
    await using back = await RawServer.start((socket, soFar) => {
      if (soFar.endsWith("\r\n\r\n")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    await using proxy = await proxyTo([back.address], { limits: { requestHeadBytes: 100_000 } });
    const many = Array.from({ length: 3_000 }, (_, i) => `x${i}: 1`).join("\r\n");
    const { text } = await exchange(proxy.port, `GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n${many}\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(back.all.match(/\r\nx\d+: 1/g)).toHaveLength(3_000);
  });
});

describe("an error in one of several pipelined requests", () => {
  it("is never taken for the answer to another", async () => {
    let release = () => {};
    await using back = await RawServer.start((socket) => {
      release = () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst");
    });
    await using proxy = await proxyTo([back.address]);
    const answer = exchange(proxy.port, `GET /1 HTTP/1.1\r\nHost: web\r\n\r\nBAD\r\n\r\n`);
    const { text } = await answer;
    release();
    expect(text).toBe("");
  });

  it("nor is the refusal of a CONNECT behind one", async () => {
    await using back = await RawServer.start(() => {});
    await using proxy = await proxyTo([back.address]);
    const { text } = await exchange(
      proxy.port,
      `${get("/1")}CONNECT shop:443 HTTP/1.1\r\nHost: shop\r\n\r\n`.replace("Connection: close\r\n", ""),
    );
    expect(text).toBe("");
  });

  it("too many of them end the connection", async () => {
    await using back = await RawServer.start(() => {});
    await using proxy = await proxyTo([back.address], { limits: { pipelinedRequests: 3 } });
    const { text } = await exchange(proxy.port, "GET / HTTP/1.1\r\nHost: web\r\n\r\n".repeat(5));
    expect(text).toBe("");
    expect(proxy.names.released).toEqual(["ignorable", "ignorable", "ignorable"]);
  });

  it("answers come in the order of the requests", async () => {
    const waiting = new Map<string, () => void>();
    await using back = await RawServer.start((socket, soFar) => {
      const path = /^GET \/(\d)/.exec(soFar)?.[1] ?? "?";
      waiting.set(path, () => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${path}`));
      if (waiting.size === 2) {
        waiting.get("2")?.();
        setTimeout(() => waiting.get("1")?.(), 30);
      }
    });
    await using proxy = await proxyTo([back.address]);
    const { text } = await exchange(
      proxy.port,
      "GET /1 HTTP/1.1\r\nHost: web\r\n\r\nGET /2 HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n",
    );
    expect(text.split("\r\n\r\n")[1]?.[0]).toBe("1");
    expect(text.at(-1)).toBe("2");
  });
});
