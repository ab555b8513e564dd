import { ManualClock } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { type Choice, Failover } from "./failover.js";

function setUp(servers: readonly [string, ...string[]], options: { failures?: number } = {}) {
  const clock = new ManualClock();
  const well = new Set<string>();
  const probes: string[] = [];
  const changes: string[] = [];
  const failover = new Failover({ clock, random: () => 0.5 }, servers, {
    ...options,
    probe: (server) => {
      probes.push(server);
      return well.has(server) ? Promise.resolve(true) : Promise.reject(new Error("down"));
    },
    changed: (to, down) => changes.push(`${to.server}${to.epoch}${down === undefined ? "" : ` for ${down.server}`}`),
  });
  const fail = (fatal = true, choice: Choice<string> = failover.current) => failover.failed(choice, "refused", fatal);
  const holder = new AbortController();
  return { clock, well, probes, changes, failover, fail, holder };
}

describe("Failover", () => {
  it("stays where it is while that works, and takes the next when it cannot be reached", () => {
    const { failover, fail, changes } = setUp(["a", "b", "c"]);
    failover.succeeded(failover.current);
    fail();
    expect(failover.current).toEqual({ server: "b", index: 1, epoch: 2 });
    failover.succeeded(failover.current);
    fail();
    fail();
    expect(changes).toEqual(["b2 for a", "c3 for b", "a4 for c"]);
    expect(failover.changes).toBe(3);
  });

  it("takes the next for other failures only when they come in a row", () => {
    const { failover, fail } = setUp(["a", "b"]);
    fail(false);
    fail(false);
    expect(failover.state()).toEqual([
      { server: "a", inUse: true, failures: 2, lastError: "refused" },
      { server: "b", inUse: false, failures: 0, lastError: undefined },
    ]);
    failover.succeeded(failover.current);
    fail(false);
    fail(false);
    expect(failover.current.server).toBe("a");
    fail(false);
    expect(failover.current.server).toBe("b");
  });

  it("knows the one that answered last again, if no other has answered in between", () => {
    const { failover, fail } = setUp(["a", "b"]);
    failover.succeeded(failover.current);
    fail();
    fail();
    expect(failover.current).toEqual({ server: "a", index: 0, epoch: 1 });
    fail();
    failover.succeeded(failover.current);
    fail();
    expect(failover.current.epoch).toBeGreaterThan(2);
  });

  it("is not moved by what an earlier one does late", () => {
    const { failover, fail } = setUp(["a", "b", "c"]);
    const first = failover.current;
    fail();
    for (let i = 0; i < 5; i++) fail(true, first);
    expect(failover.current.server).toBe("b");
    failover.succeeded(first);
    fail();
    fail();
    // What came late from the first did not make its epoch the latest.
    expect(failover.current.epoch).toBe(4);
  });

  it("with one server only counts", () => {
    const { failover, fail, changes } = setUp(["a"]);
    fail();
    expect([failover.current.epoch, changes, failover.state()[0]?.failures]).toEqual([1, [], 1]);
  });

  it("goes back to a better one when that has been well for a while", async () => {
    const { clock, well, probes, failover, fail, holder, changes } = setUp(["a", "b", "c"]);
    failover.hold(holder.signal);
    await clock.advance(60_000);
    expect(probes).toEqual([]);
    fail();
    fail();
    await clock.advance(20_000);
    expect(probes).toEqual(["a", "b", "a", "b", "a", "b", "a", "b"]);
    well.add("b");
    await clock.advance(20_000);
    // Down in between: the while begins again.
    well.delete("b");
    await clock.advance(5_000);
    well.add("b");
    await clock.advance(34_000);
    expect(failover.current.server).toBe("c");
    await clock.advance(6_000);
    expect(failover.current.server).toBe("b");
    well.add("a");
    await clock.advance(40_000);
    expect([failover.current.server, changes]).toEqual(["a", ["b2 for a", "c3 for b", "b4", "a5"]]);
    expect(clock.pending).toBe(0);
    holder.abort();
  });

  it("probes only while somebody holds, and leaves nothing", async () => {
    const { clock, probes, failover, fail, holder } = setUp(["a", "b"]);
    fail();
    await clock.advance(20_000);
    expect([probes, clock.pending]).toEqual([[], 0]);
    failover.hold(holder.signal);
    await clock.advance(5_000);
    expect(probes).toEqual(["a"]);
    holder.abort();
    expect(clock.pending).toBe(0);
    const again = new AbortController();
    failover.hold(again.signal);
    await clock.advance(5_000);
    expect(probes.length).toBe(2);
    failover.close();
    await clock.advance(20_000);
    expect([probes.length, clock.pending]).toEqual([2, 0]);
  });
});
