import { Path } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import {
  answer,
  type Behaviour,
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
  wrongStatus,
} from "@namerkit/testing";
import type { ConsulFakeOptions } from "@namerkit/testing/consul";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { entry } from "../test-support/entries.js";
import { TestConsul } from "../test-support/test-consul.js";
import type { ConsulOptions } from "./config/namer-config.js";
import { consulNamer } from "./standalone.js";

// firstAnswerMs are over in 100 ms, and a query of 2 s in 40.
const SPEED = 50;
const clock = fastClock(SPEED);
const web = (...numbers: readonly number[]) => numbers.map((n) => entry("web", `10.0.0.${n}`, 80));

let consul: TestConsul;
let env = testEnv();
const open: Seen[] = [];
const see = (options: ConsulOptions = {}, path = "/dc1/web"): Seen => {
  const namer = consulNamer({ ...consul.options, lingerMs: 0, waitMs: 2_000, ...options }, { ...env, clock });
  const seen = new Seen(namer, path);
  open.push(seen);
  return seen;
};
/** What passes within so many milliseconds of the namer's time. */
const pass = (ms: number) => clock.sleep(ms);
const hasIndex = (url: string) => url.includes("index=");

beforeEach(async () => {
  env = testEnv({ prefix: Path.parse("/#/io.l5d.consul") });
  consul = await TestConsul.start(clock);
  consul.put("web", web(1));
});
afterEach(async () => {
  for (const seen of open.splice(0)) seen.close();
  await consul[Symbol.asyncDispose]();
});

/** What Consul puts on its errors, and must not be taken for an index. */
const misleading = { "x-consul-index": "1", "x-consul-knownleader": "false" };
const said = (status: number, text: string): Behaviour => answer(text, { status, headers: misleading });

/** Faults, and what a name becomes that has no answer yet. */
const faults: Record<string, [Behaviour, string]> = {
  "400": [said(400, "Invalid index"), "failed: NAMER_ANSWER"],
  "403, unknown token": [said(403, "ACL not found"), "failed: NAMER_REFUSED"],
  "403, no right": [said(403, "Permission denied"), "failed: NAMER_REFUSED"],
  "404": [answer("", { status: 404 }), "neg"],
  "429": [wrongStatus(429, { retryAfter: 1 }), "failed: NAMER_UNAVAILABLE"],
  "500, no leader": [said(500, "No cluster leader"), "failed: NAMER_UNAVAILABLE"],
  "500, unknown datacenter": [said(500, "No path to datacenter"), "neg"],
  "500, datacenter out of reach": [said(500, "rpc error making call: EOF"), "failed: NAMER_UNAVAILABLE"],
  "500, bad filter": [said(500, "Failed to create boolean expression evaluator: 1:8"), "failed: NAMER_ANSWER"],
  "503": [wrongStatus(503), "failed: NAMER_UNAVAILABLE"],
  "a page": [html(), "failed: NAMER_ANSWER"],
  "a page with 502": [html(502), "failed: NAMER_UNAVAILABLE"],
  "a map": [json({ web: [] }), "failed: NAMER_ANSWER"],
  null: [answer("null"), "failed: NAMER_ANSWER"],
  "an empty body": [answer(""), "failed: NAMER_ANSWER"],
  "half of the JSON": [truncatedJson(web(1, 2)), "failed: NAMER_ANSWER"],
  "only odd entries": [json([null, { x: 1 }]), "failed: NAMER_ANSWER"],
  hang: [hang(), "failed: NAMER_PENDING"],
  "hang mid-body": [hangMidBody(json(web(1))), "failed: NAMER_PENDING"],
  "half-open": [halfOpen(), "failed: NAMER_PENDING"],
  reset: [reset(), "failed: NAMER_UNAVAILABLE"],
  "reset mid-body": [resetMidBody(json(web(1))), "failed: NAMER_UNAVAILABLE"],
  truncate: [truncate(json(web(1))), "failed: NAMER_UNAVAILABLE"],
  gibberish: [gibberish(), "failed: NAMER_ANSWER"],
  "an empty list without leader": [json([], { headers: misleading }), "failed: NAMER_UNAVAILABLE"],
};

describe("before the first answer", () => {
  it.each(Object.entries(faults))(
    "%s: the name is what that means, and well again by itself",
    async (_, [fault, tree]) => {
      consul.server.behave(fault);
      const seen = see();
      await seen.is(tree);
      expect(seen.trees).toEqual(["pending", tree]);
      consul.port.heal();
      await seen.has("10.0.0.1:80");
    },
  );

  it("nobody there: Failed with the cause, or Neg where that is asked for", async () => {
    await consul.fake.kill();
    const seen = see();
    await seen.is("failed: NAMER_UNAVAILABLE");
    expect(seen.error).toMatch(/within 5000 ms.*ECONNREFUSED/);
    await see({ whenUnavailable: "neg" }).is("neg");
  });

  it("says why a name is Neg where the datacenter is not known", async () => {
    const seen = see({}, "/dc9/web");
    await seen.is("neg");
    await until(() => seen.status?.lastError?.message.includes("No path to datacenter"));
    consul.put("web", web(1), consul.join("dc9"));
    await seen.has("10.0.0.1:80");
  });
});

describe("after an answer", () => {
  it.each(Object.entries(faults))("%s: the last good one stays, and the index is forgotten", async (_, [fault]) => {
    const seen = see();
    await seen.has("10.0.0.1:80");
    await until(() => consul.held === 1);
    consul.server.behave(fault);
    consul.touch();
    await until(() => seen.status?.state === "stale", { what: "the failure" });
    const before = consul.server.requestCount;
    await pass(2_000);
    expect(consul.server.requests.slice(before).filter(({ url }) => hasIndex(url))).toEqual([]);
    expect(seen.trees.slice(1)).toEqual(["/#/io.l5d.consul/dc1/web"]);
    consul.port.heal();
    consul.put("web", web(2));
    await seen.has("10.0.0.2:80");
    expect(seen.status?.state).toBe("live");
  });

  it("nobody there any more: the last good one stays", async () => {
    const seen = see();
    await seen.has("10.0.0.1:80");
    await consul.fake.kill();
    await until(() => seen.status?.state === "stale");
    await pass(10_000);
    expect(seen.addresses).toEqual(["10.0.0.1:80"]);
  });
});

describe("the index", () => {
  it("that goes back is not waited on, as after a restart that lost the data", async () => {
    consul.fake.skipTo(5_000);
    consul.touch();
    const seen = see();
    await seen.has("10.0.0.1:80");
    await until(() => consul.held === 1);
    // A real one is silent until the wait is over, and then tells of its smaller index.
    consul.fake.faults = { index: (index) => String(index - 4_990) };
    consul.put("web", web(2));
    await seen.has("10.0.0.2:80");
    consul.put("web", web(3));
    await seen.has("10.0.0.3:80");
    expect(env.metrics.snapshot()["service/index_went_back"]).toBe(1);
  });

  it.each<[string, string | null]>([
    ["missing", null],
    ["zero", "0"],
    ["garbage", "soon"],
  ])("that is %s: followed all the same, and no busy loop", async (_, index) => {
    consul.fake.faults = { index: () => index };
    const seen = see();
    await seen.has("10.0.0.1:80");
    const before = consul.server.requestCount;
    await pass(30_000);
    expect(consul.server.requestCount - before).toBeLessThan(10);
    consul.put("web", web(2));
    await seen.has("10.0.0.2:80");
    expect(seen.trees).toEqual(["pending", "/#/io.l5d.consul/dc1/web"]);
  });

  it("that goes back and forth: bounded requests, no updates", async () => {
    let turn = 0;
    consul.fake.faults = { index: () => String(turn++ % 2 === 0 ? 100 : 50) };
    const seen = see();
    await seen.has("10.0.0.1:80");
    await pass(30_000);
    expect(consul.server.requestCount).toBeLessThan(90);
    expect(seen.addrs).toHaveLength(1);
  });

  it("is not waited for by an agent that answers at once: bounded requests, no updates", async () => {
    consul.server.behave(json(web(1), { headers: { "x-consul-index": "7" } }));
    const seen = see();
    await seen.has("10.0.0.1:80");
    await pass(60_000);
    expect(consul.server.requestCount).toBeLessThan(30);
    expect(seen.addrs).toHaveLength(1);
  });

  it("that moves although nothing is different is no update", async () => {
    const seen = see();
    await seen.has("10.0.0.1:80");
    for (let i = 0; i < 20; i++) {
      consul.touch();
      await pass(500);
    }
    expect(seen.addrs).toHaveLength(1);
    expect(env.metrics.snapshot()["service/unchanged"]).toBeGreaterThan(3);
  });
});

describe("an agent and its cluster", () => {
  it("that has lost its data is followed from its first answer on", async () => {
    consul.fake.skipTo(5_000);
    consul.touch();
    const seen = see();
    await seen.has("10.0.0.1:80");
    await until(() => consul.held === 1);
    await consul.fake.kill();
    const before = consul.server.requestCount;
    const back = consul.fake.restart({ data: "lost" });
    consul.put("web", web(2));
    await back;
    await seen.has("10.0.0.2:80");
    await until(() => consul.held === 1);
    consul.put("web", web(3));
    await seen.has("10.0.0.3:80");
    expect(consul.server.requests.slice(before).filter(({ url }) => url.includes("index=5"))).toEqual([]);
    expect(seen.trees).toEqual(["pending", "/#/io.l5d.consul/dc1/web"]);
  });

  it("that has no leader keeps the last good one, and is well again with a leader", async () => {
    const seen = see();
    await seen.has("10.0.0.1:80");
    await until(() => consul.held === 1);
    consul.fake.loseLeader();
    await until(() => seen.status?.lastError?.message.includes("No cluster leader"));
    expect(seen.addresses).toEqual(["10.0.0.1:80"]);
    consul.fake.electLeader();
    consul.put("web", web(2));
    await seen.has("10.0.0.2:80");
    expect(seen.status?.state).toBe("live");
  });

  it("that ends as it is asked to is not believed to have moved, and is found again", async () => {
    const seen = see();
    await seen.has("10.0.0.1:80");
    await until(() => consul.held === 1);
    await consul.fake.terminate();
    await until(() => seen.status?.state === "stale");
    expect(seen.addrs).toHaveLength(1);
    await consul.fake.restart();
    consul.put("web", web(2));
    await seen.has("10.0.0.2:80");
  });

  it("of another datacenter that is killed keeps its addresses", async () => {
    const other = consul.join("dc2");
    consul.put("web", web(7), other);
    const seen = see({}, "/dc2/web");
    await seen.has("10.0.0.7:80");
    await until(() => consul.held === 1);
    await other.kill();
    // First EOF, then connections that are refused, and in the end nobody speaks of it any more.
    await until(() => seen.status?.lastError?.message.includes("No path to datacenter"));
    expect(seen.trees).toEqual(["pending", "/#/io.l5d.consul/dc2/web"]);
    expect(seen.addresses).toEqual(["10.0.0.7:80"]);
    await other.restart();
    await until(() => seen.status?.state === "live");
  });
});

describe("a server that may not know", () => {
  it("is believed neither with nothing nor with less than half, but with more", async () => {
    consul.put("web", web(1, 2, 3, 4, 5));
    const seen = see();
    await until(() => seen.addresses.length === 5);
    consul.fake.faults = { knownLeader: false };
    consul.put("web", []);
    await until(() => seen.status?.state === "stale");
    expect(seen.status?.lastError?.message).toContain("the server knows no leader, and tells of 0 of 5 addresses");
    consul.fake.faults = { lastContactMs: 60_000 };
    consul.put("web", web(1, 2));
    await until(() => seen.status?.lastError?.message.includes("60000 ms ago, and tells of 2 of 5"));
    expect(seen.addresses).toHaveLength(5);
    consul.put("web", web(1, 2, 3, 4, 5, 6));
    await until(() => seen.addresses.length === 6);
    consul.put("web", web(1, 2, 3));
    await until(() => seen.addresses.length === 3);
    consul.fake.faults = {};
    consul.put("web", web(1));
    await seen.has("10.0.0.1:80");
    consul.put("web", []);
    await seen.is("neg");
  });
});

describe("ACLs", () => {
  const deny = { defaultPolicy: "deny" } as const;
  const all = { "": "read" } as const;
  const later = "1.15.0";
  const another = async (options: ConsulFakeOptions) => {
    await consul[Symbol.asyncDispose]();
    consul = await TestConsul.start(clock, options);
    consul.put("web", web(1));
  };

  it("that filter everything are a refusal, where Consul says so", async () => {
    await another({ acl: deny, version: later });
    const { acl } = consul.fake;
    acl.grant("abc", {});
    const seen = see({ token: "abc" });
    await seen.is("failed: NAMER_REFUSED");
    acl.grant("abc", { service: all, node: all });
    await seen.has("10.0.0.1:80");
    acl.grant("abc", {});
    consul.touch();
    await until(() => seen.status?.state === "stale");
    expect(seen.addresses).toEqual(["10.0.0.1:80"]);
  });

  const noteOf = (namer: { state?(): unknown }) =>
    (namer.state?.() as Record<string, { poll: { note?: string } }> | undefined)?.["/dc1/web"]?.poll.note;
  const emptyNamer = (options: ConsulOptions) => {
    consul.put("web", []);
    const namer = consulNamer({ ...consul.options, ...options }, { ...env, clock });
    open.push(new Seen(namer, "/dc1/web"));
    return namer;
  };

  it("may have emptied a list that was asked for without a token, which the state says", async () => {
    await another({ acl: deny, version: later });
    consul.fake.acl.anonymous = { service: all, node: all };
    const namer = emptyNamer({});
    await open[0]?.is("neg");
    expect(noteOf(namer)).toContain("without a token");
    expect(consul.asked("/v1/agent/self")).toHaveLength(0);
  });

  it("are seen in older versions by the agent that refuses to speak", async () => {
    await another({ acl: deny });
    const namer = emptyNamer({});
    await open[0]?.is("neg");
    await until(() => noteOf(namer)?.includes("without a token"));
  });

  it.each<[string, ConsulOptions, ConsulFakeOptions]>([
    ["a token", { token: "abc" }, {}],
    ["no ACLs", {}, { version: later }],
    ["an agent that speaks", {}, {}],
  ])("have not with %s", async (_, options, agent) => {
    await another(agent);
    const namer = emptyNamer(options);
    await open[0]?.is("neg");
    await pass(3_000);
    expect(noteOf(namer)).toBeUndefined();
  });

  it("that deny and then grant", async () => {
    await another({ acl: deny });
    const seen = see({ token: "abc" });
    await seen.is("failed: NAMER_REFUSED");
    expect(seen.error).toContain("ACL not found");
    consul.fake.acl.grant("abc");
    await seen.has("10.0.0.1:80");
    consul.fake.acl.revoke("abc");
    consul.touch();
    await until(() => seen.status?.state === "stale");
    expect(seen.addresses).toEqual(["10.0.0.1:80"]);
  });
});
