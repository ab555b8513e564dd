import { connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { post, smuggled } from "../../test/corpus/case.js";
import { StrictEndpoint, whole } from "../../test/corpus/strict-endpoint.js";
import { exchange, get, proxyTo, type TestProxy, until } from "../../test/kit.js";

const good = [
  post(["Content-Length: 5", "X-A: b"], "hello"),
  post(["Transfer-Encoding: chunked"], "5\r\nhello\r\n0\r\n\r\n"),
  post(["Transfer-Encoding: chunked"], "3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n"),
  "GET /a?b=c HTTP/1.1\r\nHost: web\r\nX-A: b\r\n\r\n",
  "GET /a HTTP/1.1\r\nHost: web\r\nContent-Length: 2\r\n\r\nab",
  "POST /b HTTP/1.0\r\nHost: web\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nab",
];

const pieces = [
  ..."\r\n\t\0 :;,0123456789abcdefXGPH\x0b\x0c\x7f\xa0\xff-+_\"'",
  ...["\r\n", "\r\n\r\n", "\r\n ", "\n\n", "chunked", "identity", " HTTP/1.1\r\n"],
  ...["Content-Length: 3\r\n", "Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n", "Connection: close\r\n"],
  ...["Host: evil\r\n", "0\r\n\r\n", "ffffffffffffffff"],
];

const edit = fc.record({ at: fc.nat(140), cut: fc.nat(3), piece: fc.constantFrom(...pieces, "") });
const spoilt = fc.record({ first: fc.nat(good.length - 1), edits: fc.array(edit, { minLength: 1, maxLength: 3 }) });

interface Read {
  readonly requests: readonly string[];
  /** By the letter, what follows them is no request; undefined if nothing does, or the beginning of one. */
  readonly violation: string | undefined;
}

/** What the client has framed, by the letter; `before` is done to what is left before each request is read. */
function framed(bytes: string, before: (rest: string) => string): Read {
  const requests: string[] = [];
  let rest = bytes;
  for (;;) {
    const found = whole(before(rest));
    if (found === undefined) return { requests, violation: undefined };
    if ("violation" in found) return { requests, violation: found.violation };
    requests.push(found.request);
    rest = found.rest;
  }
}

/**
 * Freedoms that a recipient is given (RFC 9112, 2.2, 3 and 7.1.1), taken before reading by the letter: empty lines before a request,
 * spaces between the parts of its line, extensions of chunks.
 */
function withoutFreedoms(bytes: string): string {
  return bytes
    .replace(/^(?:\r\n|\n|\r)+/, "")
    .replace(/^([A-Z]+) +(\S+) +(HTTP\/1\.[01])\r\n/, "$1 $2 $3\r\n")
    .replace(/\r\n([0-9a-fA-F]+) *;[^\r\n\0]*(?=\r\n)/g, "\r\n$1")
    .replace(/\r\n([0-9a-fA-F]+)[ \t]+(?=\r\n)/g, "\r\n$1");
}

describe("requests that are spoilt anywhere [parity: smuggling]", () => {
  let endpoint: StrictEndpoint;
  let proxy: TestProxy;
  beforeAll(async () => {
    endpoint = await StrictEndpoint.start();
    proxy = await proxyTo([endpoint.address]);
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await endpoint[Symbol.asyncDispose]();
  });

  it("are seen as they are read by the letter, up to where they cannot be", async () => {
    let arrived = 0;
    let canaries = 0;
    await fc.assert(
      fc.asyncProperty(spoilt, async ({ first, edits }) => {
        let bytes = good[first] as string;
        for (const { at, cut, piece } of edits) {
          const where = at % (bytes.length + 1);
          bytes = bytes.slice(0, where) + piece + bytes.slice(where + cut);
        }
        bytes += smuggled;
        const before = endpoint.requests.length;
        await sendAndLeave(proxy.port, bytes);
        await until(() => proxy.server.serving.stats.pending === 0);
        // What is left of it on a connection to the endpoint would be the beginning of this one.
        const canary = `/canary-${++canaries}`;
        const { text } = await exchange(proxy.port, get(canary));
        expect(text.endsWith(`\r\n\r\nGET ${canary}`)).toBe(true);
        const all = endpoint.requests.slice(before);
        expect(all.filter((one) => one.startsWith("GET /canary"))).toEqual([`GET ${canary} `]);
        const seen = all.filter((one) => !one.startsWith("GET /canary"));
        arrived += seen.length;
        const readings = [framed(bytes, (rest) => rest), framed(bytes, withoutFreedoms)];
        if (!readings.some(({ requests }) => within(seen, requests))) {
          throw new Error(`${JSON.stringify(seen)} is seen of ${JSON.stringify(bytes)}: ${JSON.stringify(readings)}`);
        }
        expect(endpoint.violations).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
    // Else everything was refused, and nothing is proved.
    expect(arrived).toBeGreaterThan(100);
  }, 240_000);
});

/** The proxy may have answered any of them itself. */
function within(seen: readonly string[], requests: readonly string[]): boolean {
  let at = 0;
  for (const one of seen) {
    at = requests.indexOf(one, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

/** Sends bytes, and ends the connection as soon as nothing has come back for a moment. */
function sendAndLeave(port: number, bytes: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const leave = () => socket.destroy();
    let timer = setTimeout(leave, 60);
    socket.on("connect", () => socket.write(bytes, "latin1"));
    socket.on("data", () => {
      clearTimeout(timer);
      timer = setTimeout(leave, 8);
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      // What the endpoint was sent may still be on its way.
      setTimeout(resolve, 5);
    });
  });
}
