import { describe, expect, it } from "vitest";
import type { Namer } from "../binding/namer.js";
import { NamerError } from "../errors.js";
import { type Addr, address } from "../names/addr.js";
import type { Name } from "../names/name.js";
import type { NameTree } from "../names/nametree.js";
import { Path } from "../names/path.js";
import type { State } from "../values/state.js";
import type { Var } from "../values/var.js";
import type { Found } from "./found.js";
import { type ScriptedCall, type ScriptedWatch, scriptedWatch } from "./scripted-watch.js";
import type { PartialSourceOptions } from "./source-options.js";
import { testEnv } from "./test-env.js";
import { watchEach } from "./watch-each.js";

const one = [address("192.0.2.1", 80)];
const two = [address("192.0.2.1", 80), address("192.0.2.2", 80)];

/** A namer over scripts, one per key. */
function setUp(options: PartialSourceOptions = {}) {
  const env = testEnv();
  const scripts = new Map<string, ScriptedWatch<Found>>();
  const script = (key: string): ScriptedWatch<Found> => {
    const known = scripts.get(key) ?? scriptedWatch<Found>(env.clock);
    scripts.set(key, known);
    return known;
  };
  const namer = watchEach(env, {
    segments: ["dc", "service"],
    options,
    canonical: ({ dc, service }) => ({ dc: dc.toLowerCase(), service: service.toLowerCase() }),
    reject: ({ dc }) => (dc === "nowhere" ? "neg" : undefined),
    request: ({ dc, service }) => `GET /v1/${dc}/${service}`,
    watch: ({ dc, service }, context) => script(`${dc}/${service}`).watch(context),
  });
  const last = (key: string): ScriptedCall<Found> => script(key).last;
  const opened = (): number => [...scripts.values()].reduce((sum, { calls }) => sum + calls.length, 0);
  return { ...env, namer, script, last, opened, scripts };
}

function watch(namer: Namer, path: string) {
  const seen: string[] = [];
  const leaves: Var<Addr>[] = [];
  const activity = namer.lookup(Path.parse(path));
  const handle = activity.run.observe((state) => {
    seen.push(shown(state));
    if (state.status === "ok" && state.value.type === "leaf" && state.value.value.type === "bound")
      leaves.push(state.value.value.addr);
  });
  const addrs = (): string[] => {
    const list: string[] = [];
    leaves[0]?.observe((addr) => list.push(ips(addr)));
    return list;
  };
  return { seen, leaves, addrs, close: () => handle.close() };
}

function shown(state: State<NameTree<Name>>): string {
  if (state.status === "pending") return "pending";
  if (state.status === "failed") return `failed ${state.error.code}`;
  const tree = state.value;
  if (tree.type !== "leaf" || tree.value.type !== "bound") return tree.type;
  return `${tree.value.id.show()} + ${tree.value.residual.show()}`;
}

function ips(addr: Addr): string {
  return addr.type === "bound" ? addr.addresses.map((a) => a.ip).join(" ") : addr.type;
}

describe("watchEach: names", () => {
  it("takes the segments for the id and leaves the rest as residual", async () => {
    const { namer, last, clock } = setUp();
    const { seen } = watch(namer, "/dc1/web/v1/users");
    last("dc1/web").yield(one);
    await clock.advance(0);
    expect(seen).toEqual(["pending", "/#/test/dc1/web + /v1/users"]);
  });

  it("writes ids in their canonical form, and asks for that", async () => {
    const { namer, last, clock, opened } = setUp();
    const upper = watch(namer, "/DC1/Web");
    const lower = watch(namer, "/dc1/web");
    last("dc1/web").yield(one);
    await clock.advance(0);
    expect([upper.seen.at(-1), lower.seen.at(-1)]).toEqual(Array(2).fill("/#/test/dc1/web + /"));
    expect(opened()).toBe(1);
  });

  it("answers Neg without asking for what is too short or rejected", async () => {
    const { namer, opened, clock } = setUp();
    for (const path of ["/", "/dc1", "/nowhere/web"]) expect(watch(namer, path).seen).toEqual(["neg"]);
    await clock.advance(10_000);
    expect([opened(), clock.pending]).toEqual([0, 0]);
  });

  it("never throws: what canonical or reject throw is Failed", () => {
    const env = testEnv();
    const broken = (): never => {
      throw new Error("boom");
    };
    const specs = [{ canonical: broken }, { reject: broken }, { canonical: () => ({ name: "" }) }];
    for (const spec of specs) {
      const namer = watchEach(env, { segments: ["name"], async *watch() {}, ...spec });
      expect(watch(namer, "/a").seen[0]).toMatch(/^failed/);
      expect(namer.statusOf?.(Path.parse("/a")).sample()).toBeUndefined();
    }
  });

  it("can answer with an error of its own without asking", () => {
    const error = new NamerError("NAMER_CONFIG", "ports are numbers here");
    const namer = watchEach(testEnv(), { segments: ["port"], reject: () => error, async *watch() {} });
    expect(watch(namer, "/http").seen).toEqual(["failed NAMER_CONFIG"]);
  });
});

describe("watchEach: one watch per key", () => {
  it("is shared by lookups, residuals and observers of addresses, and closed after the last of them", async () => {
    const { namer, last, clock, opened } = setUp();
    const all = ["/dc1/web", "/dc1/web/a", "/dc1/web/b"].map((path) => watch(namer, path));
    last("dc1/web").yield(one);
    await clock.advance(0);
    const held = all[0]?.leaves[0]?.observe(() => {});
    for (const each of all) each.close();
    await clock.advance(60_000);
    expect([opened(), last("dc1/web").context.signal.aborted]).toEqual([1, false]);
    held?.close();
    await clock.advance(10_000);
    expect([opened(), last("dc1/web").context.signal.aborted, clock.pending]).toEqual([1, true, 0]);
  });

  it("gives the same inner Var to all, and keeps it when the service goes and comes back", async () => {
    const { namer, last, clock } = setUp();
    const a = watch(namer, "/dc1/web");
    const b = watch(namer, "/dc1/web/x");
    last("dc1/web").yield(one);
    await clock.advance(0);
    const addrs = a.addrs();
    last("dc1/web").yield(undefined);
    await clock.advance(0);
    last("dc1/web").yield(two);
    await clock.advance(0);
    const c = watch(namer, "/DC1/web");
    expect(a.seen).toEqual(["pending", "/#/test/dc1/web + /", "neg", "/#/test/dc1/web + /"]);
    expect(new Set([...a.leaves, ...b.leaves, ...c.leaves]).size).toBe(1);
    expect(addrs).toEqual(["192.0.2.1", "192.0.2.1 192.0.2.2"]);
  });

  it("keeps that Var across a stop, as long as somebody holds it, and wakes the watch through it", async () => {
    const { namer, last, clock, opened } = setUp();
    const a = watch(namer, "/dc1/web");
    last("dc1/web").yield(one);
    await clock.advance(0);
    a.close();
    await clock.advance(60_000);
    const seen: string[] = [];
    a.leaves[0]?.observe((addr) => seen.push(ips(addr)));
    expect(opened()).toBe(2);
    last("dc1/web").yield(two);
    await clock.advance(0);
    expect(seen).toEqual(["192.0.2.1", "192.0.2.1 192.0.2.2"]);
    const b = watch(namer, "/dc1/web");
    expect(b.leaves[0]).toBe(a.leaves[0]);
    expect(opened()).toBe(2);
  });

  it("moves the outer only when existence moves; an empty set is Neg", async () => {
    const { namer, last, clock } = setUp();
    const a = watch(namer, "/dc1/web");
    const answers: Found[] = [one, two, { addresses: two, meta: { authority: "x" } }, [], one];
    for (const found of answers) {
      last("dc1/web").yield(found);
      await clock.advance(1_000);
    }
    expect(a.seen).toEqual(["pending", "/#/test/dc1/web + /", "neg", "/#/test/dc1/web + /"]);
  });

  it("takes the same set in another order for no change", async () => {
    const { namer, last, clock } = setUp();
    const a = watch(namer, "/dc1/web");
    last("dc1/web").yield(two);
    await clock.advance(0);
    const addrs = a.addrs();
    last("dc1/web").yield([...two].reverse());
    await clock.advance(0);
    expect(addrs.length).toBe(1);
  });
});

describe("watchEach rule 6: bad items", () => {
  it("takes an answer that is not understood for a failure, and keeps what it had; one bad address is only counted", async () => {
    const { namer, last, clock, metrics } = setUp();
    const a = watch(namer, "/dc1/web");
    last("dc1/web").yield([{ ip: "", port: 80, weight: 1, meta: {} }, ...one]);
    await clock.advance(0);
    last("dc1/web").yield("no list" as unknown as Found);
    await clock.advance(0);
    expect([a.seen.at(-1), a.addrs()]).toEqual(["/#/test/dc1/web + /", ["192.0.2.1"]]);
    expect(metrics.snapshot()).toMatchObject({ skipped: 1, "errors/NAMER_ANSWER": 1 });
    expect(namer.statusOf?.(Path.parse("/dc1/web")).sample()).toMatchObject({
      state: "stale",
      lastError: { code: "NAMER_ANSWER" },
      counters: { skipped: 1 },
    });
  });
});

describe("watchEach rule 2: staleness", () => {
  it("turns the inner Addr to Neg when the last answer is disowned, and back when there is contact", async () => {
    const { namer, last, clock } = setUp({ maxStaleMs: 30_000 });
    const a = watch(namer, "/dc1/web");
    last("dc1/web").yield(one);
    await clock.advance(0);
    const addrs = a.addrs();
    last("dc1/web").throw(new NamerError("NAMER_UNAVAILABLE", "down"));
    await clock.advance(30_000);
    expect([a.seen.at(-1), addrs]).toEqual(["failed NAMER_STALE", ["192.0.2.1", "neg"]]);
    last("dc1/web").yield(one);
    await clock.advance(0);
    expect([a.seen.at(-1), addrs]).toEqual(["/#/test/dc1/web + /", ["192.0.2.1", "neg", "192.0.2.1"]]);
  });
});

describe("watchEach rule 8: bounds", () => {
  it("lets go of the key that has been idle longest when another one comes", async () => {
    const { namer, last, clock, opened } = setUp({ maxKeys: 2 });
    const a = watch(namer, "/dc1/a");
    const b = watch(namer, "/dc1/b");
    a.close();
    await clock.advance(1_000);
    b.close();
    const c = watch(namer, "/dc1/c");
    expect(last("dc1/a").context.signal.aborted).toBe(true);
    expect(last("dc1/b").context.signal.aborted).toBe(false);
    last("dc1/c").yield(one);
    await clock.advance(0);
    expect([c.seen.at(-1), opened()]).toEqual(["/#/test/dc1/c + /", 3]);
  });

  it("fails what comes when all are in use, and serves it once there is room", async () => {
    const { namer, last, clock, opened, metrics } = setUp({ maxKeys: 1 });
    const a = watch(namer, "/dc1/a");
    const b = watch(namer, "/dc1/b");
    const given = watch(namer, "/dc1/c");
    expect([b.seen, given.seen, opened()]).toEqual([["failed NAMER_TOO_MANY_KEYS"], ["failed NAMER_TOO_MANY_KEYS"], 1]);
    given.close();
    const third = watch(namer, "/dc1/d");
    a.close();
    expect(last("dc1/a").context.signal.aborted).toBe(true);
    last("dc1/b").yield(one);
    await clock.advance(0);
    expect([b.seen, opened(), metrics.snapshot().watches]).toEqual([
      ["failed NAMER_TOO_MANY_KEYS", "pending", "/#/test/dc1/b + /"],
      2,
      1,
    ]);
    expect(third.seen).toEqual(["failed NAMER_TOO_MANY_KEYS"]);
    third.close();
    b.close();
    await clock.advance(60_000);
    expect([clock.pending, metrics.snapshot().watches]).toEqual([0, 0]);
  });

  it("asks again for what did not exist, 5 s after nobody has asked", async () => {
    const { namer, last, clock, script } = setUp();
    const ask = (): string | undefined => {
      const a = watch(namer, "/dc1/typo");
      a.close();
      return a.seen.at(-1);
    };
    const first = watch(namer, "/dc1/typo");
    last("dc1/typo").yield(undefined);
    await clock.advance(0);
    first.close();
    await clock.advance(4_000);
    expect([ask(), script("dc1/typo").calls.length]).toEqual(["neg", 1]);
    await clock.advance(5_000);
    expect([ask(), script("dc1/typo").calls.length]).toEqual(["pending", 2]);
  });

  it("holds nothing for names that were asked for once, and never more than it may", async () => {
    const env = testEnv();
    let most = 0;
    const open = new Set<string>();
    const namer = watchEach(env, {
      segments: ["name"],
      options: { maxKeys: 100 },
      async *watch({ name }, { signal }) {
        open.add(name);
        most = Math.max(most, open.size);
        signal.addEventListener("abort", () => open.delete(name));
        yield undefined;
        await env.clock.sleep(600_000, signal);
      },
    });
    for (let batch = 0; batch < 20; batch++) {
      for (let i = 0; i < 250; i++) watch(namer, `/n${batch}-${i}`).close();
      await env.clock.advance(100);
    }
    expect(most).toBe(100);
    await env.clock.advance(10_000);
    expect([env.clock.pending, open.size, env.metrics.snapshot().watches]).toEqual([0, 0, 0]);
    expect(namer.state?.()).toEqual({});
  });
});

describe("watchEach rule 11: what is to be seen", () => {
  it("enumerates what is watched and exists", async () => {
    const { namer, last, clock } = setUp();
    const names: string[] = [];
    namer.enumerate?.().run.observe((state) => {
      if (state.status === "ok") names.push(state.value.map((path) => path.show()).join(" "));
    });
    watch(namer, "/dc1/b");
    const a = watch(namer, "/dc1/A/residual");
    last("dc1/b").yield(undefined);
    last("dc1/a").yield(one);
    await clock.advance(0);
    last("dc1/a").yield(two);
    await clock.advance(0);
    a.close();
    await clock.advance(10_000);
    expect(names).toEqual(["", "/dc1/a", ""]);
  });

  it("has state, status and metrics", async () => {
    const { namer, last, clock, metrics } = setUp();
    const status = namer.statusOf?.(Path.parse("/dc1/web/residual"));
    expect(status?.sample()?.state).toBeUndefined();
    watch(namer, "/dc1/web");
    watch(namer, "/dc1/db");
    last("dc1/web").yield(two);
    await clock.advance(2_500);
    last("dc1/db").throw(new NamerError("NAMER_REFUSED", "no"));
    await clock.advance(0);
    expect(status?.sample()).toMatchObject({ state: "live", request: "GET /v1/dc1/web" });
    expect(JSON.parse(JSON.stringify(namer.state?.()))).toMatchObject({
      "/dc1/web": {
        state: { type: "bound", addrs: [{ ip: "192.0.2.1" }, { ip: "192.0.2.2" }] },
        watch: { state: "live", request: "GET /v1/dc1/web" },
      },
      "/dc1/db": { state: { type: "failed", cause: "no" }, watch: { state: "connecting" } },
    });
    expect(metrics.snapshot()).toMatchObject({
      watches: 2,
      addresses: 2,
      oldest_contact_ms: 2_500,
      updates: 1,
      errors: 1,
      "errors/NAMER_REFUSED": 1,
    });
  });

  it("starts nothing when only looked at", async () => {
    const { namer, opened, clock } = setUp();
    namer.lookup(Path.parse("/dc1/web"));
    namer.statusOf?.(Path.parse("/dc1/web")).observe(() => {});
    namer.enumerate?.().run.observe(() => {});
    namer.state?.();
    await clock.advance(60_000);
    expect([opened(), clock.pending]).toEqual([0, 0]);
  });
});
