import { systemClock } from "@namerkit/core";
import { answer, type Behaviour, type FaultyServer, faultyServer, json, until, wrongStatus } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHttp, type Http } from "../http.js";
import type { Changes } from "./changes.js";
import { ListWatch, type ListWatchSpec } from "./list-watch.js";

let server: FaultyServer;
let http: Http;
/** What is asked, in order, each with what the server does then. An empty list is an error of the test. */
let script: { readonly asks: RegExp; readonly does: Behaviour }[];
let unexpected: string[];
let closing: AbortController;

beforeEach(async () => {
  script = [];
  unexpected = [];
  closing = new AbortController();
  server = await faultyServer(({ url }) => {
    const next = script.shift();
    if (next?.asks.test(url) === true) return next.does;
    unexpected.push(`${url} instead of ${String(next?.asks)}`);
    return wrongStatus(500);
  });
  http = createHttp({ clock: systemClock }, { idleMs: 200 });
});

afterEach(async () => {
  closing.abort();
  http.close();
  await http.drained();
  await until(() => server.openConnections === 0, { what: "every socket gone" });
  await server.close();
  expect(unexpected).toEqual([]);
  expect(script).toEqual([]);
});

const streaming = /sendInitialEvents=true&resourceVersionMatch=NotOlderThan|resourceVersionMatch=NotOlderThan/;
const watchFrom = (version: number): RegExp => new RegExp(`resourceVersion=${version}&.*watch=1`);
const paged = /\?limit=\d+$/;

const object = (name: string, version: number, value = version) => ({
  metadata: { namespace: "ns", name, resourceVersion: String(version) },
  value,
});
const event = (type: string, what: object) => `${JSON.stringify({ type, object: what })}\n`;
const added = (name: string, version: number) => event("ADDED", object(name, version));
const modified = (name: string, version: number) => event("MODIFIED", object(name, version));
const deleted = (name: string, version: number) => event("DELETED", object(name, version));
const bookmark = (version: number, annotations = {}) =>
  event("BOOKMARK", { metadata: { resourceVersion: String(version), annotations } });
const initialEnd = (version: number) => bookmark(version, { "k8s.io/initial-events-end": "true" });
const expired = event("ERROR", {
  kind: "Status",
  message: "too old resource version: 1 (9)",
  reason: "Expired",
  code: 410,
});
const listOf = (version: number, items: readonly object[], next?: string) =>
  json({ metadata: { resourceVersion: String(version), ...(next !== undefined && { continue: next }) }, items });
const refusedStreaming = {
  asks: streaming,
  does: wrongStatus(422, { body: '{"message":"sendInitialEvents: Forbidden"}' }),
};

/** A watch that says this, in these pieces, and then ends, breaks, or goes on without a word. */
function says(pieces: readonly string[], then: "end" | "reset" | "silence" = "silence"): Behaviour {
  return {
    name: "watch",
    async request({ response, socket, wait }) {
      response.writeHead(200, { "content-type": "application/json" });
      response.flushHeaders();
      for (const piece of pieces) {
        response.write(piece);
        if (!(await wait(2))) return;
      }
      if (then === "end") response.end();
      if (then === "reset") socket.resetAndDestroy();
    },
  };
}

class Run {
  readonly told: { complete: boolean; set: Record<string, number>; deleted: string[] }[] = [];
  readonly store = new Map<string, number>();
  readonly counts: Record<string, number> = {};
  alive = 0;
  failure: unknown;
  readonly done: Promise<void>;

  constructor(watch: ListWatch<number>, signal = closing.signal) {
    const context = {
      signal,
      alive: () => this.alive++,
      request: () => {},
      count: (name: string, n = 1) => {
        this.counts[name] = (this.counts[name] ?? 0) + n;
      },
      pace: async () => {},
    };
    this.done = (async () => {
      for await (const changes of watch.run(context)) this.#take(changes);
    })().catch((thrown) => {
      this.failure = thrown;
    });
  }

  #take({ complete, set, deleted: gone }: Changes<number>): void {
    this.told.push({ complete, set: Object.fromEntries(set), deleted: [...gone] });
    if (complete) this.store.clear();
    for (const key of gone) this.store.delete(key);
    for (const [key, value] of set) this.store.set(key, value);
  }

  holds(expected: Record<string, number>) {
    return until(() => {
      expect(Object.fromEntries(this.store)).toEqual(expected);
      return true;
    });
  }
}

function listWatch(more: Partial<ListWatchSpec<number>> = {}): ListWatch<number> {
  return new ListWatch<number>({
    http,
    clock: systemClock,
    random: () => 0,
    url: `${server.url}/apis/things`,
    read: (one) => {
      const { value } = one as { value?: unknown };
      return typeof value === "number" ? value : undefined;
    },
    idleMs: 30_000,
    ...more,
  });
}

describe("a list and watch", () => {
  it("streams what there is, tells it in one piece, and goes on with what changes", async () => {
    script.push({
      asks: streaming,
      does: says([
        added("a", 1) + added("b", 2),
        added("c", 3).slice(0, 30),
        added("c", 3).slice(30),
        initialEnd(9),
        modified("a", 10),
        deleted("b", 11),
      ]),
    });
    const run = new Run(listWatch());
    await run.holds({ "ns/a": 10, "ns/c": 3 });
    expect(run.told).toEqual([
      { complete: true, set: { "ns/a": 1, "ns/b": 2, "ns/c": 3 }, deleted: [] },
      { complete: false, set: { "ns/a": 10 }, deleted: [] },
      { complete: false, set: {}, deleted: ["ns/b"] },
    ]);
    expect(server.requestCount).toBe(1);
  });

  it("lists page by page where lists cannot be streamed, and does not try again", async () => {
    script.push(
      refusedStreaming,
      { asks: /\?limit=2$/, does: listOf(7, [object("a", 1), object("b", 2)], "next=/1") },
      { asks: /\?limit=2&continue=next%3D%2F1$/, does: listOf(7, [object("c", 3)]) },
      { asks: watchFrom(7), does: says([modified("c", 8), expired], "end") },
      { asks: /\?limit=2$/, does: listOf(9, [object("c", 8)]) },
      { asks: watchFrom(9), does: says([]) },
    );
    const run = new Run(listWatch({ pageSize: 2 }));
    await run.holds({ "ns/c": 8 });
    await until(() => script.length === 0);
    expect(run.told.map(({ complete }) => complete)).toEqual([true, false, true]);
    expect(run.counts).toMatchObject({ lists: 2, expired: 1 });
  });

  it.each([
    ["in order", "end"],
    ["with a reset", "reset"],
  ] as const)("goes on from the last event when a watch ends %s", async (_, how) => {
    script.push(
      { asks: streaming, does: says([added("a", 1), initialEnd(5), bookmark(7)], how) },
      ...(how === "reset" ? [{ asks: /\?limit=1$/, does: listOf(8, []) }] : []),
      { asks: watchFrom(7), does: says([modified("a", 9)]) },
    );
    const watch = listWatch();
    const first = new Run(watch);
    if (how === "reset") {
      await first.done;
      expect(first.failure).toMatchObject({ code: "NAMER_UNAVAILABLE" });
      const second = new Run(watch);
      await second.holds({ "ns/a": 9 });
      expect(second.told).toHaveLength(1);
    } else {
      await first.holds({ "ns/a": 9 });
      expect(first.failure).toBeUndefined();
    }
  });

  it("sees what was deleted while it was away, and does not go back in time", async () => {
    script.push(
      { asks: streaming, does: says([added("a", 1), added("b", 2), initialEnd(5)], "end") },
      { asks: watchFrom(5), does: wrongStatus(410, { body: '{"reason":"Expired"}' }) },
      // Without a version: from no cache that lags.
      { asks: streaming, does: says([added("a", 1), initialEnd(20)]) },
    );
    const run = new Run(listWatch());
    await run.holds({ "ns/a": 1 });
    expect(run.counts).toMatchObject({ expired: 1, lists: 2 });
  });

  it("never takes a bookmark for an object, whatever it brings", async () => {
    const odd = event("BOOKMARK", { ...object("ghost", 8), endpoints: null });
    script.push({ asks: streaming, does: says([added("a", 1), initialEnd(5), odd, modified("a", 9)]) });
    const run = new Run(listWatch());
    await run.holds({ "ns/a": 9 });
    expect(run.told).toHaveLength(2);
    expect(run.alive).toBeGreaterThanOrEqual(4);
  });

  it("fails where a watch is silent, and lists anew if that was from its beginning: its version may lie in the future", async () => {
    script.push(
      { asks: streaming, does: says([added("a", 900), initialEnd(900)], "end") },
      { asks: watchFrom(900), does: says([]) },
      { asks: streaming, does: says([added("b", 3), initialEnd(5), bookmark(6)]) },
      { asks: /\?limit=1$/, does: listOf(6, []) },
      { asks: watchFrom(6), does: says([bookmark(7)]) },
    );
    const watch = listWatch({ idleMs: 250 });
    const first = new Run(watch);
    await first.done;
    expect(first.failure).toMatchObject({ code: "NAMER_UNAVAILABLE", message: expect.stringMatching(/nothing more/) });
    expect(first.counts).toMatchObject({ silent: 1 });
    const second = new Run(watch);
    await second.holds({ "ns/b": 3 });
    await second.done;
    const third = new Run(watch);
    await until(() => script.length === 0);
    closing.abort();
    await third.done;
    expect(third.told).toEqual([]);
  });

  it("lists anew after an outage where the server has gone back", async () => {
    script.push(
      { asks: streaming, does: says([added("a", 900), initialEnd(900)], "reset") },
      { asks: /\?limit=1$/, does: listOf(300, []) },
      { asks: streaming, does: says([added("b", 3), initialEnd(301)]) },
    );
    const watch = listWatch();
    await new Run(watch).done;
    const run = new Run(watch);
    await run.holds({ "ns/b": 3 });
    expect(run.counts).toMatchObject({ went_back: 1 });
  });

  it("lists anew after a longer outage, whatever the server says", async () => {
    let now = 0;
    const clock = { now: () => now, sleep: async () => {} };
    script.push(
      { asks: streaming, does: says([added("a", 900), initialEnd(900)], "reset") },
      { asks: streaming, does: says([added("b", 3), initialEnd(1_000)]) },
    );
    const watch = listWatch({ clock });
    await new Run(watch).done;
    now = 6_000;
    await new Run(watch).holds({ "ns/b": 3 });
  });

  it("falls back to lists where a server takes no notice of sendInitialEvents", async () => {
    script.push(
      { asks: streaming, does: says([added("a", 1), bookmark(4)]) },
      { asks: paged, does: listOf(5, [object("a", 1)]) },
      { asks: watchFrom(5), does: says([modified("a", 6)]) },
    );
    const watch = listWatch({ idleMs: 250 });
    await new Run(watch).done;
    const run = new Run(watch);
    await run.holds({ "ns/a": 6 });
    closing.abort();
    await run.done;
  });

  it("asks for the list at once where lists cannot be streamed", async () => {
    script.push(
      refusedStreaming,
      { asks: paged, does: listOf(5, [object("a", 1)]) },
      { asks: watchFrom(5), does: says([modified("a", 6)]) },
    );
    const waiting = { now: () => systemClock.now(), sleep: () => new Promise<void>(() => {}) };
    await new Run(listWatch({ clock: waiting, random: () => 1 })).holds({ "ns/a": 6 });
  });

  it("begins a list anew that expires half way, at last in one piece", async () => {
    const gone = wrongStatus(410, { body: '{"reason":"Expired","metadata":{"continue":"fresh"}}' });
    const page = listOf(5, [object("a", 1)], "x");
    script.push(
      refusedStreaming,
      { asks: paged, does: page },
      { asks: /continue=x/, does: gone },
      { asks: paged, does: page },
      { asks: /continue=x/, does: gone },
      { asks: /\/apis\/things$/, does: listOf(6, [object("a", 1), object("b", 2)]) },
      { asks: watchFrom(6), does: says([]) },
    );
    const run = new Run(listWatch());
    await run.holds({ "ns/a": 1, "ns/b": 2 });
    await until(() => script.length === 0);
    expect(run.told).toHaveLength(1);
  });

  it("skips what it cannot understand, and counts it", async () => {
    const nameless = event("ADDED", { metadata: { resourceVersion: "2" }, value: 1 });
    const odd = event("ADDED", { metadata: { namespace: "ns", name: "odd", resourceVersion: "3" } });
    const strange = event("RENAMED", object("a", 4));
    script.push({ asks: streaming, does: says([nameless + odd + strange + added("a", 5), initialEnd(5)]) });
    const run = new Run(listWatch());
    await run.holds({ "ns/a": 5 });
    expect(run.counts).toMatchObject({ skipped: 2, unknown_events: 1 });
  });

  it("tells what was said before nonsense, fails, and then lists anew", async () => {
    script.push(
      {
        asks: streaming,
        does: says([added("a", 1), initialEnd(5), `${modified("a", 6)}{"type": nonsense}\n${modified("a", 7)}`]),
      },
      { asks: streaming, does: says([added("a", 8), initialEnd(9)]) },
    );
    const watch = listWatch();
    const first = new Run(watch);
    await first.done;
    expect(first.failure).toMatchObject({ code: "NAMER_ANSWER" });
    expect(Object.fromEntries(first.store)).toEqual({ "ns/a": 6 });
    await new Run(watch).holds({ "ns/a": 8 });
  });

  it("fails with the server's words where it has no rights, and finds them when they are given", async () => {
    script.push(
      {
        asks: streaming,
        does: wrongStatus(403, { body: '{"message":"endpointslices is forbidden: User \\"x\\" cannot list"}' }),
      },
      { asks: streaming, does: says([added("a", 1), initialEnd(2)]) },
    );
    const watch = listWatch();
    const run = new Run(watch);
    await run.done;
    expect(run.failure).toMatchObject({
      code: "NAMER_REFUSED",
      message: expect.stringMatching(/: status 403: endpointslices is forbidden: User "x" cannot list$/),
    });
    await new Run(watch).holds({ "ns/a": 1 });
  });

  it("asks again at once where there are new credentials, and only then", async () => {
    let token = "old";
    const seen: (string | undefined)[] = [];
    const credentials = {
      headers: () => {
        seen.push(token);
        return { authorization: `Bearer ${token}` };
      },
      refused: async () => {
        const fresh = token === "old";
        token = "new";
        return fresh;
      },
    };
    script.push({ asks: streaming, does: wrongStatus(401) }, { asks: streaming, does: wrongStatus(401) });
    const run = new Run(listWatch({ credentials }));
    await run.done;
    expect(run.failure).toMatchObject({ code: "NAMER_REFUSED", status: 401 });
    expect(seen).toEqual(["old", "new"]);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer old", "Bearer new"]);
  });

  it("sends selectors along with every question", async () => {
    script.push(
      refusedStreaming,
      { asks: /^\/apis\/things\?labelSelector=kubernetes\.io%2Fservice-name%3Dweb&limit=500$/, does: listOf(1, []) },
      {
        asks: /\?labelSelector=kubernetes\.io%2Fservice-name%3Dweb&allowWatchBookmarks=true&resourceVersion=1&/,
        does: says([]),
      },
    );
    const run = new Run(listWatch({ query: { labelSelector: "kubernetes.io/service-name=web" } }));
    await until(() => script.length === 0);
    expect(run.told).toEqual([{ complete: true, set: {}, deleted: [] }]);
  });

  it("loses nothing on who stops at a change, and does not tell that again before what has followed it", async () => {
    script.push(
      { asks: streaming, does: says([added("a", 1), initialEnd(5), modified("a", 6)]) },
      { asks: streaming, does: says([added("a", 7), initialEnd(7)]) },
    );
    const watch = listWatch();
    const context = { signal: closing.signal, alive() {}, request() {}, count() {}, pace: async () => {} };
    const told: number[] = [];
    for await (const { set } of watch.run(context)) {
      told.push(...set.values());
      // The last one may not have been taken; it may even be why.
      if (told.length === 2) break;
    }
    expect(told).toEqual([1, 6]);
    const run = new Run(watch);
    await run.holds({ "ns/a": 7 });
    expect(run.told).toEqual([{ complete: true, set: { "ns/a": 7 }, deleted: [] }]);
  });

  it("says what it cannot use for a list", async () => {
    script.push(refusedStreaming, {
      asks: paged,
      does: answer('{"kind":"Status"}', { headers: { "content-type": "application/json" } }),
    });
    const run = new Run(listWatch());
    await run.done;
    expect(run.failure).toMatchObject({ code: "NAMER_ANSWER", message: expect.stringMatching(/not a list/) });
  });
});
