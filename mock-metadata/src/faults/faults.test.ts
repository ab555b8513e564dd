import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { ManualClock } from "@namerkit/core/testing";
import { until } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Listening, listen } from "../listen.js";
import { Metadata } from "../metadata.js";
import { faultKinds } from "./kinds.js";

let clock: ManualClock;
let metadata: Metadata;
let server: Listening;

beforeEach(async () => {
  clock = new ManualClock();
  metadata = new Metadata("stacks: { s: { services: { w: { scale: 2 } } } }", { clock, random: Math.random });
  server = await listen(metadata);
});
afterEach(() => server.close());

interface Seen {
  /** All bytes that came. */
  readonly bytes: () => string;
  readonly ended: () => "open" | "end" | "ECONNRESET";
  readonly socket: Socket;
}

/** What comes through a socket for one request. */
async function get(path: string): Promise<Seen> {
  const socket = connect(server.port, "127.0.0.1");
  await once(socket, "connect");
  let bytes = "";
  let ended: "open" | "end" | "ECONNRESET" = "open";
  socket.setEncoding("latin1").on("data", (chunk) => {
    bytes += chunk;
  });
  socket.on("end", () => {
    ended = "end";
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "ECONNRESET") ended = "ECONNRESET";
  });
  socket.write(`GET ${path} HTTP/1.1\r\nHost: m\r\nConnection: close\r\n\r\n`);
  return { bytes: () => bytes, ended: () => ended, socket };
}

async function got(path: string): Promise<Seen> {
  const seen = await get(path);
  await until(() => seen.ended() !== "open", { what: `the end of ${path}` });
  return seen;
}

const bodyOf = (seen: Seen): string => seen.bytes().split("\r\n\r\n").slice(1).join("\r\n\r\n");
const headOf = (seen: Seen): string => seen.bytes().split("\r\n\r\n")[0] ?? "";
const VERSION = "/latest/version";
const NAMES = "/latest/services/w/name";

describe("what a client sees through a socket", () => {
  it("hang: the request is taken, and never answered; clearing it helps only who comes later", async () => {
    metadata.fault("hang");
    const before = metadata.asked.requests;
    const seen = await get(VERSION);
    await until(() => metadata.asked.requests > before, { what: "the request" });
    metadata.clearFaults();
    await got(VERSION);
    expect([seen.bytes(), seen.ended()]).toEqual(["", "open"]);
    seen.socket.destroy();
    await until(() => server.sockets === 0, { what: "no socket" });
    expect(clock.pending).toBe(0);
  });

  it("half-open: accepted, and not even read as a request", async () => {
    metadata.fault("half-open");
    const before = metadata.asked.requests;
    const seen = await get(VERSION);
    await until(() => server.sockets === 1, { what: "the connection" });
    metadata.clearFaults();
    await got(VERSION);
    expect([seen.bytes(), seen.ended(), metadata.asked.requests]).toEqual(["", "open", before + 1]);
    seen.socket.destroy();
    await until(() => server.sockets === 0, { what: "no socket" });
  });

  it("reset: at the request", async () => {
    metadata.fault("reset");
    const seen = await got(VERSION);
    expect([seen.bytes(), seen.ended()]).toEqual(["", "ECONNRESET"]);
  });

  it.each([
    ["reset-mid-body", "ECONNRESET"],
    ["truncate", "end"],
  ] as const)("%s: half of the body, then %s", async (kind, end) => {
    metadata.fault(kind);
    const seen = await get(VERSION);
    await until(() => bodyOf(seen).length === 18, { what: "half a version" });
    if (kind === "reset-mid-body") {
      await until(() => clock.pending === 1, { what: "the pause" });
      await clock.advance(20);
    }
    await until(() => seen.ended() === end, { what: end });
    expect(headOf(seen)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(headOf(seen)).toMatch(/^content-length: 36\r?$/im);
    expect(bodyOf(seen)).toBe(metadata.version.slice(0, 18));
  });

  it("trickle: the head at once, then one byte each ms", async () => {
    metadata.fault("trickle", { ms: 10 });
    const seen = await get(NAMES.replace("/name", "/scale"));
    await until(() => bodyOf(seen) === "2", { what: "one byte" });
    const version = await get(VERSION);
    for (let bytes = 1; bytes <= 36; bytes++) {
      await until(() => bodyOf(version).length === bytes && (bytes === 36 || clock.pending === 1), {
        what: `${bytes} bytes`,
      });
      await clock.advance(9);
      expect(bodyOf(version)).toHaveLength(bytes);
      await clock.advance(1);
    }
    await until(() => version.ended() === "end", { what: "the end" });
    expect(bodyOf(version)).toBe(metadata.version);
  });

  it("trickle: ends with its client", async () => {
    metadata.fault("trickle");
    const seen = await get(VERSION);
    await until(() => clock.pending === 1, { what: "the first byte" });
    seen.socket.destroy();
    await until(() => clock.pending === 0 && server.sockets === 0, { what: "nothing left" });
  });

  it("slow: the head after ms, then all at once", async () => {
    metadata.fault("slow", { ms: 300 });
    const seen = await get(VERSION);
    await until(() => clock.pending === 1, { what: "the request" });
    await clock.advance(299);
    expect(seen.bytes()).toBe("");
    await clock.advance(1);
    await until(() => seen.ended() === "end", { what: "the answer" });
    expect(bodyOf(seen)).toBe(metadata.version);
  });

  it("slow: nobody is waited for who has gone", async () => {
    metadata.fault("slow");
    const seen = await get(VERSION);
    await until(() => clock.pending === 1, { what: "the request" });
    seen.socket.destroy();
    await until(() => clock.pending === 0 && server.sockets === 0, { what: "nothing left" });
  });

  it("status: this one, with Retry-After if wanted", async () => {
    metadata.fault("status");
    expect((await got(VERSION)).bytes()).toMatch(/^HTTP\/1\.1 503 /);
    metadata.fault("status", { status: 429, retryAfter: 7 });
    const limited = headOf(await got(VERSION));
    expect(limited).toMatch(/^HTTP\/1\.1 429 /);
    expect(limited).toMatch(/^retry-after: 7\r?$/im);
    metadata.fault("status", { status: 204 });
    expect((await got(VERSION)).bytes()).toMatch(/^HTTP\/1\.1 204 /);
  });

  it("html: a page", async () => {
    metadata.fault("html");
    const seen = await got(VERSION);
    expect(headOf(seen)).toMatch(/^content-type: text\/html/im);
    expect([seen.bytes().slice(0, 12), bodyOf(seen)]).toEqual(["HTTP/1.1 200", expect.stringContaining("<html>")]);
  });

  it("gibberish: no HTTP", async () => {
    metadata.fault("gibberish");
    const { bytes } = await got(VERSION);
    expect([bytes().startsWith("HTTP"), bytes().startsWith("\u0000\u0001")]).toEqual([false, true]);
  });

  it("huge: as many bytes as wanted, of JSON that is right", async () => {
    metadata.fault("huge", { bytes: 200_001 });
    const seen = await got("/latest/containers");
    expect([bodyOf(seen).length, (JSON.parse(bodyOf(seen)) as string).length]).toEqual([200_001, 199_999]);
  });

  it("huge: is not made for a client that does not take it", async () => {
    metadata.fault("huge", { bytes: 2 ** 31 });
    const seen = await get(VERSION);
    seen.socket.pause();
    await until(() => server.sockets === 1, { what: "the connection" });
    seen.socket.destroy();
    await until(() => server.sockets === 0, { what: "no socket" });
  });

  it("empty: 200 and nothing", async () => {
    metadata.fault("empty");
    const seen = await got(VERSION);
    expect([seen.bytes().slice(0, 12), bodyOf(seen)]).toEqual(["HTTP/1.1 200", ""]);
  });

  it("instant: long polls do not wait", async () => {
    metadata.fault("instant");
    const seen = await got(`${VERSION}?wait=true&value=${metadata.version}`);
    expect([bodyOf(seen), metadata.asked.polls]).toEqual([metadata.version, 0]);
  });

  it("flap: another version each time, of the same data", async () => {
    metadata.fault("flap", { on: "version" });
    const asked = async () => bodyOf(await got(`${VERSION}?wait=true&value=${metadata.version}`));
    const versions = new Set([await asked(), await asked(), await asked(), metadata.version]);
    expect(versions.size).toBe(4);
    metadata.clearFaults();
    expect(bodyOf(await got(VERSION))).toBe(metadata.version);
  });

  it("stale: the data of before, under new versions", async () => {
    const scale = async () => bodyOf(await got("/latest/services/w/scale"));
    metadata.fault("stale", { on: "data" });
    metadata.scale("s/w", 5);
    expect([bodyOf(await got(VERSION)), await scale()]).toEqual([metadata.version, "2"]);
    metadata.scale("s/w", 6);
    expect(await scale()).toBe("2");
    metadata.clearFaults("data");
    expect(await scale()).toBe("6");
  });

  it("taken down, who hangs is reset", async () => {
    metadata.fault("hang");
    const before = metadata.asked.requests;
    const seen = await get(VERSION);
    await until(() => metadata.asked.requests > before, { what: "the request" });
    metadata.takeDown();
    await until(() => seen.ended() === "ECONNRESET", { what: "the reset" });
  });
});

describe("where there are no sockets", () => {
  const ask = (path: string, signal?: AbortSignal): Promise<Response> =>
    metadata.handle(new Request(`http://m${path}`, signal === undefined ? {} : { signal }), "::1");

  it.each(["reset", "gibberish"] as const)("%s is a network error", async (kind) => {
    metadata.fault(kind);
    expect((await ask(VERSION)).type).toBe("error");
  });

  it.each(["reset-mid-body", "truncate"] as const)("%s breaks the body", async (kind) => {
    metadata.fault(kind);
    const answer = await ask(VERSION);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow("terminated");
  });

  it("trickle and huge are streams", async () => {
    metadata.fault("trickle", { ms: 10 });
    const body = (await ask("/latest/services/w/scale")).text();
    expect(await body).toBe("2");
    metadata.fault("huge", { bytes: 100_000 });
    expect((await (await ask(VERSION)).text()).length).toBe(100_000);
    const reader = (await ask(VERSION)).body?.getReader();
    await reader?.read();
    await reader?.cancel();
  });

  it("hang ends with its client, or with the server", async () => {
    metadata.fault("hang");
    const gone = new AbortController();
    const one = ask(VERSION, gone.signal);
    const other = ask(VERSION);
    gone.abort();
    expect((await one).status).toBe(499);
    metadata.takeDown();
    expect((await other).type).toBe("error");
  });
});

describe("switches", () => {
  it("are for the version, for data, or for all; the narrower one counts", async () => {
    const statuses = async () =>
      Promise.all([VERSION, NAMES].map(async (path) => Number((await got(path)).bytes().slice(9, 12))));
    metadata.fault("status", { on: "data", status: 500 });
    expect(await statuses()).toEqual([200, 500]);
    metadata.fault("status", { on: "all", status: 502 });
    metadata.fault("status", { on: "version", status: 501 });
    expect(await statuses()).toEqual([501, 500]);
    metadata.clearFaults("data");
    expect(await statuses()).toEqual([501, 502]);
    metadata.clearFaults();
    expect(await statuses()).toEqual([200, 200]);
  });

  it("say what is on, with its numbers", () => {
    metadata.fault("slow", { on: "version" });
    metadata.fault("hang");
    expect(metadata.faults.all).toEqual({ version: { kind: "slow", ms: 1000 }, all: { kind: "hang" } });
  });

  it("half-open leaves those alone that have a fault of their own", async () => {
    metadata.fault("half-open");
    metadata.fault("status", { on: "version" });
    expect((await got(VERSION)).bytes()).toMatch(/^HTTP\/1\.1 503 /);
    const seen = await get(NAMES);
    const before = metadata.asked.requests;
    await until(() => metadata.asked.requests > before || metadata.asked.requests >= 2, { what: "the request" });
    expect(seen.bytes()).toBe("");
  });

  it("are refused where they make no sense", () => {
    const set = metadata.fault.bind(metadata) as (kind: string, options?: object) => void;
    for (const [kind, options] of [
      ["nosuch", {}],
      ["constructor", {}],
      ["hang", { on: "some" }],
      ["hang", { ms: 1 }],
      ["half-open", { on: "data" }],
      ["flap", { on: "data" }],
      ["stale", { on: "version" }],
      ["slow", { ms: -1 }],
      ["slow", { ms: 0.5 }],
      ["status", { status: 199 }],
      ["huge", { bytes: 2 ** 40 }],
    ] as const) {
      expect(() => set(kind, options), kind).toThrow(expect.objectContaining({ code: "MOCK_CONTROL" }));
    }
    expect(() => metadata.clearFaults("some" as "all")).toThrow(expect.objectContaining({ code: "MOCK_CONTROL" }));
    expect(metadata.faults.all).toEqual({});
    for (const kind of Object.keys(faultKinds)) set(kind);
  });
});
