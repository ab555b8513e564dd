import { ManualClock } from "@namerkit/core/testing";
import { getResponse } from "msw";
import { Agent, fetch } from "undici";
import { describe, expect, it } from "vitest";
import { json as jsonAnswer, truncatedJson } from "../faulty/answers.js";
import type { Behaviour } from "../faulty/behaviour.js";
import { halfOpen, hangMidBody } from "../faulty/silences.js";
import { until } from "../until.js";
import { ConsulFake } from "./consul-fake.js";
import { consulHandlers } from "./handlers.js";
import type { Outcome, Reply } from "./http/reply.js";
import type { ConsulFakeOptions } from "./options.js";

function setUp(options: ConsulFakeOptions = {}) {
  const clock = new ManualClock();
  const fake = new ConsulFake({ clock, random: () => 0.5, ...options });
  const ask = (target: string, headers = {}, method = "GET") => fake.handle({ method, target, headers });
  return { clock, fake, ask };
}
const good = (outcome: Outcome): Reply => {
  if (outcome === "reset") throw new Error("the connection was reset");
  return outcome;
};
const text = (outcome: Outcome): string => Buffer.from(good(outcome).body).toString();
const json = (outcome: Outcome): unknown => JSON.parse(text(outcome));
const index = (outcome: Outcome): number => Number(good(outcome).headers["X-Consul-Index"]);
const ids = (outcome: Outcome): readonly string[] =>
  (json(outcome) as { Service: { ID: string } }[]).map(({ Service }) => Service.ID);

/** Whether a question has been answered yet, and what with. */
function pending(question: Promise<Outcome>) {
  const state: { outcome?: Outcome } = {};
  void question.then((outcome) => {
    state.outcome = outcome;
  });
  return state;
}
const health = "/v1/health/service/web";

describe("a blocking query", () => {
  it("is answered when the service changes, and not by other services", async () => {
    const { clock, fake, ask } = setUp();
    fake.register("web", { id: "web-1" });
    const at = index(await ask(health));
    const held = pending(ask(`${health}?index=${at}&wait=60s`));
    fake.register("api", { id: "api-1" });
    await clock.advance(1_000);
    expect(held.outcome).toBeUndefined();
    expect(fake.parked).toBe(1);
    fake.register("web", { id: "web-2" });
    await clock.advance(0);
    expect(ids(held.outcome as Outcome)).toEqual(["web-1", "web-2"]);
    expect(index(held.outcome as Outcome)).toBeGreaterThan(at);
    expect(fake.parked).toBe(0);
  });

  it("is held for its wait and up to a sixteenth of that, then answered as before", async () => {
    const { clock, fake, ask } = setUp();
    fake.register("web");
    const at = index(await ask(health));
    const held = pending(ask(`${health}?index=${at}&wait=16s`));
    await clock.advance(16_000);
    expect(held.outcome).toBeUndefined();
    await clock.advance(1_000);
    expect(index(held.outcome as Outcome)).toBe(at);
  });

  it("of an unknown service is woken when it comes, and has the index of the tables", async () => {
    const { clock, fake, ask } = setUp();
    const none = await ask(health);
    expect(json(none)).toEqual([]);
    const held = pending(ask(`${health}?index=${index(none)}`));
    fake.register("web", { id: "web-1" });
    await clock.advance(0);
    expect(ids(held.outcome as Outcome)).toEqual(["web-1"]);
  });

  it("for an index of the future waits for its whole wait", async () => {
    const { clock, fake, ask } = setUp();
    fake.register("web");
    const held = pending(ask(`${health}?index=9999&wait=10s`));
    fake.register("web", { id: "web-2" });
    await clock.advance(10_000);
    expect(held.outcome).toBeUndefined();
    await clock.advance(700);
    expect(held.outcome).not.toBeUndefined();
  });

  it.each(["", "index=0"])("with %j is none", async (query) => {
    const { fake, ask } = setUp();
    fake.register("web");
    expect(ids(await ask(`${health}?${query}`))).toEqual(["web"]);
  });

  it("whose client goes away is held no more", async () => {
    const { fake } = setUp();
    fake.register("web");
    const gone = new AbortController();
    const held = fake.handle({ method: "GET", target: `${health}?index=9999`, headers: {} }, gone.signal);
    await Promise.resolve();
    expect(fake.parked).toBe(1);
    gone.abort();
    expect(await held).toBe("reset");
    expect(fake.parked).toBe(0);
  });

  it("of a key is woken by the key, also when it goes", async () => {
    const { clock, fake, ask } = setUp();
    fake.put("a/b", "one");
    const first = await ask("/v1/kv/a/b?raw");
    expect(text(first)).toBe("one");
    const held = pending(ask(`/v1/kv/a/b?raw&index=${index(first)}`));
    fake.put("a/c", "two");
    await clock.advance(1_000);
    expect(held.outcome).toBeUndefined();
    fake.delete("a/b");
    await clock.advance(0);
    expect(good(held.outcome as Outcome).status).toBe(404);
  });
});

describe("health", () => {
  it("is what the checks say, and passing leaves out the rest", async () => {
    const { fake, ask } = setUp();
    fake.register("web", { id: "web-1", checks: [{ id: "c1", status: "passing" }] });
    fake.register("web", { id: "web-2", checks: [{ id: "c2", status: "warning" }] });
    const passing = `${health}?passing`;
    expect(ids(await ask(passing))).toEqual(["web-1"]);
    fake.check("c2", "passing");
    expect(ids(await ask(passing))).toEqual(["web-1", "web-2"]);
    fake.maintenance("web-1", true, "for a while");
    expect(ids(await ask(passing))).toEqual(["web-2"]);
    fake.maintenance("web-1", false);
    fake.nodeMaintenance(true);
    expect(ids(await ask(passing))).toEqual([]);
    expect(() => fake.check("none", "passing")).toThrow(/no check none/);
  });

  it("is asked for by tags and filters", async () => {
    const { fake, ask } = setUp();
    fake.register("web", { id: "web-1", tags: ["Prod", "v1"] });
    fake.register("web", { id: "web-2", tags: ["prod", "v2"], meta: { zone: "a" } });
    expect(ids(await ask(`${health}?tag=prod&tag=v1`))).toEqual(["web-1"]);
    const filter = encodeURIComponent('Service.Meta.zone == "a" and not (v1 in Service.Tags)');
    expect(good(await ask(`${health}?filter=${filter}`)).status).toBeGreaterThanOrEqual(200);
    const simple = encodeURIComponent('Service.Meta.zone == "a"');
    expect(ids(await ask(`${health}?filter=${simple}`))).toEqual(["web-2"]);
  });
});

describe("faults", () => {
  it("answer something else, for some paths alone", async () => {
    const { fake, ask } = setUp();
    fake.register("web");
    fake.faults = { only: (target) => target.startsWith(health), answer: { status: 500, body: "no" } };
    expect([good(await ask(health)).status, text(await ask(health))]).toEqual([500, "no"]);
    expect(good(await ask("/v1/catalog/services")).status).toBe(200);
    fake.faults = { rateLimited: { retryAfterS: 7 } };
    expect(good(await ask(health))).toMatchObject({ status: 429, headers: { "Retry-After": "7" } });
    fake.faults = {};
    expect(good(await ask(health)).status).toBe(200);
  });

  it("answer at once, late, or never", async () => {
    const { clock, fake, ask } = setUp();
    fake.register("web");
    fake.faults = { instant: true };
    expect(ids(await ask(`${health}?index=9999`))).toEqual(["web"]);
    fake.faults = { delayMs: 500 };
    const late = pending(ask(health));
    await clock.advance(499);
    expect(late.outcome).toBeUndefined();
    await clock.advance(1);
    expect(late.outcome).toBeDefined();
    fake.faults = { delayMs: Number.POSITIVE_INFINITY };
    const never = pending(ask(health));
    await clock.advance(3_600_000);
    expect(never.outcome).toBeUndefined();
  });

  it("tell another index, none, nothing, or that nobody leads", async () => {
    const { fake, ask } = setUp();
    fake.register("web");
    fake.faults = { index: () => null, empty: true, lastContactMs: 9_000, knownLeader: false };
    const outcome = good(await ask(health));
    expect(outcome.headers).not.toHaveProperty("X-Consul-Index");
    expect(outcome.headers).toMatchObject({ "X-Consul-Lastcontact": "9000", "X-Consul-Knownleader": "false" });
    expect(json(outcome)).toEqual([]);
    fake.faults = { index: (real) => String(real - 5) };
    expect(index(await ask(health))).toBeLessThan(fake.index);
  });

  it("rewrite what is told, also of a query that was held before", async () => {
    const { clock, fake, ask } = setUp();
    fake.register("web");
    const held = pending(ask(`${health}?index=${index(await ask(health))}`));
    await clock.advance(0);
    fake.faults = { rewrite: (told) => [null, ...(told as unknown[])] };
    fake.register("web", { id: "web-2" });
    await clock.advance(0);
    expect(json(held.outcome as Outcome)).toMatchObject([null, {}, {}]);
  });
});

describe("faults of an answer", () => {
  it.each<[string, (index: number) => string | null, readonly (string | undefined)[]]>([
    ["goes back", (real) => String(real - 5), ["6", "6"]],
    ["is zero", () => "0", ["0", "0"]],
    ["is missing", () => null, [undefined, undefined]],
    ["is none", () => "soon", ["soon", "soon"]],
    ["goes back and forth", flapping(), ["100", "50"]],
  ])("are an index that %s", async (_, fault, told) => {
    const { fake, ask } = setUp({ firstIndex: 8 });
    fake.register("web");
    fake.faults = { index: fault };
    for (const each of told) {
      const { headers } = good(await ask(health));
      expect(headers["X-Consul-Index"]).toBe(each);
    }
  });

  it("are also those of a query that was held before", async () => {
    const { clock, fake, ask } = setUp();
    fake.register("web");
    const held = pending(ask(`${health}?index=${fake.index}`));
    await clock.advance(0);
    fake.faults = { knownLeader: false, empty: true, instant: true };
    await clock.advance(0);
    expect(held.outcome).toBeUndefined();
    fake.register("web", { id: "web-2" });
    await clock.advance(0);
    expect(json(held.outcome as Outcome)).toEqual([]);
    expect(good(held.outcome as Outcome).headers["X-Consul-Knownleader"]).toBe("false");
  });
});

function flapping(): () => string {
  let turn = 0;
  return () => (turn++ % 2 === 0 ? "100" : "50");
}

describe("changes together", () => {
  it("are one write, which wakes once", async () => {
    const { clock, fake, ask } = setUp();
    fake.register("web", { id: "web-1" });
    const before = fake.index;
    const held = pending(ask(`${health}?index=${before}`));
    fake.together(() => {
      fake.register("web", { id: "web-2" });
      fake.register("web", { id: "web-3" });
      fake.deregister("web", ["web-1", "web-2"]);
    });
    await clock.advance(0);
    expect(ids(held.outcome as Outcome)).toEqual(["web-3"]);
    expect([fake.index, index(held.outcome as Outcome)]).toEqual([before + 1, before + 1]);
  });
});

describe("a cluster", () => {
  it("without a leader refuses after 7 s, and leaves parked queries be", async () => {
    const { clock, fake, ask } = setUp();
    fake.register("web");
    const held = pending(ask(`${health}?index=${index(await ask(health))}`));
    await clock.advance(0);
    fake.loseLeader();
    const asked = pending(ask(health));
    await clock.advance(6_000);
    expect(asked.outcome).toBeUndefined();
    await clock.advance(2_000);
    expect([good(asked.outcome as Outcome).status, text(asked.outcome as Outcome)]).toEqual([500, "No cluster leader"]);
    expect(held.outcome).toBeUndefined();
    fake.electLeader();
    expect(ids(await ask(health))).toEqual(["web"]);
  });

  it("of two datacenters answers for the other, until that is dead", async () => {
    const { clock, fake, ask } = setUp();
    const other = new ConsulFake({ clock, datacenter: "dc2", random: () => 0.5 });
    other.register("web", { id: "far" });
    expect(text(await ask(`${health}?dc=dc2`))).toBe("No path to datacenter");
    fake.join(other);
    expect(ids(await ask(`${health}?dc=dc2`))).toEqual(["far"]);
    const held = pending(ask(`${health}?dc=dc2&index=${other.index}`));
    await clock.advance(0);
    await other.kill();
    await clock.advance(0);
    expect([good(held.outcome as Outcome).status, text(held.outcome as Outcome)]).toEqual([
      500,
      "rpc error making call: EOF",
    ]);
    const refused = pending(ask(`${health}?dc=dc2`));
    await clock.advance(60_000);
    expect(good(refused.outcome as Outcome).status).toBe(500);
  });
});

describe("ACLs", () => {
  it("hide what may not be seen, refuse tokens that nobody knows, and are granted and revoked", async () => {
    const { fake, ask } = setUp({ acl: { defaultPolicy: "deny" } });
    fake.register("web");
    expect(json(await ask(health))).toEqual([]);
    const token = { "x-consul-token": "t0ken" };
    expect([good(await ask(health, token)).status, text(await ask(health, token))]).toEqual([403, "ACL not found"]);
    fake.acl.grant("t0ken", { service: { "": "read" }, node: { "": "read" } });
    expect(ids(await ask(health, token))).toEqual(["web"]);
    fake.acl.revoke("t0ken");
    expect(good(await ask(health, token)).status).toBe(403);
  });
});

describe("on a port", () => {
  it("serves, dies, comes back without its data and an index that begins anew", async () => {
    await using fake = new ConsulFake();
    const port = await fake.listen();
    for (let i = 0; i < 5; i++) fake.register("web", { id: `web-${i}` });
    const before = fake.index;
    expect((await fetch(`${port.url}${health}`)).headers.get("x-consul-index")).toBe(String(before));
    await fake.kill();
    await expect(fetch(`${port.url}${health}`)).rejects.toThrow();
    await fake.restart({ data: "lost" });
    expect(await (await fetch(`${port.url}${health}`)).json()).toEqual([]);
    expect(fake.index).toBeLessThan(before);
    await fake.restart();
    // A pooled connection does not outlive the process that it led to.
    const alone = { headers: { connection: "close" }, dispatcher: new Agent() };
    expect((await fetch(`${port.url}/v1/status/leader`, alone)).status).toBe(200);
  });

  it("answers what is held when it is asked to end", async () => {
    await using fake = new ConsulFake();
    const port = await fake.listen();
    fake.register("web");
    const held = fetch(`${port.url}${health}?index=9999`);
    await until(() => fake.parked > 0);
    const ended = fake.terminate();
    expect((await held).status).toBe(200);
    await ended;
    expect(fake.alive).toBe(false);
  });

  it.each<[string, Behaviour]>([
    ["half-open", halfOpen()],
    ["silent in the middle", hangMidBody(jsonAnswer([1, 2, 3]))],
  ])("is %s until it is healed", async (_, behaviour) => {
    await using fake = new ConsulFake();
    const port = await fake.listen();
    fake.register("web");
    port.server.behave(behaviour);
    const given = new AbortController();
    const answer = fetch(`${port.url}${health}`, { signal: given.signal }).then((response) => response.text());
    await until(() => port.server.openConnections === 1);
    given.abort();
    await expect(answer).rejects.toThrow();
    port.heal();
    expect((await fetch(`${port.url}${health}`)).status).toBe(200);
  });

  it("breaks off what it says where `fault` says so", async () => {
    await using fake = new ConsulFake();
    const port = await fake.listen();
    port.fault = ({ url }) => (url === health ? truncatedJson([{ Node: {} }]) : undefined);
    await expect(fetch(`${port.url}${health}`).then((response) => response.json())).rejects.toThrow(SyntaxError);
    expect((await fetch(`${port.url}/v1/status/leader`)).status).toBe(200);
  });

  it("resets more connections of one client than its limit", async () => {
    await using fake = new ConsulFake({ maxConnectionsPerClient: 2 });
    const port = await fake.listen();
    fake.register("web");
    const held = [1, 2].map(() => fetch(`${port.url}${health}?index=9999`).catch(() => {}));
    await until(() => fake.parked === 2);
    await expect(fetch(`${port.url}${health}`)).rejects.toThrow();
    await fake.close();
    await Promise.all(held);
  });
});

describe("as msw handlers", () => {
  it("answers below its URL, and breaks connections", async () => {
    const { fake } = setUp();
    fake.register("web");
    const handlers = [...consulHandlers(fake, "http://consul:8500/")];
    const found = await getResponse(handlers, new Request(`http://consul:8500${health}`));
    expect(found?.status).toBe(200);
    expect(await getResponse(handlers, new Request("http://consul:850/v1/status/leader"))).toBeUndefined();
    fake.faults = { reset: true };
    expect((await getResponse(handlers, new Request(`http://consul:8500${health}`)))?.type).toBe("error");
  });
});
