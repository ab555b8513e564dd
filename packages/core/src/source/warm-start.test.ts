import { describe, expect, it } from "vitest";
import { client, type Kind, kinds, oneName } from "../../test-support/both-kinds.js";
import { NamerError } from "../errors.js";
import { Addr, address, hostAddress } from "../names/addr.js";
import { Path } from "../names/path.js";
import { type MutableVar, Var } from "../values/var.js";
import type { PluginEnv } from "./env.js";
import type { Found } from "./found.js";
import { memoryFiles } from "./memory-files.js";
import type { PartialSourceOptions } from "./source-options.js";
import { testEnv } from "./test-env.js";

const some = [address("192.0.2.1", 80)];
const other = [address("192.0.2.2", 80)];
const down = (): NamerError => new NamerError("NAMER_UNAVAILABLE", "down");
const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const START = Date.UTC(2020, 0, 1);

/** What an earlier life of the program has left, so long before the start. */
function left(ageMs: number, names: Record<string, unknown> = { "/web": bound("192.0.2.9") }): string {
  return JSON.stringify({
    format: "namerkit-snapshot@1",
    prefix: "/#/test",
    savedAt: new Date(START - ageMs).toISOString(),
    names,
  });
}

function bound(ip: string, at?: string): object {
  return { type: "bound", addrs: [{ ip, port: 80, weight: 1, meta: {} }], meta: {}, ...(at && { at }) };
}

function setUp(
  kind: Kind,
  file: string | undefined,
  options: PartialSourceOptions = {},
  more: Partial<PluginEnv> = {},
) {
  const env = testEnv();
  if (file !== undefined) env.files.files.set("warm.json", file);
  const { namer, script } = oneName(kind, { ...env, ...more }, { snapshotFile: "warm.json", ...options });
  const answer = async (found: Found): Promise<void> => {
    script.last.yield(found);
    await env.clock.advance(0);
  };
  const status = () => namer.statusOf?.(Path.parse("/web")).sample();
  const saved = (): { savedAt: string; names: Record<string, unknown> } =>
    JSON.parse(env.files.files.get("warm.json") ?? "null");
  return { ...env, namer, script, answer, status, saved };
}

describe.each(kinds)("%s rule 10: a start with what was known before", (kind) => {
  it("shows it at once, marked as stale, until the catalogue answers", async () => {
    const { namer, clock, script, answer, status } = setUp(kind, left(MINUTE));
    const states: unknown[] = [];
    namer.statusOf?.(Path.parse("/web")).observe((seen) => states.push(seen?.state));
    const web = client(namer);
    await clock.advance(0);
    expect([web.tree, web.addrs]).toEqual([["pending", "leaf"], ["192.0.2.9:80*1"]]);
    expect(status()).toMatchObject({
      state: "stale",
      staleSince: "2019-12-31T23:59:00.000Z",
      firstContactAt: undefined,
    });
    expect(states.at(-1)).toBe("stale");
    script.last.throw(down());
    await clock.advance(30_000);
    expect(web.tree).toEqual(["pending", "leaf"]);
    expect(status()).toMatchObject({ state: "stale", staleSince: "2019-12-31T23:59:00.000Z" });
    await answer(some);
    expect([web.tree, web.addrs.at(-1)]).toEqual([["pending", "leaf"], "192.0.2.1:80*1"]);
    expect(status()).toMatchObject({ state: "live", staleSince: undefined });
  });

  it("shows it in place of a refusal, of silence, and of the Neg of whenUnavailable", async () => {
    for (const whenUnavailable of ["failed", "neg"] as const) {
      const { namer, clock, script } = setUp(kind, left(MINUTE), { whenUnavailable });
      const web = client(namer);
      await clock.advance(0);
      script.last.throw(new NamerError("NAMER_REFUSED", "no"));
      await clock.advance(30_000);
      const later = client(namer);
      expect([web.tree, later.tree]).toEqual([["pending", "leaf"], ["leaf"]]);
    }
  });

  it("believes the first answer also if it is that there is no such name, after the grace time where there is one", async () => {
    for (const [emptyGraceMs, whenUnavailable] of [
      [0, "failed"],
      [0, "neg"],
      [5_000, "neg"],
    ] as const) {
      const { namer, clock, answer, status } = setUp(kind, left(MINUTE), { emptyGraceMs, whenUnavailable });
      const web = client(namer);
      await clock.advance(6_000);
      await answer(undefined);
      if (emptyGraceMs > 0) {
        expect([web.tree, status()?.counters.held_empty]).toEqual([["pending", "leaf"], 1]);
        await clock.advance(emptyGraceMs);
      }
      expect(web.tree).toEqual(["pending", "leaf", "neg"]);
    }
  });

  it("changes nothing for a name that is not in the file", async () => {
    const { namer, clock, script } = setUp(kind, left(MINUTE, { "/db": bound("192.0.2.9") }));
    const web = client(namer);
    await clock.advance(0);
    expect(web.tree).toEqual(["pending"]);
    script.last.throw(down());
    await clock.advance(5_000);
    expect(web.tree).toEqual(["pending", "NAMER_UNAVAILABLE"]);
  });

  it.each<[string, number, PartialSourceOptions]>([
    ["a day", DAY, {}],
    ["maxStaleMs", MINUTE, { maxStaleMs: MINUTE }],
  ])("does not believe what is older than %s, and lets go of what becomes so", async (_, limit, options) => {
    const old = setUp(kind, left(limit), options);
    const first = client(old.namer);
    await old.clock.advance(5_000);
    expect([first.tree, old.status()?.state]).toEqual([["pending", "NAMER_PENDING"], "connecting"]);

    const { namer, clock, answer, status } = setUp(kind, left(limit - 10_000), { ...options, whenUnavailable: "neg" });
    const web = client(namer);
    await clock.advance(9_999);
    expect(web.tree).toEqual(["pending", "leaf"]);
    await clock.advance(1);
    expect([web.tree.at(-1), web.addrs.at(-1), status()?.state]).toEqual(["NAMER_STALE", "neg", "stale"]);
    await answer(undefined);
    expect(web.tree.at(-1)).toBe("neg");
    await answer(some);
    expect([web.tree.at(-1), web.addrs.at(-1)]).toEqual(["leaf", "192.0.2.1:80*1"]);
  });

  it("takes a file of the future for fresh, but not for ever: a clock has been set", async () => {
    const { namer, clock } = setUp(kind, left(-DAY), { maxStaleMs: MINUTE });
    const web = client(namer);
    await clock.advance(59_999);
    expect(web.tree).toEqual(["pending", "leaf"]);
    await clock.advance(1);
    expect(web.tree.at(-1)).toBe("NAMER_STALE");
  });

  it("takes what is wrong with the file for a cold start, logged and counted, and replaces it", async () => {
    for (const [text, why] of [
      ['{"format":"namerkit-sn', /not JSON/],
      [left(MINUTE).replace("@1", "@9"), /format/],
      [left(MINUTE).replace("/#/test", "/#/other"), /is of "\/#\/other"/],
      [
        left(MINUTE, { "/web": bound("web.test") }),
        /1 of 1 names are left out: "\/web": "web.test" is not an IP address/,
      ],
    ] as const) {
      const { namer, clock, answer, log, metrics, saved } = setUp(kind, text);
      const web = client(namer);
      await clock.advance(0);
      expect([web.tree, metrics.snapshot().snapshot_errors]).toEqual([["pending"], 1]);
      expect(log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
        expect.stringMatching(/^warn snapshot file warm\.json: /),
      ]);
      expect(log.lines[0]?.message).toMatch(why);
      await answer(some);
      await clock.advance(1_000);
      expect(saved().names).toEqual({ "/web": bound("192.0.2.1") });
    }
  });

  it("starts cold when the file cannot be read, or not in time", async () => {
    const hangs = { read: () => new Promise<undefined>(() => {}), write: () => Promise.resolve() };
    const files = memoryFiles({ "warm.json": left(MINUTE) });
    files.broken = new Error("EACCES");
    for (const [store, why] of [
      [files, /EACCES/],
      [hangs, /not read within 5000 ms/],
    ] as const) {
      const { namer, clock, answer, log, metrics } = setUp(kind, undefined, {}, { files: store });
      const web = client(namer);
      await clock.advance(5_000);
      expect([log.lines.length, log.lines[0]?.message]).toEqual([1, expect.stringMatching(why)]);
      expect([web.tree[0], metrics.snapshot().snapshot_errors]).toEqual(["pending", 1]);
      await answer(some);
      expect(web.addrs).toEqual(["192.0.2.1:80*1"]);
    }
  });

  it("reads once, and only when the first name is observed", async () => {
    let reads = 0;
    const files = { read: async () => void reads++ as undefined, write: async () => {} };
    const { namer, clock } = setUp(kind, undefined, {}, { files });
    namer.lookup(Path.parse("/web"));
    namer.state?.();
    await clock.advance(MINUTE);
    expect(reads).toBe(0);
    client(namer).close();
    client(namer, "/db").close();
    await clock.advance(MINUTE);
    expect([reads, clock.pending]).toEqual([1, 0]);
  });

  it("does not bring back what the catalogue has denied before the file was read", async () => {
    const give: ((text: string) => void)[] = [];
    const written: string[] = [];
    const files = {
      read: () => new Promise<string>((resolve) => void give.push(resolve)),
      write: async (_: string, text: string) => void written.push(text),
    };
    const { namer, clock, answer } = setUp(kind, undefined, {}, { files });
    const web = client(namer);
    await answer(undefined);
    give[0]?.(left(MINUTE, { "/web": bound("192.0.2.9"), "/db": bound("192.0.2.8") }));
    await clock.advance(0);
    expect(web.tree).toEqual(["pending", "neg"]);
    await answer(some);
    await clock.advance(1_000);
    expect(Object.keys(JSON.parse(written.at(-1) ?? "").names).sort()).toEqual(["/db", "/web"]);
    await answer(undefined);
    await clock.advance(1_000);
    expect(Object.keys(JSON.parse(written.at(-1) ?? "").names)).toEqual(["/db"]);
  });

  it("keeps it while the hosts of the first answer are looked up, and saves what they resolve to", async () => {
    const host: MutableVar<Addr> = Var.mutable<Addr>(Addr.pending);
    const { namer, clock, answer, saved } = setUp(kind, left(MINUTE), {}, { inet: () => host });
    const web = client(namer);
    await clock.advance(0);
    await answer([hostAddress("web.test", 80)]);
    expect([web.tree, web.addrs]).toEqual([["pending", "leaf"], ["192.0.2.9:80*1"]]);
    host.update(Addr.bound([address("192.0.2.5", 80)]));
    await clock.advance(1_000);
    expect([web.tree, web.addrs.at(-1), saved().names]).toEqual([
      ["pending", "leaf"],
      "192.0.2.5:80*1",
      { "/web": bound("192.0.2.5") },
    ]);
  });

  it("needs files, and the name of one", () => {
    const without = { ...testEnv(), files: undefined };
    const { files: _, ...env } = without;
    expect(() => oneName(kind, env, { snapshotFile: "x" })).toThrow(expect.objectContaining({ code: "NAMER_CONFIG" }));
    expect(() => oneName(kind, testEnv(), { snapshotFile: "" })).toThrow("snapshotFile: expected the name of a file");
    expect(() => oneName(kind, env)).not.toThrow();
  });
});

describe("watchEach rule 10", () => {
  it("shows nothing old for a name that is not watched because there are too many", async () => {
    const names = { "/a": bound("192.0.2.7"), "/b": bound("192.0.2.8") };
    const { namer, clock } = setUp("watchEach", left(MINUTE, names), { maxKeys: 2 });
    const clients = ["/b", "/c", "/a"].map((path) => client(namer, path));
    await clock.advance(0);
    expect(clients.map(({ tree }) => tree)).toEqual([["pending", "leaf"], ["pending"], ["NAMER_TOO_MANY_KEYS"]]);
  });
});

describe.each(kinds)("%s rule 10: what is saved", (kind) => {
  it("is every name that was observed, a second after a change and not more often", async () => {
    const { namer, clock, answer, files, saved, metrics } = setUp(kind, undefined);
    client(namer);
    await clock.advance(5_000);
    expect(files.writes).toBe(0);
    await answer(some);
    await clock.advance(500);
    await answer(other);
    await clock.advance(499);
    expect(files.writes).toBe(0);
    await clock.advance(1);
    expect([files.writes, saved()]).toEqual([
      1,
      {
        format: "namerkit-snapshot@1",
        prefix: "/#/test",
        savedAt: "2020-01-01T00:00:05.500Z",
        names: { "/web": bound("192.0.2.2") },
      },
    ]);
    await answer(other);
    await clock.advance(MINUTE);
    expect([files.writes, metrics.snapshot().snapshot_saves]).toEqual([1, 1]);
    await answer([]);
    await clock.advance(1_000);
    expect(saved().names).toEqual({});
  });

  it("is as fresh as the last contact, also when nothing changes", async () => {
    const { namer, clock, answer, script, saved } = setUp(kind, undefined, { maxStaleMs: MINUTE });
    client(namer);
    await answer(some);
    for (let seconds = 0; seconds < 60; seconds++) {
      script.last.context.alive();
      await clock.advance(1_000);
    }
    expect(Date.parse(saved().savedAt) - START).toBeGreaterThan(50_000);
  });

  it("holds names that are not observed now, each as old as it is, until that is too old", async () => {
    const before = {
      "/db": bound("192.0.2.7"),
      "/old": bound("192.0.2.8", new Date(START - DAY + 10_000).toISOString()),
    };
    const { namer, clock, answer, saved } = setUp(kind, left(MINUTE, before), { lingerMs: 0 });
    const web = client(namer);
    await answer(some);
    await clock.advance(1_000);
    expect(saved().names).toEqual({
      "/web": bound("192.0.2.1"),
      "/db": bound("192.0.2.7", "2019-12-31T23:59:00.000Z"),
      "/old": bound("192.0.2.8", "2019-12-31T00:00:10.000Z"),
    });
    web.close();
    await clock.advance(10_000);
    const cart = client(namer, "/cart");
    await answer(other);
    await clock.advance(1_000);
    expect(saved()).toMatchObject({ savedAt: "2020-01-01T00:00:11.000Z" });
    expect(saved().names).toEqual({
      "/db": bound("192.0.2.7", "2019-12-31T23:59:00.000Z"),
      "/web": bound("192.0.2.1", "2020-01-01T00:00:00.000Z"),
      "/cart": bound("192.0.2.2"),
    });
    cart.close();
  });

  it("is at most maxKeys names, of which those not observed for longest go first", async () => {
    const before = {
      "/a": bound("192.0.2.7"),
      "/b": bound("192.0.2.8", new Date(START - DAY / 2).toISOString()),
      "/c": bound("192.0.2.6", new Date(START - DAY / 3).toISOString()),
    };
    const { namer, clock, answer, saved } = setUp(kind, left(MINUTE, before), { maxKeys: 2 });
    const web = client(namer);
    await clock.advance(0);
    await answer(some);
    await clock.advance(1_000);
    expect(Object.keys(saved().names).sort()).toEqual(["/a", "/web"]);
    web.close();
  });

  it("serves the next watch of the same process too", async () => {
    const { namer, clock, script, answer, status } = setUp(kind, undefined, { lingerMs: 0 });
    const web = client(namer);
    await answer(some);
    web.close();
    await clock.advance(5_000);
    const again = client(namer);
    expect(again.addrs).toEqual(["192.0.2.1:80*1"]);
    expect(status()).toMatchObject({ state: "stale", staleSince: "2020-01-01T00:00:00.000Z" });
    script.last.yield(other);
    await clock.advance(0);
    expect([again.tree, again.addrs.at(-1), status()?.state]).toEqual([["leaf"], "192.0.2.2:80*1", "live"]);
  });

  it("is tried again with the next change when it fails, logged once, and disturbs nobody", async () => {
    const { namer, clock, answer, files, log, metrics, saved } = setUp(kind, undefined);
    const web = client(namer);
    await clock.advance(0);
    files.broken = new Error("ENOSPC");
    for (const found of [some, other, some]) {
      await answer(found);
      await clock.advance(1_500);
    }
    expect([log.lines.map((line) => line.message), metrics.snapshot().snapshot_errors]).toEqual([
      ["snapshot file warm.json: it cannot be written: ENOSPC"],
      3,
    ]);
    files.broken = undefined;
    await clock.advance(MINUTE);
    expect(saved()).toBeNull();
    await answer(other);
    await clock.advance(1_500);
    expect([saved().names, web.tree]).toEqual([{ "/web": bound("192.0.2.2") }, ["pending", "leaf"]]);
  });

  it("is written one after the other, never two at once", async () => {
    const pending: (() => void)[] = [];
    const texts: string[] = [];
    const files = {
      read: async () => undefined,
      write: (_: string, text: string) => {
        texts.push(text);
        return new Promise<void>((resolve) => pending.push(resolve));
      },
    };
    const { namer, clock, answer } = setUp(kind, undefined, {}, { files });
    client(namer);
    await answer(some);
    await clock.advance(1_000);
    await answer(other);
    await clock.advance(MINUTE);
    expect(texts.length).toBe(1);
    pending[0]?.();
    await clock.advance(1_000);
    expect(texts.map((text) => text.match(/192\.0\.2\.\d/)?.[0])).toEqual(["192.0.2.1", "192.0.2.2"]);
  });

  it("is saved at once when everything is closed, and never after", async () => {
    const closing = new AbortController();
    const { namer, clock, answer, files, saved } = setUp(kind, undefined, {}, { shutdown: closing.signal });
    const web = client(namer);
    await answer(some);
    await clock.advance(1_000);
    await answer(other);
    closing.abort();
    await clock.advance(0);
    expect([files.writes, saved().names]).toEqual([2, { "/web": bound("192.0.2.2") }]);
    await answer(some);
    web.close();
    await clock.advance(MINUTE);
    expect([files.writes, clock.pending]).toEqual([2, 0]);
  });

  it("is nothing when it ends before the file has been read", async () => {
    const closing = new AbortController();
    let writes = 0;
    const files = { read: () => new Promise<undefined>(() => {}), write: async () => void writes++ };
    const { namer, clock, answer } = setUp(kind, undefined, {}, { files, shutdown: closing.signal });
    const web = client(namer);
    await answer(some);
    closing.abort();
    web.close();
    await clock.advance(0);
    expect([writes, clock.pending]).toEqual([0, 0]);
  });
});
