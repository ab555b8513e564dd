import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { createGunzip, gunzipSync, inflateSync } from "node:zlib";
import type { FinishedRequest } from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { always, exchange, get, proxyTo, RawServer, until } from "../../test/kit.js";
import { world } from "../../test/world.js";
import { Compression } from "./compression.js";
import { HeaderNames, requestRules } from "./header-names.js";
import { ProxiedHead } from "./request-head.js";

const text = "what is said twice is said in vain; ".repeat(100);
const accepting = ["Accept-Encoding: gzip, deflate, br"];

function answer(headers: readonly string[], body = text, line = "200 OK"): string {
  return `${[`HTTP/1.1 ${line}`, ...headers, `Content-Length: ${body.length}`].join("\r\n")}\r\n\r\n${body}`;
}

function parted(raw: string): { head: string; body: Buffer } {
  const at = raw.indexOf("\r\n\r\n");
  const head = raw.slice(0, at);
  const rest = raw.slice(at + 4);
  return { head, body: Buffer.from(/^transfer-encoding: chunked$/im.test(head) ? joined(rest) : rest, "latin1") };
}

/** What is in the chunks, as far as they are whole. */
function joined(chunks: string): string {
  let body = "";
  for (let rest = chunks; ; ) {
    const end = rest.indexOf("\r\n");
    const size = Number.parseInt(rest, 16);
    if (end === -1 || !(size > 0) || rest.length < end + 2 + size) return body;
    body += rest.slice(end + 2, end + 2 + size);
    rest = rest.slice(end + 4 + size);
  }
}

async function answered(bytes: string, request: string, compressionLevel = -1) {
  await using back = await RawServer.start(always(bytes));
  await using proxy = await proxyTo([back.address], { compressionLevel });
  const raw = await exchange(proxy.port, request);
  expect(proxy.compression?.busy ?? 0).toBe(0);
  return { ...parted(raw.text), raw: raw.text, received: back.all };
}

const html = ["Content-Type: text/html"];

describe("an answer in text [parity: compression]", () => {
  it("is compressed for a client that accepts it, and says so to caches", async () => {
    const bytes = answer([...html, 'ETag: "v1"', "Accept-Ranges: bytes", "Vary: Origin", "X-A: 1"]);
    const { head, body, received } = await answered(bytes, get("/", accepting));
    expect(gunzipSync(body).toString()).toBe(text);
    expect(body.length).toBeLessThan(text.length / 10);
    expect(head).toMatch(/^Content-Encoding: gzip$/m);
    expect(head).toMatch(/^Transfer-Encoding: chunked$/m);
    expect(head).toMatch(/^ETag: W\/"v1"$/m);
    expect(head).toMatch(/^Vary: Origin$.*^Vary: Accept-Encoding$/ms);
    expect(head).toMatch(/^X-A: 1$/m);
    expect(head).not.toMatch(/^(?:content-length|accept-ranges)/im);
    // The endpoint may compress by itself.
    expect(received).toContain("Accept-Encoding: gzip, deflate, br");
  });

  it("comes as zlib calls it where the client would rather have deflate", async () => {
    const { head, body } = await answered(answer(html), get("/", ["accept-encoding: deflate", "Accept-Encoding: br"]));
    expect(head).toMatch(/^Content-Encoding: deflate$/m);
    expect(inflateSync(body).toString()).toBe(text);
  });

  it("of an error is compressed like any other", async () => {
    const { head, body } = await answered(answer(html, text, "404 Not Found"), get("/", accepting));
    expect(head).toMatch(/^HTTP\/1\.1 404 /);
    expect(gunzipSync(body).toString()).toBe(text);
  });

  it("is told apart by caches where this client has it as it is", async () => {
    const { head, body } = await answered(answer([...html, 'ETag: "v1"']), get("/", ["Accept-Encoding: br"]));
    expect(body.toString()).toBe(text);
    expect(head).toMatch(/^Vary: Accept-Encoding$/m);
    expect(head).toMatch(/^ETag: "v1"$/m);
  });

  it.each([["Vary: *"], ["Vary: Origin, accept-encoding"]])("keeps its %s", async (vary) => {
    const { head } = await answered(answer([...html, vary]), get("/", accepting));
    expect(head.match(/^vary: .*$/gim)).toEqual([vary]);
    expect(head).toMatch(/^Content-Encoding: gzip$/m);
  });

  it("with trailers keeps them", async () => {
    const bytes =
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n" +
      "5\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n";
    const { raw, body } = await answered(bytes, get("/", accepting));
    expect(gunzipSync(body).toString()).toBe("hello");
    expect(raw).toMatch(/\r\n0\r\nX-Sum: 7\r\n\r\n$/);
  });

  it("is compressed unless the configuration says otherwise", async () => {
    await using back = await RawServer.start(always(answer(html)));
    for (const compressionLevel of [-1, 0]) {
      await using proxy = await world({ web: [back.address] }, { router: { compressionLevel } });
      const { text: raw } = await exchange(proxy.port, get("/", accepting));
      expect(/^Content-Encoding: gzip$/m.test(raw)).toBe(compressionLevel === -1);
    }
  });
});

describe("an answer is left alone, to the byte, [parity: compression]", () => {
  const big = ["Content-Type: text/plain"];
  it.each<[string, string, string]>([
    ["for a client that says nothing of codings", answer(html), get()],
    ["for one that speaks HTTP/1.0", answer(html), "GET / HTTP/1.0\r\nHost: web\r\nAccept-Encoding: gzip\r\n\r\n"],
    ["that wants nothing transformed", answer(html), get("/", [...accepting, "Cache-Control: no-transform"])],
    ["where it must not be transformed", answer([...big, "Cache-Control: public,No-Transform"]), get("/", accepting)],
    ["where it is coded", answer([...big, "Content-Encoding: br"]), get("/", accepting)],
    [
      "where it is a part",
      answer([...big, "Content-Range: bytes 0-3599/9000"], text, "206 Partial Content"),
      get("/", accepting),
    ],
    ["where its bytes are vouched for", answer([...big, "Repr-Digest: sha-256=:AA==:"]), get("/", accepting)],
    ["where it is short", answer(big, "x".repeat(1_000)), get("/", accepting)],
    ["where it is a picture", answer(["Content-Type: image/png"]), get("/", accepting)],
    ["where it is events", answer(["Content-Type: text/event-stream"]), get("/", accepting)],
    ["where it is of two types", answer([...big, "Content-Type: image/png"]), get("/", accepting)],
    ["where it is of no type", answer([]), get("/", accepting)],
  ])("%s", async (_what, bytes, request) => {
    const { head, body } = await answered(bytes, request);
    expect(body.toString()).toBe(parted(bytes).body.toString());
    for (const line of parted(bytes).head.split("\r\n").slice(1)) expect(head).toContain(line);
    expect(head).not.toMatch(/^(?:vary|content-encoding: (?:gzip|deflate))/im);
  });

  it.each([
    ["to a HEAD", `HEAD / HTTP/1.1\r\nHost: web\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n`, "200 OK"],
    ["with 304", get("/", accepting), "304 Not Modified"],
    ["with 204", get("/", accepting), "204 No Content"],
    ["with 205", get("/", accepting), "205 Reset Content"],
  ])("%s", async (_what, request, line) => {
    const length = line.startsWith("2") && !line.startsWith("200") ? "" : "Content-Length: 5000\r\n";
    const end = line.startsWith("205") ? "Content-Length: 0\r\n" : length;
    const bytes = `HTTP/1.1 ${line}\r\nContent-Type: text/html\r\nETag: "v1"\r\n${end}\r\n`;
    const { head, body } = await answered(bytes, request);
    expect(head).toMatch(/^ETag: "v1"$/m);
    expect(head).not.toMatch(/^(?:vary|content-encoding)/im);
    expect(body.length).toBe(0);
  });
});

describe("a level of 1 to 9 [parity: compression]", () => {
  it("takes all that may get smaller", async () => {
    for (const type of [["Content-Type: application/octet-stream"], []]) {
      const { body } = await answered(answer(type), get("/", accepting), 9);
      expect(gunzipSync(body).toString()).toBe(text);
    }
    const { head } = await answered(answer(["Content-Type: image/png"]), get("/", accepting), 9);
    expect(head).not.toContain("Content-Encoding");
  });
});

describe("on its way [parity: compression]", () => {
  it("what the endpoint has said does not wait for what it will say", async () => {
    const head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
    await using back = await RawServer.start(always(`${head}8\r\n{"n":1}\n\r\n`));
    await using proxy = await proxyTo([back.address], { compressionLevel: -1 });
    const zip = createGunzip();
    let seen = "";
    zip.on("data", (chunk) => {
      seen += chunk;
    });
    let raw = "";
    let fed = 0;
    const client = connect(proxy.port, "127.0.0.1");
    client.on("data", (chunk) => {
      raw += chunk.toString("latin1");
      const { body } = parted(raw);
      zip.write(body.subarray(fed));
      fed = body.length;
    });
    client.write(get("/", accepting));
    await until(() => seen === '{"n":1}\n');
    back.sockets[0]?.write('8\r\n{"n":2}\n\r\n');
    await until(() => seen.endsWith('{"n":2}\n'));
    back.sockets[0]?.write("0\r\n\r\n");
    await until(() => raw.endsWith("\r\n0\r\n\r\n"));
    client.destroy();
    zip.destroy();
  });

  it("is not read faster than the client takes it, and is whole in the end", async () => {
    const block = randomBytes(65_536);
    const blocks = 640;
    let sent = 0;
    let stalled = false;
    await using back = await RawServer.start((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${blocks * block.length}\r\n\r\n`);
      const more = () => {
        stalled = false;
        while (sent < blocks) {
          sent++;
          if (socket.write(block)) continue;
          stalled = true;
          socket.once("drain", more);
          return;
        }
      };
      more();
    });
    await using proxy = await proxyTo([back.address], { compressionLevel: 1 });
    const client = connect(proxy.port, "127.0.0.1");
    client.write(get("/", accepting));
    client.once("readable", () => {});
    await until(() => stalled);
    // Until nothing moves any more: the kernel's buffers on four sides are full.
    for (let before = -1; before !== sent; ) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(sent).toBeLessThan(blocks);
    const parts: Buffer[] = [];
    client.on("data", (part: Buffer) => parts.push(part));
    await new Promise((resolve) => client.once("end", resolve));
    const { body } = parted(Buffer.concat(parts).toString("latin1"));
    const whole = gunzipSync(body);
    expect(whole.length).toBe(blocks * block.length);
    expect(whole.subarray(-block.length).equals(block)).toBe(true);
    expect(proxy.names.released).toEqual(["success"]);
    await until(() => proxy.compression?.busy === 0);
  }, 60_000);

  it("that nobody reads any more is broken off at the endpoint, and nothing of it is kept", async () => {
    let closed = false;
    await using back = await RawServer.start((socket) => {
      socket.on("close", () => {
        closed = true;
      });
      socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    });
    await using proxy = await proxyTo([back.address], { compressionLevel: -1 });
    await exchange(proxy.port, get("/", accepting), (raw) => parted(raw).body.length > 10);
    await until(() => closed && proxy.compression?.busy === 0);
    expect(proxy.names.released).toEqual(["ignorable"]);
  });

  it("that breaks off never looks whole", async () => {
    await using back = await RawServer.start((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
      setTimeout(() => socket.end(), 50);
    });
    await using proxy = await proxyTo([back.address], { compressionLevel: -1 });
    const { text: raw } = await exchange(proxy.port, get("/", accepting));
    expect(raw).toMatch(/^HTTP\/1\.1 200 /);
    expect(raw).not.toMatch(/0\r\n\r\n$/);
    expect(proxy.names.released).toEqual(["failure"]);
    await until(() => proxy.compression?.busy === 0);
  });

  it("that a client stops reading once the endpoint is through is cut", async () => {
    // More than the socket takes in, less than node and zlib hold back: the endpoint ends, and the client has not got it all.
    await using back = await RawServer.start(always(answer(html, randomBytes(8_000_000).toString("latin1"))));
    await using proxy = await proxyTo([back.address], { compressionLevel: 1, limits: { readerStallMs: 300 } });
    const client = connect(proxy.port, "127.0.0.1").pause();
    client.on("error", () => {});
    client.write(get("/", accepting));
    await until(() => proxy.compression?.busy === 1);
    await until(() => proxy.names.released.length === 1 && proxy.compression?.busy === 0);
    client.destroy();
  });

  it("is counted as it goes over the wire", async () => {
    const seen: FinishedRequest[] = [];
    await using back = await RawServer.start(always(answer(html)));
    await using proxy = await proxyTo([back.address], {
      compressionLevel: -1,
      observers: [{ finished: (one) => seen.push(one) }],
    });
    const { text: raw } = await exchange(proxy.port, get("/", accepting));
    expect(seen.map(({ bytes, status }) => ({ bytes, status }))).toEqual([
      { bytes: parted(raw).body.length, status: 200 },
    ]);
  });

  it("a connection goes on with the next request", async () => {
    await using back = await RawServer.start(always(answer(html)));
    await using proxy = await proxyTo([back.address], { compressionLevel: -1 });
    const one = "GET / HTTP/1.1\r\nHost: web\r\nAccept-Encoding: gzip\r\n\r\n";
    const { text: raw } = await exchange(proxy.port, [one, one, get("/", accepting)]);
    const answers = raw.split(/(?=HTTP\/1\.1 200 OK)/);
    expect(answers.map((each) => gunzipSync(parted(each).body).toString() === text)).toEqual([true, true, true]);
  });
});

describe("a crowd", () => {
  it("is compressed for up to a number, so that memory has a bound", () => {
    const compression = new Compression(-1);
    const names = new HeaderNames(requestRules);
    const rawHeaders = ["Host", "web", "Accept-Encoding", "gzip"];
    const request = new ProxiedHead({ method: "GET", url: "/", httpVersion: "1.1", rawHeaders }, names);
    const head = { headers: ["Content-Type", "text/plain"], length: undefined, blank: false };
    const open = Array.from({ length: 256 }, () => compression.of(request, 200, head).compress?.(() => true));
    expect(open.every((one) => one !== undefined)).toBe(true);
    const plain = compression.of(request, 200, head);
    expect(plain.compress).toBeUndefined();
    expect(plain.headers).toEqual(["Content-Type", "text/plain", "Vary", "Accept-Encoding"]);
    for (const one of open) one?.destroy();
  });
});
