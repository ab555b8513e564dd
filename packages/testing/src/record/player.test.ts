import { expect, it } from "vitest";
import { createPlayer } from "./player.js";
import type { Ending, Recording } from "./recording.js";

function recorded(...paths: readonly string[]): Recording {
  return {
    exchanges: paths.map((path, i) => ({
      number: i + 1,
      atMs: i,
      request: { method: "GET", path, headers: [] },
      answer: undefined,
      chunks: [],
      ended: "clean" satisfies Ending as Ending,
      endedAtMs: 0,
    })),
  };
}

const TESTING_REPLAY = (message: RegExp) =>
  expect.objectContaining({ code: "TESTING_REPLAY", message: expect.stringMatching(message) });

it("gives the answers of one method and path in their order, whatever is asked in between", () => {
  const player = createPlayer(recorded("/a", "/b", "/a"));
  expect(player.take("GET", "/a")?.number).toBe(1);
  expect(player.take("GET", "/a")?.number).toBe(3);
  expect(player.remaining.map(({ number }) => number)).toEqual([2]);
  expect(player.take("GET", "/b")?.number).toBe(2);
  player.assertFinished();
});

it("a request that was not recorded is told what is recorded next", () => {
  const player = createPlayer(recorded("/a", "/b?x=1"));
  player.take("GET", "/a");
  const told = TESTING_REPLAY(/^POST \/a was not recorded; recorded next: GET \/b\?x=1 \(number 2\)$/);
  expect(() => player.take("POST", "/a")).toThrow(told);
  player.take("GET", "/b?x=1");
  expect(player.failure).toEqual(told);
  expect(() => player.assertFinished()).toThrow(told);
});

it("a request that was not recorded so often is told, or gets silence", () => {
  const loud = createPlayer(recorded("/a"));
  loud.take("GET", "/a");
  expect(() => loud.take("GET", "/a")).toThrow(
    TESTING_REPLAY(/^GET \/a was recorded 1 time\(s\), and is asked once more; recorded next: nothing/),
  );
  const silent = createPlayer(recorded("/a"), { whenExhausted: "silence" });
  silent.take("GET", "/a");
  expect(silent.take("GET", "/a")).toBeUndefined();
  expect(() => silent.take("GET", "/b")).toThrow(TESTING_REPLAY(/not recorded/));
});

it("what has not been asked for is told at the end, the first few by name", () => {
  const player = createPlayer(recorded("/1", "/2", "/3", "/4", "/5", "/6", "/7"));
  expect(() => player.assertFinished()).toThrow(
    TESTING_REPLAY(/^not asked for: GET \/1 .* GET \/5 \(number 5\) and 2 more$/),
  );
});

it("paths with credentials are found again, however they are written", () => {
  const player = createPlayer(recorded("/a?token=***", "/***/b/"), { secrets: ["acme"] });
  expect(player.take("GET", "/a?token=whatever")?.number).toBe(1);
  expect(player.take("GET", "/acme/x/../b/")?.number).toBe(2);
});

it("what could not be kept cannot be played", () => {
  const [exchange] = recorded("/a").exchanges;
  if (exchange === undefined) throw new Error("no exchange");
  const player = createPlayer({ exchanges: [{ ...exchange, ended: "unrecorded", why: "it was too large" }] });
  expect(() => player.take("GET", "/a")).toThrow(TESTING_REPLAY(/cannot be played: it was too large/));
});
