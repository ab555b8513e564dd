import { connect } from "node:net";
import { ManualClock } from "@namerkit/core/testing";
import { request } from "undici";
import { describe, expect, it } from "vitest";
import { ask } from "../../test-support/ask.js";
import { answer } from "../faulty/answers.js";
import { faultyServer } from "../faulty/server.js";
import { until } from "../until.js";
import { parseRecording } from "./ndjson.js";
import { createPlayer } from "./player.js";
import { playerDispatcher } from "./player-dispatcher.js";
import { playerServer } from "./player-server.js";
import { startRecorder } from "./recorder.js";
import type { RecordedExchange } from "./recording.js";

function exchange(path: string, more: Partial<RecordedExchange> = {}): RecordedExchange {
  return {
    number: 1,
    atMs: 0,
    request: { method: "GET", path, headers: [] },
    answer: {
      atMs: 100,
      status: 200,
      headers: [
        ["Content-Type", "text/plain"],
        ["X-Index", "7"],
      ],
    },
    chunks: [
      { atMs: 200, bytes: Buffer.from("ab") },
      { atMs: 1_000, bytes: Buffer.from("c") },
    ],
    ended: "clean",
    endedAtMs: 1_500,
    ...more,
  };
}

describe("a player as a dispatcher", () => {
  it("answers at the recorded times of the clock, without a socket", async () => {
    const clock = new ManualClock();
    const player = createPlayer({ exchanges: [exchange("/a")] });
    const dispatcher = playerDispatcher(player, { clock });
    const seen: string[] = [];
    const asked = (async () => {
      const { statusCode, headers, body } = await request("http://catalogue.example/a", { dispatcher });
      seen.push(`${clock.now()} ${statusCode} ${headers["x-index"]}`);
      for await (const chunk of body) seen.push(`${clock.now()} ${String(chunk)}`);
      seen.push(`${clock.now()} end`);
    })();
    await clock.advance(99);
    expect(seen).toEqual([]);
    await clock.advance(5_000);
    await asked;
    expect(seen).toEqual(["100 200 7", "200 ab", "1000 c", "1500 end"]);
    player.assertFinished();
    expect(clock.pending).toBe(0);
  });

  it("breaks off where the catalogue did, and is silent where it did not end", async () => {
    const clock = new ManualClock();
    const none = { answer: undefined, chunks: [], endedAtMs: 10 } as const;
    const dispatcher = playerDispatcher(
      createPlayer({
        exchanges: [
          exchange("/refused", { ...none, ended: "reset" }),
          exchange("/reset", { ended: "reset" }),
          exchange("/open", { ended: "open" }),
          exchange("/left", { ...none, ended: "aborted" }),
        ],
      }),
      { clock },
    );
    const controller = new AbortController();
    const { signal } = controller;
    const told: Record<string, string> = {};
    const all = ["refused", "reset", "open", "left"].map(async (name) => {
      told[name] = await ask(`http://x/${name}`, { dispatcher, signal });
    });
    await clock.advance(60_000);
    // undici tells of the end of a body a turn later.
    await until(() => told["reset"]);
    expect(told).toEqual({ refused: "UND_ERR_SOCKET", reset: "UND_ERR_SOCKET" });
    controller.abort();
    await Promise.all(all);
    expect(told["open"]).toMatch(/ABORT|20/);
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });

  it("leaves no timer behind when the client goes", async () => {
    const clock = new ManualClock();
    const dispatcher = playerDispatcher(createPlayer({ exchanges: [exchange("/a"), exchange("/a")] }), { clock });
    for (const wait of [50, 300]) {
      const controller = new AbortController();
      const told = ask("http://x/a", { dispatcher, signal: controller.signal });
      await clock.advance(wait);
      expect(clock.pending).toBe(1);
      controller.abort();
      await told;
      await clock.advance(0);
      expect(clock.pending).toBe(0);
    }
  });

  it("has answers without a body, and fails what was not recorded", async () => {
    const empty = { chunks: [], endedAtMs: 0 };
    const player = createPlayer({
      exchanges: [
        exchange("/204", { ...empty, answer: { atMs: 0, status: 204, headers: [] } }),
        exchange("/404", { ...empty, answer: { atMs: 0, status: 404, headers: [] } }),
      ],
    });
    const dispatcher = playerDispatcher(player, { clock: new ManualClock() });
    expect(await ask("http://x/204", { dispatcher })).toBe("204 ");
    expect(await ask("http://x/404", { dispatcher })).toBe("404 ");
    expect(await ask("http://x/500", { dispatcher })).toBe("TESTING_REPLAY");
    expect(() => player.assertFinished()).toThrow(/GET \/500 was not recorded/);
  });
});

describe("a player as a server", () => {
  it("answers byte for byte what was recorded", async () => {
    const headers = { "X-Twice": ["1", "2"], date: "Sun, 22 Nov 2026 01:07:54 GMT" };
    await using upstream = await faultyServer(answer("text", { status: 418, headers }));
    const lines: string[] = [];
    await using recorder = await startRecorder({ upstream: upstream.url, to: (line) => lines.push(line) });
    const before = await raw(new URL(recorder.url).port);
    const server = await playerServer(createPlayer(parseRecording(lines.join("\n"))));
    expect(await raw(new URL(server.url).port)).toBe(before);
    expect(before).toMatch(/X-Twice: 1\r\nX-Twice: 2\r\n/);
    await server.close();
  });

  it("keeps the times, breaks off where the catalogue did, and is silent where it did not end", async () => {
    const clock = new ManualClock();
    const exchanges = [exchange("/a"), exchange("/a", { ended: "reset" }), exchange("/a", { ended: "open" })];
    const server = await playerServer(createPlayer({ exchanges }), { clock });
    const turn = async (ms: number) => {
      await until(() => clock.pending === 1);
      await clock.advance(ms);
    };
    const whole = ask(`${server.url}/a`);
    await turn(100);
    await turn(100);
    await turn(800);
    await turn(500);
    expect(await whole).toBe("200 abc");
    expect(clock.now()).toBe(1_500);
    const reset = ask(`${server.url}/a`);
    for (const ms of [100, 100, 800, 500]) await turn(ms);
    expect(await reset).toMatch(/SOCKET|RESET/);
    const controller = new AbortController();
    let over = false;
    const open = ask(`${server.url}/a`, { signal: controller.signal }).finally(() => {
      over = true;
    });
    for (const ms of [100, 100, 800]) await turn(ms);
    await clock.advance(60_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(over).toBe(false);
    controller.abort();
    await open;
    await server.close();
    expect(clock.pending).toBe(0);
  });

  it("tells a request that was not recorded so, and whoever closes it", async () => {
    const server = await playerServer(createPlayer({ exchanges: [exchange("/a")] }));
    expect(await ask(`${server.url}/b`)).toBe("500 GET /b was not recorded; recorded next: GET /a (number 1)\n");
    await expect(server.close()).rejects.toMatchObject({ code: "TESTING_REPLAY" });
  });
});

function raw(port: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(Number(port), "127.0.0.1", () =>
      socket.write("GET /raw HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    );
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk;
    });
    socket.once("error", reject).once("close", () => resolve(text));
  });
}
