import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Activity, Addr, Dtab, type Interpreter, isNamerError, Name, NameTree, Path, Var } from "@namerkit/core";
import { ManualClock, memoryMetrics } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { host } from "../test-support/world.js";
import { createNameClient } from "./index.js";
import type { NameClientOptions } from "./types.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const sizes = { paths: 100, trees: 100, bounds: 100, clients: 100, idleTtlMs: 60_000 };

function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

/** Every name is bound, to an id of its own, or to nothing. Bindings and address sets that are watched are counted. */
function setUp(bound: boolean, options: Partial<NameClientOptions> = {}) {
  const clock = new ManualClock();
  const metrics = memoryMetrics({ clock });
  const counts = { watched: 0, attached: 0, series: () => [...metrics.series()].length };
  const watched = <T>(value: T): Var<T> =>
    Var.async(value, (_set, signal) => {
      counts.watched++;
      signal.addEventListener("abort", () => counts.watched--);
    });
  const interpreter: Interpreter = {
    bind: (_dtab, path) => {
      const tree = bound
        ? NameTree.leaf(Name.bound(Path.of("#", "n", path.at(1)), Path.empty, watched(Addr.bound([host(1), host(2)]))))
        : NameTree.neg;
      return Activity.of(watched({ status: "ok" as const, value: tree }));
    },
    delegate: () => Promise.reject(new Error("not asked for")),
  };
  const attach = () => {
    counts.attached++;
    return { close: () => counts.attached-- } as never;
  };
  const client = createNameClient({
    interpreter,
    dtab: Dtab.empty,
    clock,
    random: Math.random,
    metrics,
    cache: sizes,
    attachService: attach,
    attachClient: attach,
    ...options,
  });
  return { client, clock, counts };
}

/** Less than this stays of a name that is gone, in bytes: nothing, but the heap is not measured that exactly. */
const TRACE = 40;

describe("names that clients invent, each asked for once [parity: invented-names]", () => {
  it.each([
    { names: 1_000_000, still: false },
    { names: 100_000, still: true },
  ])(
    "leave no trace when they resolve to nothing: $names (all at the same time: $still)",
    async ({ names, still }) => {
      const { client, clock, counts } = setUp(false);
      const { stackTraceLimit } = Error;
      // A million stacks that nobody reads are most of the time.
      Error.stackTraceLimit = 0;
      let before = 0;
      let noRoute = 0;
      try {
        for (let i = 1; i <= names; i++) {
          await client.acquire(Path.of("svc", `host-${i}.example`), Dtab.empty).catch((error: unknown) => {
            if (isNamerError(error) && error.code === "CLIENT_NO_ROUTE") noRoute++;
          });
          if (!still && i % 1000 === 0) await clock.advance(1);
          if (i === names / 10) before = heapBytes();
        }
      } finally {
        Error.stackTraceLimit = stackTraceLimit;
      }
      expect(noRoute).toBe(names);
      expect((heapBytes() - before) / (0.9 * names)).toBeLessThan(TRACE);
      expect(counts.watched).toBeLessThanOrEqual(sizes.paths);
      expect(counts.attached).toBeLessThanOrEqual(sizes.paths);
      client.close();
      expect([counts.watched, counts.attached, clock.pending]).toEqual([0, 0, 0]);
    },
    180_000,
  );

  it.each(["never", "unavailable"] as const)(
    "are served, and leave no trace, when they are bound (failover: %s)",
    async (failover) => {
      const { client, clock, counts } = setUp(true, { failover });
      const names = 100_000;
      let before = 0;
      for (let i = 1; i <= names; i++) {
        const path = Path.of("svc", `host-${i}.example`);
        const lease = client.tryAcquire(path, Dtab.empty) ?? (await client.acquire(path, Dtab.empty));
        lease.release(i % 3 === 0 ? "failure" : "success");
        if (i % 1000 === 0) await clock.advance(1);
        if (i === names / 10) before = heapBytes();
      }
      expect((heapBytes() - before) / (0.9 * names)).toBeLessThan(TRACE);
      expect(Object.keys(client.state()).length).toBeLessThanOrEqual(sizes.clients);
      // A binding and an address set for each.
      expect(counts.watched).toBeLessThanOrEqual(sizes.paths + sizes.clients);
      expect(counts.attached).toBeLessThanOrEqual(sizes.paths + sizes.clients);
      // Some 25 series a client.
      expect(counts.series()).toBeLessThanOrEqual(50 * sizes.clients);
      client.close();
      expect([counts.watched, counts.attached, clock.pending]).toEqual([0, 0, 0]);
    },
    180_000,
  );
});

describe("names that are all in use at once, more than the caches hold", () => {
  it("are served by one-shot entries, which go with their last lease", async () => {
    const { client, counts } = setUp(true);
    const leases = [];
    for (let i = 0; i < 2000; i++) leases.push(await client.acquire(Path.of("svc", `host-${i}`), Dtab.empty));
    expect(counts.watched).toBe(4000);
    for (const lease of leases) lease.release("success");
    expect(counts.watched).toBeLessThanOrEqual(sizes.paths + sizes.clients);
    client.close();
    expect([counts.watched, counts.attached]).toEqual([0, 0]);
  });
});
