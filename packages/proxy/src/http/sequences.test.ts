import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { post, smuggled } from "../../test/corpus/case.js";
import { StrictEndpoint } from "../../test/corpus/strict-endpoint.js";
import { exchange, get, proxyTo, type TestProxy } from "../../test/kit.js";

const line = (start: string, ...lines: readonly string[]) => `${[start, "Host: web", ...lines].join("\r\n")}\r\n\r\n`;
const one = line("GET /1 HTTP/1.1");

interface Sequence {
  readonly name: string;
  /** Latin-1. */
  readonly bytes: string;
  /** What the endpoint sees, as `METHOD target body`, in this order; the beginning of it where the connection is cut. */
  readonly seen: readonly string[];
  /** The statuses of the answers in their order. */
  readonly statuses: readonly number[];
}

/**
 * The connection is closed after the last answer: what follows a request that nobody could read for sure is never believed, and what
 * went before it is answered as itself.
 */
const sequences: readonly Sequence[] = [
  {
    name: "a request, one with both framings, and another",
    bytes: one + post(["Content-Length: 5", "Transfer-Encoding: chunked"], `0\r\n\r\n${smuggled}`) + smuggled,
    seen: ["GET /1 "],
    statuses: [200, 400],
  },
  {
    name: "a request, one with two hosts, and another",
    bytes: one + line("GET /2 HTTP/1.1", "Host: evil") + smuggled,
    seen: ["GET /1 "],
    statuses: [200, 400],
  },
  {
    name: "a request, one that is no HTTP, and another",
    bytes: `${one}\0\0\0\r\n\r\n${smuggled}`,
    seen: ["GET /1 "],
    statuses: [200, 400],
  },
  {
    name: "a request, one with an unknown coding, and another",
    bytes: one + post(["Transfer-Encoding: cow"], smuggled) + smuggled,
    seen: ["GET /1 "],
    statuses: [200, 400],
  },
  {
    name: "one with a bad host, and another",
    bytes: `GET / HTTP/1.1\r\nHost: web/a\r\n\r\n${smuggled}`,
    seen: [],
    statuses: [400],
  },
  {
    name: "one whose target is a backslash behind a host, and another",
    bytes: line("GET http://web\\evil/a HTTP/1.1") + smuggled,
    seen: [],
    statuses: [400],
  },
  {
    name: "one whose target is a list of hosts with quotes, and another",
    bytes: line('GET http://web"evil/a HTTP/1.1') + smuggled,
    seen: [],
    statuses: [400],
  },
  {
    name: "an asterisk, and another",
    bytes: line("OPTIONS * HTTP/1.1") + smuggled,
    seen: [],
    statuses: [501],
  },
  {
    name: "a body of HTTP/1.0 that is never announced",
    bytes: `POST / HTTP/1.0\r\nHost: web\r\n\r\n${smuggled}`,
    seen: ["POST / "],
    statuses: [200],
  },
  {
    name: "one that closes, and another",
    bytes: line("GET /1 HTTP/1.1", "Connection: close") + smuggled,
    seen: ["GET /1 "],
    statuses: [200],
  },
  {
    name: "an Upgrade that the endpoint does not take, and another",
    bytes: line("GET /1 HTTP/1.1", "Connection: Upgrade", "Upgrade: x") + smuggled,
    seen: ["GET /1 "],
    statuses: [200],
  },
];

/** These go on: everything is what it says it is. */
const harmless: readonly Sequence[] = [
  {
    name: "one that expects what nobody knows, with its body, and another",
    bytes: post(["Expect: 200-maybe", `Content-Length: ${smuggled.length}`], smuggled) + one,
    seen: ["GET /1 "],
    statuses: [417, 200],
  },
  {
    name: "an Expect, with its body behind it at once",
    bytes: post(["Expect: 100-continue", "Content-Length: 3"], "abc") + smuggled,
    seen: ["POST / abc", "GET /smuggled "],
    statuses: [200, 200],
  },
  {
    name: "an Expect in HTTP/1.0",
    bytes: "POST / HTTP/1.0\r\nHost: web\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
    seen: ["POST / abc"],
    statuses: [200],
  },
  {
    name: "a request as the body of another",
    bytes: post([`Content-Length: ${smuggled.length}`], smuggled) + one,
    seen: [`POST / ${smuggled}`, "GET /1 "],
    statuses: [200, 200],
  },
  {
    name: "a HEAD between two others",
    bytes: one + line("HEAD /2 HTTP/1.1") + line("GET /3 HTTP/1.1"),
    seen: ["GET /1 ", "HEAD /2 ", "GET /3 "],
    statuses: [200, 200, 200],
  },
  {
    name: "an Upgrade to HTTP/2, which stays a plain request",
    bytes:
      line("GET /1 HTTP/1.1", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AA") + smuggled,
    seen: ["GET /1 ", "GET /smuggled "],
    statuses: [200, 200],
  },
];

describe("requests that follow one another on a connection [parity: smuggling]", () => {
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

  const play = async (bytes: string, closes: boolean, answers: number) => {
    const before = endpoint.requests.length;
    const { text } = await exchange(proxy.port, bytes, (soFar) => !closes && statusesOf(soFar).length >= answers);
    // A canary of somebody else arrives alone, whole, and is answered as itself, and on whatever connection there is by now.
    const seen = endpoint.requests.slice(before);
    const canary = await exchange(proxy.port, get("/canary"));
    expect(canary.text.endsWith("\r\n\r\nGET /canary")).toBe(true);
    expect(endpoint.violations).toEqual([]);
    expect(endpoint.requests.slice(before + seen.length)).toEqual(["GET /canary "]);
    return { seen, statuses: statusesOf(text) };
  };

  it.each(sequences.map((sequence) => [sequence.name, sequence] as const))("%s", async (_, sequence) => {
    const { seen, statuses } = await play(sequence.bytes, true, 0);
    // What had not been answered when the rest could not be read may have been cut with it; it is never answered as anything else.
    if (sequence.seen.length > 0) {
      expect(sequence.seen.slice(0, seen.length)).toEqual(seen);
      expect(sequence.statuses.slice(0, statuses.length)).toEqual(statuses);
    } else expect({ seen, statuses }).toEqual({ seen: [], statuses: sequence.statuses });
  });

  it.each(harmless.map((sequence) => [sequence.name, sequence] as const))("%s", async (_, sequence) => {
    const { seen, statuses } = await play(sequence.bytes, false, sequence.statuses.length);
    expect({ seen, statuses }).toEqual({ seen: sequence.seen, statuses: sequence.statuses });
  });
});

function statusesOf(text: string): readonly number[] {
  return [...text.matchAll(/HTTP\/1\.[01] ([2-5]\d\d) /g)].map(([, status]) => Number(status));
}
