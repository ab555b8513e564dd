import { describe, expect, it } from "vitest";
import type { Namer } from "../binding/namer.js";
import { NamerError } from "../errors.js";
import { type Addr, address } from "../names/addr.js";
import { Path } from "../names/path.js";
import type { Closable } from "../values/closable.js";
import { scriptedWatch } from "./scripted-watch.js";
import type { PartialSourceOptions } from "./source-options.js";
import { testEnv } from "./test-env.js";
import { watchAll } from "./watch-all.js";

type Snapshot = ReadonlyMap<string, readonly string[]>;

function setUp(options: PartialSourceOptions = {}) {
  const env = testEnv();
  const script = scriptedWatch<Snapshot>(env.clock);
  const picks: string[] = [];
  const namer = watchAll(env, {
    segments: ["stack", "service"],
    options,
    watch: script.watch,
    pick: (snapshot: Snapshot, { stack, service }) => {
      picks.push(`${stack}/${service}`);
      if (service === "broken" && snapshot.has("poison")) throw new Error("no such field");
      return snapshot.get(`${stack}/${service}`)?.map((ip) => address(ip, 80));
    },
    names: (snapshot) => [...snapshot.keys()].map((name) => name.split("/")),
    state: (snapshot) => ({ services: snapshot.size }),
  });
  return { ...env, namer, script, picks };
}

interface Watched extends Closable {
  readonly tree: string[];
  readonly addrs: string[];
}

/** Observes a name as a client does: the tree, and the addresses of the leaf. */
function bind(namer: Namer, path: string): Watched {
  const tree: string[] = [];
  const addrs: string[] = [];
  const inner: Closable[] = [];
  const outer = namer.lookup(Path.parse(path)).run.observe((state) => {
    if (state.status !== "ok") tree.push(state.status === "failed" ? state.error.code : "pending");
    else tree.push(state.value.type);
    if (state.status !== "ok" || state.value.type !== "leaf" || state.value.value.type !== "bound") return;
    inner.push(
      state.value.value.addr.observe((addr: Addr) => addrs.push(addr.type === "bound" ? ips(addr) : addr.type)),
    );
    inner.at(-2)?.close();
  });
  const close = (): void => {
    outer.close();
    inner.at(-1)?.close();
  };
  return { tree, addrs, close, [Symbol.dispose]: close };
}

function ips(addr: Addr & { type: "bound" }): string {
  return addr.addresses.map((one) => one.ip).join(" ");
}

const of = (entries: Record<string, readonly string[]>): Snapshot => new Map(Object.entries(entries));

describe("watchAll", () => {
  it("has one watch for all names, closed after the last", async () => {
    const { namer, script, clock } = setUp();
    const bound = Array.from({ length: 1_000 }, (_, i) => bind(namer, `/s/n${i}`));
    script.last.yield(new Map(Array.from({ length: 1_000 }, (_, i) => [`s/n${i}`, ["192.0.2.1"]])));
    await clock.advance(0);
    expect(new Set(bound.flatMap(({ tree }) => tree))).toEqual(new Set(["pending", "leaf"]));
    expect(script.calls.length).toBe(1);
    for (const one of bound) one.close();
    await clock.advance(10_000);
    expect([script.calls.length, script.last.context.signal.aborted, clock.pending]).toEqual([1, true, 0]);
  });

  it("picks once per snapshot and bound name, however many observe it, and moves only what has changed", async () => {
    const { namer, script, clock, picks } = setUp();
    const a = bind(namer, "/s/a");
    const again = [bind(namer, "/s/a"), bind(namer, "/s/a/residual")];
    const b = bind(namer, "/s/b");
    const c = bind(namer, "/s/c");
    script.last.yield(of({ "s/a": ["192.0.2.1"], "s/b": ["192.0.2.2"] }));
    await clock.advance(0);
    picks.length = 0;
    script.last.yield(of({ "s/a": ["192.0.2.1", "192.0.2.3"], "s/b": ["192.0.2.2"], "s/unbound": ["192.0.2.4"] }));
    await clock.advance(0);
    expect(picks.sort()).toEqual(["s/a", "s/b", "s/c"]);
    expect([a.tree, a.addrs]).toEqual([
      ["pending", "leaf"],
      ["192.0.2.1", "192.0.2.1 192.0.2.3"],
    ]);
    expect(again.map(({ addrs }) => addrs.length)).toEqual([2, 2]);
    expect([b.tree, b.addrs, c.tree]).toEqual([["pending", "leaf"], ["192.0.2.2"], ["pending", "neg"]]);
  });

  it("picks nothing for names that nobody observes any more", async () => {
    const { namer, script, clock, picks } = setUp();
    const a = bind(namer, "/s/a");
    bind(namer, "/s/b");
    script.last.yield(of({ "s/a": ["192.0.2.1"] }));
    await clock.advance(0);
    a.close();
    picks.length = 0;
    script.last.yield(of({}));
    script.last.yield(of({ x: [] }));
    await clock.advance(0);
    expect(new Set(picks)).toEqual(new Set(["s/b"]));
  });

  it("answers a name that is bound later from the snapshot it has", async () => {
    const { namer, script, clock } = setUp();
    bind(namer, "/s/a");
    script.last.yield(of({ "s/a": ["192.0.2.1"], "s/b": ["192.0.2.2"] }));
    await clock.advance(0);
    expect(bind(namer, "/s/b").tree).toEqual(["leaf"]);
    expect(bind(namer, "/s").tree).toEqual(["neg"]);
    expect(script.calls.length).toBe(1);
  });

  it("keeps what one name had when only its part cannot be read, and says so", async () => {
    const { namer, script, clock, metrics, log } = setUp();
    const a = bind(namer, "/s/a");
    const broken = bind(namer, "/s/broken");
    script.last.yield(of({ "s/a": ["192.0.2.1"], "s/broken": ["192.0.2.5"] }));
    await clock.advance(0);
    script.last.yield(of({ poison: [], "s/a": ["192.0.2.2"], "s/broken": ["192.0.2.6"] }));
    await clock.advance(0);
    const late = setUp();
    const first = bind(late.namer, "/s/broken");
    late.script.last.yield(of({ poison: [] }));
    await late.clock.advance(0);
    expect([a.addrs, broken.addrs]).toEqual([["192.0.2.1", "192.0.2.2"], ["192.0.2.5"]]);
    expect(first.tree).toEqual(["pending", "NAMER_ANSWER"]);
    expect(metrics.snapshot()).toMatchObject({ "errors/NAMER_ANSWER": 1 });
    expect(log.lines.map((line) => line.level)).toEqual(["warn"]);
  });

  it("keeps everything through failures, and disowns it after maxStaleMs", async () => {
    const { namer, script, clock } = setUp({ maxStaleMs: 30_000 });
    const a = bind(namer, "/s/a");
    script.last.yield(of({ "s/a": ["192.0.2.1"] }));
    await clock.advance(0);
    script.last.throw(new NamerError("NAMER_UNAVAILABLE", "down"));
    await clock.advance(29_000);
    expect(a.tree).toEqual(["pending", "leaf"]);
    await clock.advance(1_000);
    expect([a.tree.at(-1), a.addrs.at(-1)]).toEqual(["NAMER_STALE", "neg"]);
    script.last.yield(of({ "s/a": ["192.0.2.1"] }));
    await clock.advance(0);
    expect([a.tree.at(-1), a.addrs.at(-1)]).toEqual(["leaf", "192.0.2.1"]);
  });

  it("guards against a catalogue that is suddenly empty", async () => {
    const { namer, script, clock } = setUp({ emptyGraceMs: 5_000 });
    const a = bind(namer, "/s/a");
    script.last.yield(of({ "s/a": ["192.0.2.1"] }));
    script.last.yield(of({}));
    await clock.advance(4_999);
    expect(a.tree).toEqual(["pending", "leaf"]);
    await clock.advance(1);
    expect(a.tree).toEqual(["pending", "leaf", "neg"]);
  });

  it("enumerates, and has state, status and metrics", async () => {
    const { namer, script, clock, metrics } = setUp();
    const names: string[] = [];
    namer.enumerate?.().run.observe((state) => {
      if (state.status === "ok") names.push(state.value.map((path) => path.show()).join(" "));
    });
    script.last.context.request("GET /latest");
    for (const snapshot of [{ "s/a": [] }, { "s/a": ["192.0.2.1"] }, { "s/a": [], "t/b": [] }]) {
      script.last.yield(of(snapshot));
      await clock.advance(1_000);
    }
    expect(names).toEqual(["/s/a", "/s/a /t/b"]);
    expect(namer.statusOf?.(Path.parse("/s/a/x")).sample()).toMatchObject({ state: "live", request: "GET /latest" });
    expect(namer.statusOf?.(Path.parse("/s")).sample()).toBeUndefined();
    expect(namer.state?.()).toMatchObject({ watch: { state: "live" }, state: { services: 2 } });
    expect(metrics.snapshot()).toMatchObject({ watches: 1, updates: 3, oldest_contact_ms: 1_000 });
  });

  it("does not enumerate without `names`, and asks nobody when only looked at", async () => {
    const env = testEnv();
    let opened = 0;
    const namer = watchAll(env, {
      segments: ["name"],
      async *watch() {
        opened++;
        yield {};
      },
      pick: () => undefined,
    });
    expect(namer.enumerate).toBeUndefined();
    namer.lookup(Path.parse("/a"));
    namer.state?.();
    namer.statusOf?.(Path.parse("/a")).sample();
    await env.clock.advance(10_000);
    expect(opened).toBe(0);
  });
});
