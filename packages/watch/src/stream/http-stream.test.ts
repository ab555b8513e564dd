import { systemClock } from "@namerkit/core";
import { ManualClock } from "@namerkit/core/testing";
import {
  answer,
  type Behaviour,
  type FaultyServer,
  faultyServer,
  inPieces,
  until,
  wrongStatus,
} from "@namerkit/testing";
import { mswDispatcher } from "@namerkit/testing/msw";
import { HttpResponse, http } from "msw";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHttp, type Http } from "../http.js";

let server: FaultyServer;
let client: Http;

beforeEach(async () => {
  server = await faultyServer();
  client = createHttp({ clock: systemClock });
});

afterEach(async () => {
  client.close();
  await client.drained();
  await until(() => server.openConnections === 0, { what: "every socket gone" });
  await server.close();
});

const text = async (stream: AsyncIterable<Uint8Array>): Promise<string> => {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces).toString();
};

/** Says what it is told to, and then nothing. */
function saying(words: string, then: "silence" | "reset" = "silence"): Behaviour {
  return {
    name: "saying",
    async request({ response, socket, wait }) {
      response.writeHead(200, { "content-type": "application/json" });
      response.write(words);
      if (then === "reset") {
        await wait(5);
        socket.resetAndDestroy();
      }
    },
  };
}

/** Never stops, as long as somebody takes it. */
const endless = (written: { bytes: number }): Behaviour => ({
  name: "endless",
  async request({ response, wait }) {
    const chunk = Buffer.alloc(65_536, "x");
    for (;;) {
      const room = response.write(chunk);
      written.bytes += chunk.length;
      while (!room && response.writableNeedDrain) if (!(await wait(1))) return;
      if (response.destroyed || !(await wait(0))) return;
    }
  },
});

describe("a stream", () => {
  it("gives the body piece by piece, and its connection back at the end", async () => {
    server.behave(inPieces(answer("one\ntwo\nthree", { headers: { "x-a": "1" } }), [2, 5, 9]));
    const stream = await client.stream(server.url, { idleMs: 1_000 });
    expect([stream.status, stream.header("X-A"), stream.request]).toEqual([200, "1", `GET ${server.url}/`]);
    expect(await text(stream)).toBe("one\ntwo\nthree");
    await client.request(server.url);
    expect(server.connectionCount).toBe(1);
  });

  it("is open as soon as its head is there, although nothing follows", async () => {
    server.behave(saying(""));
    const stream = await client.stream(server.url, { idleMs: 30_000, deadlineMs: 10_000 });
    stream.close();
    await expect(text(stream)).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("is refused with the server's words where its status was not expected", async () => {
    server.behave(wrongStatus(403, { body: '{"message":"endpointslices is forbidden"}' }));
    await expect(client.stream(server.url, { idleMs: 1_000 })).rejects.toMatchObject({
      code: "NAMER_REFUSED",
      status: 403,
      said: '{"message":"endpointslices is forbidden"}',
    });
    server.behave(wrongStatus(429, { retryAfter: 7 }));
    await expect(client.stream(server.url, { idleMs: 1_000 })).rejects.toMatchObject({ retryAfterMs: 7_000 });
  });

  it("that never begins is given up by its deadline", async () => {
    server.behave("hang");
    await expect(client.stream(server.url, { idleMs: 1_000, deadlineMs: 60 })).rejects.toMatchObject({
      code: "NAMER_UNAVAILABLE",
      message: expect.stringMatching(/no answer within 60 ms/),
    });
  });

  it("that falls silent is given up, after what had come was read", async () => {
    server.behave(saying("one"));
    const stream = await client.stream(server.url, { idleMs: 60 });
    const pieces: string[] = [];
    const reading = (async () => {
      for await (const piece of stream) pieces.push(Buffer.from(piece).toString());
    })();
    await expect(reading).rejects.toMatchObject({
      code: "NAMER_UNAVAILABLE",
      kind: "late",
      message: expect.stringMatching(/nothing more in the middle of the stream within 60 ms/),
    });
    expect(pieces).toEqual(["one"]);
  });

  it("that breaks is a failure, not an end", async () => {
    server.behave(saying("one", "reset"));
    const stream = await client.stream(server.url, { idleMs: 10_000 });
    await expect(text(stream)).rejects.toMatchObject({ code: "NAMER_UNAVAILABLE", kind: "broken" });
  });

  it("ends with its signal, in any state, and its socket with it", async () => {
    const reason = new Error("enough");
    server.behave("hang");
    const waiting = new AbortController();
    const opening = client.stream(server.url, { idleMs: 1_000, signal: waiting.signal });
    await until(() => server.requestCount === 1);
    waiting.abort(reason);
    await expect(opening).rejects.toMatchObject({ code: "ABORTED" });
    server.behave(saying("one"));
    const reading = new AbortController();
    const stream = await client.stream(server.url, { idleMs: 30_000, signal: reading.signal });
    const all = text(stream);
    reading.abort(reason);
    await expect(all).rejects.toMatchObject({ code: "ABORTED" });
    await until(() => server.openConnections === 0);
    await expect(client.stream(server.url, { idleMs: 1, signal: reading.signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
  });

  it("is closed by leaving the loop, and by closing the client", async () => {
    server.behave(saying("one"));
    for await (const piece of await client.stream(server.url, { idleMs: 30_000 })) {
      expect(Buffer.from(piece).toString()).toBe("one");
      break;
    }
    await until(() => server.openConnections === 0);
    const all = text(await client.stream(server.url, { idleMs: 30_000 }));
    client.close();
    await expect(all).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("holds the server back while nobody reads, and is not taken for silent because of that", async () => {
    const written = { bytes: 0 };
    server.behave(endless(written));
    const stream = await client.stream(server.url, { idleMs: 150 });
    let before = -1;
    // What fits into the buffers of sockets depends on the machine.
    await until(
      () => {
        const still = written.bytes === before;
        before = written.bytes;
        return still && before > 0;
      },
      { everyMs: 300, timeoutMs: 20_000 },
    );
    expect(written.bytes).toBeLessThan(64 * 1024 * 1024);
    let read = 0;
    for await (const piece of stream) {
      read += piece.length;
      if (read > before + 1_000_000) break;
    }
    expect(read).toBeGreaterThan(before);
  });

  it("works with a dispatcher of somebody else, and leaves no timer", async () => {
    const clock = new ManualClock();
    const dispatcher = mswDispatcher([http.get("*", () => new HttpResponse("a\nb\n"))]);
    const other = createHttp({ clock, dispatcher });
    expect(await text(await other.stream("http://catalogue.test/", { idleMs: 1_000 }))).toBe("a\nb\n");
    expect(clock.pending).toBe(0);
  });
});
