import type { Socket } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { always, exchange, get, proxyTo, RawServer, until } from "../../test/kit.js";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
/** Random bytes, the same each time. */
function noise(seed: number, length: number): string {
  let state = seed;
  let text = "";
  for (let i = 0; i < length; i++) {
    state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
    text += String.fromCharCode((state >> 16) & 0xff);
  }
  return text;
}

/** One answer to each connection's first request, and then the end. */
function once(bytes: string, end: "end" | "reset" | "open") {
  return (socket: Socket, soFar: string) => {
    if (!soFar.endsWith("\r\n\r\n")) return;
    socket.write(bytes, "latin1");
    if (end === "end") socket.end();
    if (end === "reset") setTimeout(() => socket.resetAndDestroy(), 20);
  };
}

const upgrade = "GET / HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";

const hostile: readonly (readonly [string, string])[] = [
  ["nothing", ""],
  ["noise", noise(1, 500)],
  ["a request", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ["a TLS alert", "\x15\x03\x01\x00\x02\x02\x16"],
  ["another protocol", "SSH-2.0-OpenSSH_9\r\n"],
  ["HTTP/0.9", "<html>hello</html>"],
  ["version 9.9", "HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n"],
  ["no status", "HTTP/1.1 \r\nContent-Length: 0\r\n\r\n"],
  ["status 0", "HTTP/1.1 000 Zero\r\nContent-Length: 0\r\n\r\n"],
  ["status 99", "HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n"],
  ["status 1000", "HTTP/1.1 1000 High\r\nContent-Length: 0\r\n\r\n"],
  ["a status in words", "HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n"],
  ["a negative status", "HTTP/1.1 -200 OK\r\nContent-Length: 0\r\n\r\n"],
  ["100 without being asked to", `HTTP/1.1 100 Continue\r\n\r\n${ok}`],
  ["101 without being asked to", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"],
  ["101 that says not to what", `HTTP/1.1 101 Switching Protocols\r\n\r\n${ok}`],
  ["interim answers and no answer", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n".repeat(2_000)],
  ["a name with a space", "HTTP/1.1 200 OK\r\nX Y: 1\r\nContent-Length: 0\r\n\r\n"],
  ["a space before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n"],
  ["no colon", "HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 0\r\n\r\n"],
  ["a NUL in a name", "HTTP/1.1 200 OK\r\nX\0Y: 1\r\nContent-Length: 0\r\n\r\n"],
  ["a NUL in a value", "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n"],
  ["a control character in a value", "HTTP/1.1 200 OK\r\nX: a\x01b\r\nContent-Length: 0\r\n\r\n"],
  ["a bare CR in a value", "HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b\r\nContent-Length: 0\r\n\r\n"],
  ["a huge header", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(200_000)}\r\nContent-Length: 0\r\n\r\n`],
  ["countless headers", `HTTP/1.1 200 OK\r\n${"X: 1\r\n".repeat(50_000)}Content-Length: 0\r\n\r\n`],
  ["a head without end", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(100)}`],
  ["both framings", `HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
  ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!"],
  ["a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nok"],
  ["a length in words", "HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok"],
  ["a length beyond numbers", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999999\r\n\r\nok"],
  ["another transfer coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nxx"],
  ["chunked twice", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"],
  ["less than announced", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok"],
  ["a chunk size in words", `${chunked}two\r\nok\r\n0\r\n\r\n`],
  ["a chunk size beyond numbers", `${chunked}fffffffffffffffffff\r\nok\r\n0\r\n\r\n`],
  ["a negative chunk size", `${chunked}-2\r\nok\r\n0\r\n\r\n`],
  ["a chunk that is longer than it says", `${chunked}2\r\nokokok\r\n0\r\n\r\n`],
  ["no last chunk", `${chunked}2\r\nok\r\n`],
  ["a trailer without a name", `${chunked}2\r\nok\r\n0\r\n: x\r\n\r\n`],
];

describe("an endpoint that answers with [parity: smuggling]", () => {
  for (const end of ["end", "reset", "open"] as const) {
    it.each(hostile)(`%s, and then ${end}s, costs its own answer and nothing else`, async (_, bytes) => {
      await using back = await RawServer.start(once(bytes, end));
      await using fine = await RawServer.start(always(ok));
      await using proxy = await proxyTo([back.address], { limits: { responseMs: 1_500, responseIdleMs: 1_500 } });
      const { text } = await exchange(proxy.port, get());
      const { body, whole } = read(text);
      const error = /^HTTP\/1\.1 50[23] /m.test(text) && text.includes("l5d-err: ");
      if (!error) expect({ text: text.slice(0, 500), whole }).toMatchObject({ whole: false });
      expect(body).not.toContain("\0");
      proxy.names.addresses = [fine.address];
      expect((await exchange(proxy.port, get())).text).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nok$/s);
      expect(proxy.server.serving.stats.pending).toBe(0);
    });
  }

  it("anything made of the parts of answers, in any order, costs its own answer and nothing else", async () => {
    const parts = [
      ...[
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 304 X\r\n",
        "HTTP/1.1 101 X\r\n",
        "HTTP/1.1 103 X\r\n",
        "HTTP/1.0 500 X\r\n",
      ],
      ...["Content-Length: 2\r\n", "Content-Length: 9\r\n", "Transfer-Encoding: chunked\r\n", "Connection: close\r\n"],
      ...[
        "Upgrade: x\r\nConnection: upgrade\r\n",
        "Trailer: X\r\n",
        "X: 1\r\n",
        ": \r\n",
        "\r\n",
        "\r\n\r\n",
        "ok",
        "\0",
      ],
      ...["2\r\nok\r\n", "0\r\n", "0\r\n\r\n", "fffffff\r\n", "\r", "\n", "\xff\xfe", "l5d-retryable: true\r\n"],
    ];
    let bytes = "";
    let end = false;
    await using back = await RawServer.start((socket, soFar) => {
      if (soFar.endsWith("\r\n\r\n")) once(bytes, end ? "end" : "reset")(socket, soFar);
    });
    await using proxy = await proxyTo([back.address], {
      limits: { responseMs: 1_500, responseIdleMs: 1_500 },
      service: { responseClassifier: "io.l5d.http.retryableAll5XX" },
    });
    const script = fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(
        script,
        fc.boolean(),
        fc.constantFrom(get(), get().replace("GET", "HEAD"), upgrade),
        async (said, ends, request) => {
          bytes = said.join("");
          end = ends;
          const { text } = await exchange(proxy.port, request);
          // Whatever it is, it begins as an answer, and never with something that the proxy did not write.
          if (text !== "") expect(text).toMatch(/^HTTP\/1\.1 \d{3} /);
          await until(() => proxy.server.serving.stats.pending === 0);
        },
      ),
      { numRuns: 300 },
    );
  }, 60_000);

  it("more than it announced has the rest thrown away, and its connection with it", async () => {
    await using back = await RawServer.start((socket, soFar) => {
      if (soFar.endsWith("\r\n\r\n")) socket.write(`${ok}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`);
    });
    await using proxy = await proxyTo([back.address]);
    for (let i = 0; i < 3; i++) {
      const { text } = await exchange(proxy.port, get());
      expect(text.split("\r\n\r\n").slice(1)).toEqual(["ok"]);
    }
    expect(back.sockets).toHaveLength(3);
  });

  it("bytes beyond ASCII in a header passes them on as they are", async () => {
    await using back = await RawServer.start(always("HTTP/1.1 200 OK\r\nX: caf\xe9\r\nContent-Length: 0\r\n\r\n"));
    await using proxy = await proxyTo([back.address]);
    expect((await exchange(proxy.port, get())).text).toContain("\r\nX: caf\xe9\r\n");
  });
});

/** The last answer in `text`, read strictly: whole only if its own framing says so. */
function read(text: string): { body: string; whole: boolean } {
  const at = text.lastIndexOf("HTTP/1.1 ");
  if (at === -1) return { body: "", whole: false };
  const [head = "", ...rest] = text.slice(at).split("\r\n\r\n");
  const body = rest.join("\r\n\r\n");
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined) return { body, whole: body.length === Number(length) };
  if (/\r\ntransfer-encoding: chunked/i.test(head)) return { body, whole: body.endsWith("0\r\n\r\n") };
  return { body, whole: !/^HTTP\/1\.1 1/.test(head) };
}
