import { describe, expect, it } from "vitest";
import { client, type Kind, kinds, oneName } from "../../test-support/both-kinds.js";
import { NamerError } from "../errors.js";
import { Addr, address, hostAddress } from "../names/addr.js";
import { Path } from "../names/path.js";
import { Var } from "../values/var.js";
import type { Found } from "./found.js";
import { scriptedWatch } from "./scripted-watch.js";
import type { PartialSourceOptions } from "./source-options.js";
import { testEnv } from "./test-env.js";
import { watchAll } from "./watch-all.js";

const some = [address("192.0.2.1", 80)];
const other = [address("192.0.2.2", 80)];
const down = (): NamerError => new NamerError("NAMER_UNAVAILABLE", "down");

function setUp(kind: Kind, options: PartialSourceOptions = {}) {
  const env = testEnv();
  const { namer, script } = oneName(kind, env, { emptyGraceMs: 5_000, ...options });
  /** At once: nothing waits longer than the pace of the first few answers. */
  const answer = async (found: Found): Promise<void> => {
    script.last.yield(found);
    await env.clock.advance(0);
  };
  const held = (): number | undefined => namer.statusOf?.(Path.parse("/web")).sample()?.counters.held_empty;
  return { ...env, namer, script, answer, held };
}

describe.each(kinds)("%s rule 9: a name that drops to nothing", (kind) => {
  it.each<[string, Found]>([
    ["it is not there", undefined],
    ["it has no addresses", []],
  ])("keeps what it had for the grace time, flagged, and is then believed: %s", async (_, nothing) => {
    const { namer, clock, answer, held, metrics } = setUp(kind);
    const web = client(namer);
    await answer(some);
    await answer(nothing);
    await clock.advance(4_999);
    expect([web.tree, held(), metrics.snapshot().held_empty]).toEqual([["pending", "leaf"], 1, 1]);
    await clock.advance(1);
    expect([web.tree, web.addrs]).toEqual([["pending", "leaf", "neg"], ["192.0.2.1:80*1"]]);
  });

  it("is noticed by nobody when it comes back in time", async () => {
    const { namer, clock, answer } = setUp(kind);
    const web = client(namer);
    await answer(some);
    await answer(undefined);
    await clock.advance(4_000);
    await answer(some);
    await clock.advance(60_000);
    expect([web.tree, web.addrs]).toEqual([["pending", "leaf"], ["192.0.2.1:80*1"]]);
    await answer([]);
    await clock.advance(4_000);
    await answer(other);
    expect([web.tree, web.addrs.at(-1)]).toEqual([["pending", "leaf"], "192.0.2.2:80*1"]);
  });

  it("is not held when there was nothing before, nor without the option", async () => {
    const fresh = setUp(kind);
    const first = client(fresh.namer);
    await fresh.answer(undefined);
    expect(first.tree).toEqual(["pending", "neg"]);
    const { namer, answer, held } = setUp(kind, { emptyGraceMs: 0 });
    const web = client(namer);
    await answer(some);
    await answer(undefined);
    expect([web.tree, held()]).toEqual([["pending", "leaf", "neg"], undefined]);
  });

  it.each(["the same answer", "a sign of life"])(
    "waits for the next contact if there is none at the end: %s",
    async (how) => {
      const { namer, clock, script, answer } = setUp(kind, { backoff: { baseMs: 10, capMs: 10 } });
      const web = client(namer);
      await answer(some);
      await answer(undefined);
      script.last.throw(down());
      await clock.advance(0);
      // As if each attempt hung: only the first failed.
      await clock.advance(60_000);
      expect(web.tree).toEqual(["pending", "leaf"]);
      if (how === "the same answer") await answer(undefined);
      else script.last.context.alive();
      await clock.advance(0);
      expect(web.tree).toEqual(["pending", "leaf", "neg"]);
    },
  );

  it("comes back with that contact without having been away", async () => {
    const { namer, clock, script, answer } = setUp(kind);
    const web = client(namer);
    await answer(some);
    await answer(undefined);
    script.last.throw(down());
    await clock.advance(60_000);
    await answer(other);
    expect([web.tree, web.addrs]).toEqual([
      ["pending", "leaf"],
      ["192.0.2.1:80*1", "192.0.2.2:80*1"],
    ]);
  });

  it("is shown alike to whoever comes later, and waits only while somebody observes it", async () => {
    const { namer, clock, answer } = setUp(kind, { lingerMs: 60_000, negativeMs: 60_000 });
    const [web, another] = [client(namer), client(namer)];
    await answer(some);
    await answer(undefined);
    await clock.advance(1_000);
    expect(client(namer).addrs).toEqual(["192.0.2.1:80*1"]);
    expect(clock.pending).toBeGreaterThan(0);
    await clock.advance(4_000);
    expect([web.tree.at(-1), another.tree.at(-1)]).toEqual(["neg", "neg"]);
  });

  it("is still guarded for whoever comes within the grace time of the last observer, and not after", async () => {
    for (const [awayMs, tree] of [
      [4_000, "leaf"],
      [6_000, "neg"],
    ] as const) {
      const { namer, clock, answer } = setUp(kind, { lingerMs: 60_000, negativeMs: 60_000 });
      const lookup = namer.lookup(Path.parse("/web"));
      const web = client(namer);
      await answer(some);
      web.close();
      await answer(undefined);
      await clock.advance(awayMs);
      const again = client(namer);
      expect([lookup.run.sample().status, again.tree]).toEqual(["ok", [tree]]);
      await clock.advance(1_000);
      expect(again.tree.at(-1)).toBe("neg");
      again.close();
      await clock.advance(60_000);
      expect(clock.pending).toBe(0);
    }
  });

  it("does not take a catalogue that cannot be reached for one that has said so", async () => {
    const { namer, clock, script, answer } = setUp(kind, { whenUnavailable: "neg", lingerMs: 0, firstAnswerMs: 100 });
    const web = client(namer);
    await answer(some);
    const kept = namer.lookup(Path.parse("/web"));
    web.close();
    const again: string[] = [];
    const handle = kept.run.observe((state) => again.push(state.status === "ok" ? state.value.type : state.status));
    script.last.throw(down());
    await clock.advance(100);
    expect(again).toEqual(["pending", "neg"]);
    handle.close();
  });

  it("ends as staleness does when contact is lost for too long", async () => {
    const { namer, clock, script, answer } = setUp(kind, { maxStaleMs: 10_000 });
    const web = client(namer);
    await answer(some);
    await answer(undefined);
    script.last.throw(down());
    await clock.advance(10_000);
    expect([web.tree.at(-1), web.addrs.at(-1)]).toEqual(["NAMER_STALE", "neg"]);
    await answer(undefined);
    expect(web.tree.at(-1)).toBe("neg");
  });

  it("guards also against hosts that are suddenly unknown", async () => {
    const env = testEnv();
    const host = Var.mutable<Addr>(Addr.bound(some));
    const { namer, script } = oneName(kind, { ...env, inet: () => host }, { emptyGraceMs: 5_000 });
    const names: string[] = [];
    namer.enumerate?.().run.observe((state) => names.push(state.status === "ok" ? state.value.join() : state.status));
    const web = client(namer);
    script.last.yield([hostAddress("db.test", 80)]);
    await env.clock.advance(0);
    host.update(Addr.neg);
    await env.clock.advance(4_999);
    expect(web.tree).toEqual(["pending", "leaf"]);
    await env.clock.advance(1);
    expect(web.tree).toEqual(["pending", "leaf", "neg"]);
    host.update(Addr.bound(other));
    await env.clock.advance(0);
    expect(web.tree.at(-1)).toBe("leaf");
    if (kind === "watchEach") expect(names).toEqual(["", "/web", "", "/web"]);
  });

  it("survives an observer that throws", async () => {
    const { namer, clock, answer, log } = setUp(kind);
    namer.lookup(Path.parse("/web")).run.observe((state) => {
      if (state.status === "ok" && state.value.type === "neg") throw new Error("observer's own trouble");
    });
    const web = client(namer);
    await answer(some);
    await answer(undefined);
    await clock.advance(5_000);
    expect(web.tree.at(-1)).toBe("neg");
    expect(log.lines.filter((line) => line.level === "error").length).toBe(1);
  });
});

describe("watchAll rule 9", () => {
  it("guards each name by itself, and all when the whole catalogue is gone", async () => {
    const env = testEnv();
    const script = scriptedWatch<ReadonlyMap<string, string>>(env.clock);
    const namer = watchAll<"name", ReadonlyMap<string, string>>(env, {
      segments: ["name"],
      options: { emptyGraceMs: 5_000 },
      watch: script.watch,
      pick: (snapshot, { name }) => {
        const ip = snapshot.get(name);
        return ip === undefined ? undefined : [address(ip, 80)];
      },
    });
    const [a, b] = [client(namer, "/a"), client(namer, "/b")];
    const say = async (entries: Record<string, string> | undefined): Promise<void> => {
      script.last.yield(entries && new Map(Object.entries(entries)));
      await env.clock.advance(0);
    };
    await say({ a: "192.0.2.1", b: "192.0.2.2" });
    await say({ b: "192.0.2.3" });
    await env.clock.advance(3_000);
    await say(undefined);
    expect([a.tree.at(-1), b.tree.at(-1), b.addrs.at(-1)]).toEqual(["leaf", "leaf", "192.0.2.3:80*1"]);
    await env.clock.advance(2_000);
    expect([a.tree.at(-1), b.tree.at(-1)]).toEqual(["neg", "leaf"]);
    await env.clock.advance(3_000);
    expect([b.tree.at(-1), env.metrics.snapshot().held_empty]).toEqual(["neg", 2]);
  });
});
