import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { ManualClock } from "@namerkit/core/testing";
import { request } from "undici";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask } from "../../test-support/ask.js";
import { answer, json } from "../faulty/answers.js";
import { resetMidBody } from "../faulty/breaks.js";
import { type FaultyServer, faultyServer } from "../faulty/server.js";
import { hang, hangMidBody, slow, trickle } from "../faulty/silences.js";
import { until } from "../until.js";
import { parseRecording, readRecording } from "./ndjson.js";
import { createPlayer } from "./player.js";
import { playerServer } from "./player-server.js";
import { type Recorder, type RecorderOptions, startRecorder } from "./recorder.js";
import type { RecordedExchange, Recording } from "./recording.js";

let upstream: FaultyServer;
let lines: string[];
const recorders: Recorder[] = [];

beforeEach(async () => {
  lines = [];
  upstream = await faultyServer(json({ services: ["web"] }));
});
afterEach(async () => {
  for (const one of recorders.splice(0)) await one.close();
  await upstream.close();
});

async function record(options: Partial<RecorderOptions> = {}): Promise<Recorder> {
  const recorder = await startRecorder({ upstream: upstream.url, to: (line) => lines.push(line), ...options });
  recorders.push(recorder);
  return recorder;
}
const recording = (): Recording => parseRecording(lines.join("\n"));
const exchanges = (): readonly RecordedExchange[] => recording().exchanges;
const bodyOf = ({ chunks }: RecordedExchange): string => Buffer.concat(chunks.map(({ bytes }) => bytes)).toString();

describe("a recorder", () => {
  it("passes requests on and answers back, and writes a line for each when it has ended", async () => {
    const recorder = await record();
    const told = await ask(`${recorder.url}/services?wait=60s`, {
      headers: { accept: "application/json", "user-agent": "test" },
    });
    expect(told).toBe('200 {"services":["web"]}');
    expect(upstream.requests[0]).toMatchObject({ method: "GET", url: "/services?wait=60s" });
    expect(upstream.requests[0]?.headers).toMatchObject({ host: new URL(upstream.url).host, "user-agent": "test" });
    const [exchange] = exchanges();
    expect(exchange).toMatchObject({
      number: 1,
      request: { method: "GET", path: "/services?wait=60s", headers: [["accept", "application/json"]] },
      answer: { status: 200, headers: expect.arrayContaining([["content-type", "application/json"]]) },
      ended: "clean",
    });
    expect(exchange && bodyOf(exchange)).toBe('{"services":["web"]}');
  });

  it("takes the body of a request along", async () => {
    const bodies: string[] = [];
    const server = createServer(async (incoming, response) => {
      let text = "";
      for await (const chunk of incoming) text += String(chunk);
      bodies.push(text);
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const recorder = await record({ upstream: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    await request(recorder.url, { method: "PUT", body: "known" }).then(({ body }) => body.dump());
    await request(recorder.url, {
      method: "PUT",
      body: Readable.from([Buffer.from("streamed")]),
    }).then(({ body }) => body.dump());
    expect(bodies).toEqual(["known", "streamed"]);
    server.closeAllConnections();
    server.close();
  });

  it("keeps the times of pieces, by its clock", async () => {
    const clock = new ManualClock();
    const timed = await faultyServer(slow(500, trickle(100, answer("abc"))), { clock });
    const recorder = await record({ upstream: timed.url, clock });
    const pass = async (ms: number): Promise<void> => {
      await until(() => clock.pending === 1);
      await clock.advance(ms);
    };
    const asked = request(recorder.url);
    await pass(500);
    const pieces = (await asked).body[Symbol.asyncIterator]();
    // No more time passes before what was sent has come through both sockets.
    for (const letter of "abc") {
      await pass(100);
      expect(String((await pieces.next()).value)).toBe(letter);
    }
    expect((await pieces.next()).done).toBe(true);
    expect(exchanges()[0]).toMatchObject({
      answer: { atMs: 500 },
      chunks: [{ atMs: 600 }, { atMs: 700 }, { atMs: 800 }],
      endedAtMs: 800,
    });
    await timed.close();
  });

  it("tells what was broken off by the catalogue from what the client left, and from what it ended itself", async () => {
    const recorder = await record();
    upstream.behave(resetMidBody(answer("abcdef")));
    expect(await ask(`${recorder.url}/reset`)).toMatch(/SOCKET|RESET/);
    upstream.behave(hang());
    expect(await ask(`${recorder.url}/left`, { signal: AbortSignal.timeout(50) })).toMatch(/ABORT|Timeout|23/);
    upstream.behave(hangMidBody(answer("abcdef")));
    const pieces = (await request(`${recorder.url}/open`)).body[Symbol.asyncIterator]();
    await pieces.next();
    await recorder.close();
    await expect(pieces.next()).rejects.toThrow();
    await until(() => lines.length === 4);
    await upstream.refuse();
    expect(exchanges().map(({ request, ended, chunks }) => [request.path, ended, chunks.length])).toEqual([
      ["/reset", "reset", 1],
      ["/left", "aborted", 0],
      ["/open", "open", 1],
    ]);
  });

  it("records that nobody listened", async () => {
    await upstream.refuse();
    const recorder = await record();
    expect(await ask(recorder.url)).toMatch(/SOCKET|RESET/);
    expect(exchanges()).toMatchObject([
      { ended: "reset", answer: undefined, chunks: [], why: expect.stringContaining("ECONNREFUSED") },
    ]);
  });

  it("writes no credential anywhere", async () => {
    const tokens = [
      "bearer-token-1",
      "consul-token-2",
      "parameter-token-3",
      "given-4",
      "cookie-value-5",
      "url-password-6",
    ];
    upstream.behave(({ url, headers }) =>
      json(
        { url, headers, tokens },
        { headers: { "set-cookie": `session=${tokens[4]}`, "x-echo": String(headers.authorization) } },
      ),
    );
    const { host } = new URL(upstream.url);
    const recorder = await record({
      upstream: `http://user:${tokens[5]}@${host}`,
      secrets: [tokens[3] ?? "", "cookie-value-5"],
    });
    const headers = { authorization: `Bearer ${tokens[0]}`, "x-consul-token": tokens[1] ?? "" };
    expect(await ask(`${recorder.url}/x/given-4?token=${tokens[2]}`, { headers })).toContain("bearer-token-1");
    expect(await ask(`${recorder.url}/basic`)).toContain("authorization");
    for (const secret of [...tokens, Buffer.from(`user:${tokens[5]}`).toString("base64")]) {
      expect(lines.join("\n")).not.toContain(secret);
    }
    expect(exchanges()[0]?.request).toMatchObject({
      path: "/x/***?token=***",
      headers: expect.arrayContaining([
        ["authorization", "***"],
        ["x-consul-token", "***"],
      ]),
    });
    // The announced length is still the length.
    const player = await playerServer(createPlayer(recording(), { secrets: ["given-4"] }));
    expect(await ask(`${player.url}/x/given-4?token=other`)).toMatch(/^200 \{.*\*\*\*/);
    await player.close();
  });

  it("asks for answers that can be read, and does not keep others nor those that are too large", async () => {
    const recorder = await record({ maxBytes: 10 });
    await ask(`${recorder.url}/1`, { headers: { "accept-encoding": "gzip" } });
    expect(upstream.requests[0]?.headers["accept-encoding"]).toBe("identity");
    upstream.behave(answer("zzz", { headers: { "content-encoding": "zstd" } }));
    expect(await ask(`${recorder.url}/2`)).toBe("200 zzz");
    expect(exchanges()).toMatchObject([
      { ended: "unrecorded", why: "the answer is larger than 10 bytes", chunks: [] },
      { ended: "unrecorded", why: "the answer is encoded as zstd", chunks: [] },
    ]);
  });

  it("writes a file that can be read; and says so where it cannot be written", async () => {
    const folder = await mkdtemp(join(tmpdir(), "namerkit-"));
    try {
      const to = join(folder, "catalogue.ndjson");
      const recorder = await record({ to });
      await ask(recorder.url);
      expect((await readFile(to, "utf8")).split("\n")).toHaveLength(3);
      await recorder.close();
      expect((await readRecording(to)).exchanges).toHaveLength(1);
      await expect(startRecorder({ upstream: upstream.url, to: join(folder, "no", "x") })).rejects.toThrow(/ENOENT/);
    } finally {
      await rm(folder, { recursive: true });
    }
    const broken = await record({
      to: () => {
        if (lines.push("") > 1) throw new Error("disk full");
      },
    });
    await ask(broken.url);
    await expect(broken.close()).rejects.toThrow("disk full");
  });

  it.each(["localhost:8500", "ftp://user:password@host", "//x"])("cannot stand in front of %s", async (to) => {
    await expect(startRecorder({ upstream: to, to: () => {} })).rejects.toMatchObject({
      code: "TESTING_UPSTREAM",
      message: expect.not.stringContaining("password"),
    });
  });
});
