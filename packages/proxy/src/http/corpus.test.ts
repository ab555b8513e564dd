import { connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FramingCase, post, smuggled } from "../../test/corpus/case.js";
import { corpus } from "../../test/corpus/index.js";
import { StrictEndpoint } from "../../test/corpus/strict-endpoint.js";
import { exchange, get, proxyTo, type TestProxy, until } from "../../test/kit.js";

let endpoint: StrictEndpoint;
let proxy: TestProxy;
let canaries = 0;

// One for all cases: what one of them leaves behind on a connection must not reach the next.
beforeAll(async () => {
  endpoint = await StrictEndpoint.start();
  proxy = await proxyTo([endpoint.address]);
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await endpoint[Symbol.asyncDispose]();
});

/** Sends bytes, and reads until the proxy closes, or has answered so often and has nothing more to say. */
function send(bytes: string, answers: number): Promise<{ text: string; closed: boolean }> {
  return new Promise((resolve) => {
    const socket = connect(proxy.port, "127.0.0.1");
    let text = "";
    let quiet: NodeJS.Timeout | undefined;
    const done = (closed: boolean) => {
      clearTimeout(quiet);
      clearTimeout(late);
      socket.destroy();
      resolve({ text, closed });
    };
    const late = setTimeout(done, 10_000, false);
    socket.on("connect", () => socket.write(bytes, "latin1"));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      clearTimeout(quiet);
      if (statuses(text).length >= answers) quiet = setTimeout(done, 25, false);
    });
    socket.on("error", () => {});
    socket.on("close", () => done(true));
  });
}

function statuses(text: string): readonly number[] {
  return [...text.matchAll(/(?:^|\n|[^\n])HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status));
}

/** A request of somebody else arrives alone, whole, and is answered as itself. */
async function canary(): Promise<void> {
  const target = `/canary-${++canaries}`;
  await until(() => proxy.server.serving.stats.pending === 0);
  const before = endpoint.requests.length;
  const { text } = await exchange(proxy.port, get(target));
  expect(text).toMatch(/^HTTP\/1\.1 200 /);
  expect(text.endsWith(`\r\n\r\nGET ${target}`)).toBe(true);
  expect(endpoint.requests.slice(before)).toEqual([`GET ${target} `]);
}

async function play({ bytes, outcome, mayRefuse, unfinished }: FramingCase): Promise<void> {
  const before = endpoint.requests.length;
  if (unfinished === true) {
    await sendAndLeave(bytes, 200);
    expect(endpoint.requests.slice(before)).toEqual([]);
    expect(endpoint.violations).toEqual([]);
    await canary();
    return;
  }
  const { text, closed } = await send(bytes, outcome === "refused" ? Number.POSITIVE_INFINITY : outcome.length);
  const now = endpoint.requests.slice(before);
  const wasRefused = statuses(text).some((status) => status >= 400) || (closed && statuses(text).length === 0);
  if (outcome === "refused" || (mayRefuse === true && wasRefused)) {
    expect(now).toEqual([]);
    expect(closed || !bytes.includes("smuggled")).toBe(true);
    expect(wasRefused).toBe(true);
    for (const status of statuses(text)) expect([400, 404, 408, 413, 414, 417, 431, 501, 502, 505]).toContain(status);
  } else {
    expect(now).toEqual(outcome);
    expect(statuses(text)).toEqual(outcome.map(() => 200));
  }
  expect(endpoint.violations).toEqual([]);
  await canary();
}

for (const { about, cases } of corpus) {
  describe(`${about}: what the client framed, or nothing [parity: smuggling]`, () => {
    it.each(cases.map((one) => [one.name, one] as const))("%s", (_, one) => play(one));
  });
}

describe("requests that are spoilt anywhere", () => {
  it("are what the client framed, or nothing", async () => {
    const good = [
      post(["Content-Length: 5", "X-A: b"], "hello"),
      post(["Transfer-Encoding: chunked"], "5\r\nhello\r\n0\r\n\r\n"),
      "GET /a?b=c HTTP/1.1\r\nHost: web\r\nX-A: b\r\n\r\n",
    ];
    const pieces = [
      ..."\r\n\t\0 :;,0123456789abcdefXGPH\x0b\x7f\xff",
      "\r\n",
      "\r\n\r\n",
      "chunked",
      "Content-Length: 3\r\n",
    ];
    const spoilt = fc.record({
      which: fc.nat(good.length - 1),
      edits: fc.array(fc.record({ at: fc.nat(120), cut: fc.nat(3), piece: fc.constantFrom(...pieces, "") }), {
        minLength: 1,
        maxLength: 3,
      }),
    });
    await fc.assert(
      fc.asyncProperty(spoilt, async ({ which, edits }) => {
        let bytes = good[which] as string;
        for (const { at, cut, piece } of edits) {
          const where = at % (bytes.length + 1);
          bytes = bytes.slice(0, where) + piece + bytes.slice(where + cut);
        }
        const before = endpoint.requests.length;
        await sendAndLeave(bytes + smuggled);
        expect(endpoint.violations).toEqual([]);
        // Whatever became of it: nothing stands between it and the next.
        const seen = endpoint.requests.slice(before);
        expect(seen.length).toBeLessThanOrEqual(3);
        await canary();
      }),
      { numRuns: 400 },
    );
  }, 120_000);
});

/** Sends bytes, and ends the connection as soon as anything, or nothing, has come back for a moment. */
function sendAndLeave(bytes: string, ms = 60): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(proxy.port, "127.0.0.1");
    const leave = (): void => {
      socket.destroy();
    };
    let timer = setTimeout(leave, ms);
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
