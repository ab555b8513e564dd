import { type State, supervise, systemClock, type WatchContext } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { answer, type FaultyServer, faultyServer, hang, until } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHttp, type Http } from "./http.js";
import { longPoll } from "./long-poll.js";

// What a namer makes of these parts: a supervised long poll over a real socket.
let server: FaultyServer;
let client: Http;
let seen: State<string | undefined>[];

async function* watch(context: WatchContext): AsyncGenerator<string> {
  client.hold(context.signal);
  yield* longPoll<string>(context, {
    ask: async (known, deadlineMs) => {
      const url = `${server.url}/version?value=${known ?? ""}`;
      return (await client.request(url, { signal: context.signal, deadlineMs })).text();
    },
    same: (a, b) => a === b,
  });
}

function observe() {
  const { log, metrics } = testEnv();
  const source = supervise({ clock: systemClock, random: () => 0.5, log, metrics }, { lingerMs: 0 }, watch);
  const handle = source.activity.run.observe((state) => void seen.push(state));
  return { close: () => handle.close(), status: () => source.status.sample() };
}

const values = () => seen.flatMap((state) => (state.status === "ok" ? [state.value] : []));
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

beforeEach(async () => {
  seen = [];
  server = await faultyServer();
  client = createHttp({ clock: systemClock });
});
afterEach(async () => {
  client.close();
  await server.close();
});

describe("a supervised long poll", () => {
  it.each([
    ["the same", () => answer("1")],
    ["something else each time", ({ number }: { number: number }) => answer(String(number))],
    ["an error", () => answer("", { status: 500 })],
  ])("makes no hot loop of a server that answers %s at once", async (_, script) => {
    server.behave(script);
    const { close } = observe();
    await until(() => server.requestCount >= 3);
    await sleep(1_000);
    close();
    // Five at once and two a second, or back-off; a hot loop would be at thousands.
    expect(server.requestCount).toBeLessThan(20);
  });

  it("follows changes over one connection, and is gone when closed", async () => {
    server.behave(({ url }) => (url.endsWith("=1") ? hang() : answer("1")));
    const { close } = observe();
    await until(() => server.requestCount === 2);
    expect(values()).toEqual(["1"]);
    expect(server.connectionCount).toBe(1);
    close();
    await server.connections[0]?.closed;
    await sleep(50);
    expect([server.requestCount, server.connectionCount, server.openConnections]).toEqual([2, 1, 0]);
  });

  it("closes an idle connection too, when closed between two requests", async () => {
    server.behave(() => answer("1"));
    const { close } = observe();
    // The burst is spent: the next request is held back for half a second.
    await until(() => server.requestCount >= 5);
    await sleep(50);
    close();
    await server.connections[0]?.closed;
    const { requestCount } = server;
    await sleep(700);
    expect([server.requestCount, server.openConnections]).toEqual([requestCount, 0]);
  });

  it("keeps the last good value through a reset and a refusal, and recovers", async () => {
    let version = "1";
    server.behave(({ url }) => (url.endsWith(`=${version}`) ? hang() : answer(version)));
    const { close, status } = observe();
    await until(() => values().length === 1);
    await server.refuse();
    await until(() => status()?.state === "stale");
    expect(status()?.lastError?.code).toBe("NAMER_UNAVAILABLE");
    version = "2";
    await server.revive();
    await until(() => values().at(-1) === "2");
    expect(values()).toEqual(["1", "2"]);
    expect(seen.some((state) => state.status === "failed")).toBe(false);
    close();
    await until(() => server.openConnections === 0);
  });
});
