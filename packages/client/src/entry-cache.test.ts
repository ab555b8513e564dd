import { ManualClock, memoryMetrics } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { CacheEntry } from "./cache-entry.js";
import { EntryCache } from "./entry-cache.js";

class Thing extends CacheEntry {
  readonly #log: string[];
  constructor(key: string, log: string[]) {
    super(key);
    this.#log = log;
    log.push(`made ${key}`);
  }
  override stop(): void {
    this.#log.push(`stopped ${this.key}`);
  }
  override finish(): void {
    this.#log.push(`finished ${this.key}`);
  }
}

function setUp(size: number, idleTtlMs = 1000) {
  const clock = new ManualClock();
  const metrics = memoryMetrics({ clock });
  const log: string[] = [];
  const cache = new EntryCache<Thing, undefined>({ size, idleTtlMs, clock, metrics }, (key) => new Thing(key, log));
  const hold = (key: string) => cache.hold(key, undefined);
  const drop = (thing: Thing) => cache.drop(thing, clock.now());
  return { clock, metrics, log, cache, hold, drop };
}

describe("EntryCache", () => {
  it("makes an entry once and shares it, also after it was idle", () => {
    const { hold, drop, log, metrics } = setUp(10);
    const a = hold("a");
    expect(hold("a")).toBe(a);
    drop(a);
    drop(a);
    expect(hold("a")).toBe(a);
    expect(log).toEqual(["made a"]);
    expect(metrics.snapshot()).toEqual({ misses: 1, evicts: 0, oneshots: 0 });
  });

  it("closes each entry when it has been idle for the TTL, the last one too, and has no timer then", async () => {
    const { hold, drop, log, clock, cache } = setUp(10);
    const [a, b] = [hold("a"), hold("b")];
    expect(clock.pending).toBe(0);
    drop(a);
    await clock.advance(400);
    drop(b);
    await clock.advance(599);
    expect(log).toEqual(["made a", "made b"]);
    await clock.advance(1);
    expect(log.slice(2)).toEqual(["stopped a", "finished a"]);
    await clock.advance(400);
    expect(log.slice(4)).toEqual(["stopped b", "finished b"]);
    expect(cache.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it("counts idleness from the last use", async () => {
    const { hold, drop, log, clock } = setUp(10);
    drop(hold("a"));
    await clock.advance(900);
    drop(hold("a"));
    await clock.advance(900);
    expect(log).toEqual(["made a"]);
    const a = hold("a");
    await clock.advance(5000);
    expect(log).toEqual(["made a"]);
    drop(a);
    await clock.advance(1000);
    expect(log).toContain("finished a");
  });

  it("makes room by closing the most idle one", async () => {
    const { hold, drop, log, clock, metrics, cache } = setUp(2);
    const [a, b] = [hold("a"), hold("b")];
    drop(b);
    await clock.advance(1);
    drop(a);
    await clock.advance(1);
    const c = hold("c");
    expect(c.shared).toBe(true);
    expect(log.slice(2)).toEqual(["made c", "stopped b", "finished b"]);
    expect(cache.size).toBe(2);
    expect(metrics.snapshot()).toEqual({ misses: 3, evicts: 1, oneshots: 0 });
  });

  it("hands out a one-shot entry when all are in use, or idle only this instant", () => {
    const { hold, drop, log, metrics, cache } = setUp(1);
    const a = hold("a");
    const b = hold("b");
    expect(b.shared).toBe(false);
    expect(hold("b")).not.toBe(b);
    drop(b);
    expect(log).toEqual(["made a", "made b", "made b", "stopped b", "finished b"]);
    drop(a);
    expect(hold("c").shared).toBe(false);
    expect(cache.size).toBe(1);
    expect(metrics.snapshot()).toEqual({ misses: 4, evicts: 0, oneshots: 3 });
  });

  it("stops everything on close, one-shots too; what is in use finishes with its last user", () => {
    const { hold, drop, log, clock, cache } = setUp(2);
    const [a, b, c] = [hold("a"), hold("b"), hold("c")];
    drop(a);
    cache.close();
    cache.close();
    expect(log.slice(3)).toEqual(["stopped a", "finished a", "stopped b", "stopped c"]);
    drop(b);
    drop(c);
    expect(log.slice(7)).toEqual(["finished b", "finished c"]);
    expect(clock.pending).toBe(0);
  });
});
