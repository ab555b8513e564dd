import { testEnv } from "@namerkit/core/testing";
import {
  answer,
  type Behaviour,
  behaviours,
  fastClock,
  gibberish,
  halfOpen,
  hang,
  hangMidBody,
  html,
  json,
  reset,
  resetMidBody,
  Seen,
  truncate,
  truncatedJson,
  until,
} from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { container, ScriptedApi } from "../test-support/scripted-api.js";
import type { RancherOptions } from "./config.js";
import { rancherNamer } from "./standalone.js";

// A poll's 16 s are over in 320 ms, and firstAnswerMs in 100.
const clock = fastClock(50);
const one = [container("shop/web", "10.0.0.1")];
const two = [...one, container("shop/web", "10.0.0.2")];

let api: ScriptedApi;
const open: Seen[] = [];
const see = (path = "/80/shop/web", more: RancherOptions = {}): Seen => {
  const namer = rancherNamer({ ...api.options, lingerMs: 0, ...more }, { ...testEnv(), clock });
  const seen = new Seen(namer, path);
  open.push(seen);
  return seen;
};

beforeEach(async () => {
  api = await ScriptedApi.start(one);
});
afterEach(async () => {
  for (const seen of open.splice(0)) seen.close();
  await api.server.close();
});

/** Faults, and what a name that has no answer yet becomes at once, or after firstAnswerMs. */
const faults: Record<string, [Behaviour, string]> = {
  "404": [answer("Not found\n", { status: 404 }), "NAMER_UNAVAILABLE"],
  "500": [answer("broken", { status: 500 }), "NAMER_UNAVAILABLE"],
  "403": [answer("go away", { status: 403 }), "NAMER_REFUSED"],
  html: [html(), "NAMER_ANSWER"],
  "html with 502": [html(502), "NAMER_UNAVAILABLE"],
  hang: [hang(), "NAMER_PENDING"],
  "hang mid-body": [hangMidBody(json(one)), "NAMER_PENDING"],
  reset: [reset(), "NAMER_UNAVAILABLE"],
  "reset mid-body": [resetMidBody(json(one)), "NAMER_UNAVAILABLE"],
  truncate: [truncate(json(one)), "NAMER_UNAVAILABLE"],
  "truncated JSON": [truncatedJson(one), "NAMER_ANSWER"],
  gibberish: [gibberish(), "NAMER_ANSWER"],
  "a map": [json({ code: 404 }), "NAMER_ANSWER"],
  "an empty answer": [answer(""), "NAMER_ANSWER"],
};

describe.each(["version", "containers"] as const)("/%s at the start", (which) => {
  it.each(Object.entries(faults))("%s: Failed with the cause, and by itself well again", async (_, [fault, code]) => {
    api[`${which}Fault`] = fault;
    const seen = see();
    await seen.is(`failed: ${code}`);
    expect(seen.error).toContain(`/${which}`);
    expect(seen.trees).toEqual(["pending", `failed: ${code}`]);
    api[`${which}Fault`] = undefined;
    await seen.has("10.0.0.1:80");
    expect(seen.trees.slice(2).every((tree, i, all) => tree.startsWith(i < all.length - 1 ? "failed" : "/"))).toBe(
      true,
    );
  });
});

describe.each(["version", "containers"] as const)("/%s after a success", (which) => {
  it.each(Object.entries(faults))("%s: the last addresses stay, and are known to be stale", async (_, [fault]) => {
    // What is slow here is the machine that runs the tests.
    const seen = see("/80/shop/web", { firstAnswerMs: 600_000 });
    await seen.has("10.0.0.1:80");
    await until(() => api.held === 1, { what: "a poll under way" });
    api[`${which}Fault`] = fault;
    api.change(two);
    // The poll under way is not changed by the fault, and leads to the next request for each of the two.
    if (which === "version") await seen.has("10.0.0.1:80", "10.0.0.2:80");
    await until(() => seen.status?.state === "stale", { what: "stale" });
    expect(seen.status?.lastError?.message).toContain(`/${which}`);
    expect(seen.addresses.length).toBe(which === "version" ? 2 : 1);
    api[`${which}Fault`] = undefined;
    await seen.has("10.0.0.1:80", "10.0.0.2:80");
    await until(() => seen.status?.state === "live");
    expect(seen.trees).toEqual(["pending", "/#/test/80/shop/web"]);
  });
});

describe("the API as a whole", () => {
  it("down at the start: Failed with the cause, and well as soon as it is up", async () => {
    await api.server.refuse();
    const seen = see();
    await seen.is("failed: NAMER_UNAVAILABLE");
    expect(seen.error).toMatch(/^no answer within 5000 ms: GET .*version.*ECONNREFUSED/);
    await api.server.revive();
    await seen.has("10.0.0.1:80");
  });

  it("down at the start is Neg where that is wanted", async () => {
    await api.server.refuse();
    const seen = see("/80/shop/web", { whenUnavailable: "neg" });
    await seen.is("neg");
    await api.server.revive();
    await seen.has("10.0.0.1:80");
  });

  it("half-open: noticed by the deadline of the poll", async () => {
    const seen = see();
    await seen.has("10.0.0.1:80");
    await until(() => api.asked("/version") >= 2);
    // The poll that is under way is never answered, and new connections are not either.
    api.version = "1";
    api.server.behave(halfOpen());
    await until(() => seen.status?.state === "stale", { what: "stale" });
    expect(seen.addresses).toEqual(["10.0.0.1:80"]);
    api.change(two);
    api.heal();
    await seen.has("10.0.0.1:80", "10.0.0.2:80");
  });

  it("restarted: the poll under way is reset, and the next attempt finds what has changed", async () => {
    const seen = see();
    await seen.has("10.0.0.1:80");
    await api.server.refuse();
    await until(() => seen.status?.state === "stale", { what: "stale" });
    api.containers = two;
    await api.server.revive();
    await seen.has("10.0.0.1:80", "10.0.0.2:80");
    expect(seen.trees).toEqual(["pending", "/#/test/80/shop/web"]);
  });

  it("a containers fetch that fails once is repeated with the version unchanged", async () => {
    const seen = see();
    await seen.has("10.0.0.1:80");
    api.containersFault = answer("broken", { status: 500 });
    api.change(two);
    await until(() => api.asked("/containers") >= 2);
    api.containersFault = undefined;
    const { version } = api;
    await seen.has("10.0.0.1:80", "10.0.0.2:80");
    expect(api.version).toBe(version);
  });

  it("maxStaleMs: the addresses are given up, and come back", async () => {
    const seen = see("/80/shop/web", { maxStaleMs: 5_000 });
    await seen.has("10.0.0.1:80");
    await api.server.refuse();
    await seen.is("failed: NAMER_STALE");
    await api.server.revive();
    await seen.has("10.0.0.1:80");
    expect(seen.inner.size).toBe(1);
  });
});

describe("how often it asks", () => {
  /** At most 5 at once and 2 a second, here of the fast clock; each version costs two requests, and the first a few more. */
  const bound = (startedAt: number) => 2 * (5 + 2 * ((clock.now() - startedAt) / 1_000) + 1) + 3;

  it("is bounded for a server that does not wait", async () => {
    const started = clock.now();
    api.version = "0";
    api.server.behave(({ url }) => {
      if (url.includes("containers")) return json(one);
      return url.includes("version") ? answer("0") : answer("Not found", { status: 404 });
    });
    const seen = see();
    await seen.has("10.0.0.1:80");
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(api.server.requestCount).toBeGreaterThan(5);
    expect(api.server.requestCount).toBeLessThanOrEqual(bound(started));
    expect(seen.addrs.length).toBe(1);
  });

  it("is bounded for a version that flaps, and nothing is published for it", async () => {
    const started = clock.now();
    const flapping = setInterval(() => api.change(one), 10);
    const seen = see();
    await seen.has("10.0.0.1:80");
    await new Promise((resolve) => setTimeout(resolve, 300));
    clearInterval(flapping);
    expect(api.asked("/containers")).toBeGreaterThan(5);
    expect(api.server.requestCount).toBeLessThanOrEqual(bound(started));
    expect([seen.states.length, seen.addrs.length]).toEqual([2, 1]);
  });

  it.each(["reset", "html", "hang up"] as const)("is bounded when all it gets is %s", async (name) => {
    const started = clock.now();
    api.server.behave(behaviours[name]());
    const seen = see();
    await new Promise((resolve) => setTimeout(resolve, 200));
    // Back-off of at most 100 ms, 200 ms, 400 ms, ... drawn at a half of that.
    const elapsed = clock.now() - started;
    expect(api.server.requestCount).toBeGreaterThan(2);
    expect(api.server.requestCount).toBeLessThanOrEqual(Math.log2(elapsed / 50 + 1) + 2);
    expect(seen.tree).toMatch(/failed/);
  });
});

describe("closing", () => {
  const moments: Record<string, [Behaviour | undefined, () => boolean]> = {
    "while connecting or waiting for the version": [hang(), () => api.server.requestCount === 1],
    "in the middle of a body": [hangMidBody(json(one)), () => api.server.requestCount === 1],
    "half-open": [halfOpen(), () => api.server.connectionCount === 1],
    "while it polls": [undefined, () => api.asked("/version") >= 2],
  };

  it.each(Object.entries(moments))(
    "%s frees the socket at once, and nothing is asked again",
    async (_, [fault, moment]) => {
      if (fault !== undefined) api.server.behave(fault);
      const seen = see();
      await until(moment);
      seen.close();
      await until(() => api.server.openConnections === 0, { what: "no open connection" });
      const { requestCount, connectionCount } = api.server;
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(api.server.requestCount).toBe(requestCount);
      expect(api.server.connectionCount).toBe(connectionCount);
    },
  );

  it("and looking again asks again", async () => {
    const seen = see();
    await seen.has("10.0.0.1:80");
    seen.close();
    await until(() => api.server.openConnections === 0);
    await see().has("10.0.0.1:80");
  });
});
