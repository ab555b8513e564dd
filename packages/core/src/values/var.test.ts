import { describe, expect, it } from "vitest";
import type { Closable } from "./closable.js";
import { varProtocol } from "./protocol.js";
import { type MutableVar, Var } from "./var.js";

function watch<T>(source: Var<T>): { seen: T[]; handle: Closable } {
  const seen: T[] = [];
  const handle = source.observe((value) => seen.push(value));
  return { seen, handle };
}

describe("a mutable Var", () => {
  it("shows the current value at once and each update after it", () => {
    const v = Var.mutable(1);
    const { seen } = watch(v);
    v.update(2);
    v.update(2);
    expect(seen).toEqual([1, 2, 2]);
    expect(v.sample()).toBe(2);
  });

  it("tells observers in order of registration, those of derived Vars after its own", () => {
    const v = Var.mutable(0);
    const order: string[] = [];
    v.flatMap(() => v).observe(() => order.push("deep"));
    v.observe(() => order.push("first"));
    v.observe(() => order.push("second"));
    order.length = 0;
    v.update(1);
    expect(order).toEqual(["first", "second", "deep"]);
  });

  it("skips an observer closed by an earlier one during the same update", () => {
    const v = Var.mutable(0);
    let second: Closable | undefined;
    v.observe((value) => {
      if (value === 1) second?.close();
    });
    const seen: number[] = [];
    second = v.observe((value) => seen.push(value));
    v.update(1);
    v.update(2);
    expect(seen).toEqual([0]);
  });

  it("gives an observer that joins during an update the new value once", () => {
    const v = Var.mutable(0);
    const late: number[] = [];
    let joined = false;
    v.observe((value) => {
      if (value === 1 && !joined) {
        joined = true;
        v.observe((inner) => late.push(inner));
      }
    });
    v.update(1);
    expect(late).toEqual([1]);
    v.update(2);
    expect(late).toEqual([1, 2]);
  });

  it("lets an observer update it again: all end on the latest, none sees an older value after a newer", () => {
    const v = Var.mutable(0);
    const before = watch(v);
    v.observe((value) => {
      if (value === 1) v.update(2);
    });
    const after = watch(v);
    v.update(1);
    expect(before.seen).toEqual([0, 1, 2]);
    expect(after.seen).toEqual([0, 2]);
  });

  it("tells everybody even if observers throw, and then throws what they threw", () => {
    const v = Var.mutable(0);
    const boom = (name: string) => (value: number) => {
      if (value > 0) throw new Error(name);
    };
    v.observe(boom("a"));
    const { seen } = watch(v);
    v.map((x) => x).observe(boom("b"));
    const last = watch(v.map((x) => x * 10));
    expect(() => v.update(1)).toThrow(AggregateError);
    expect(seen).toEqual([0, 1]);
    expect(last.seen).toEqual([0, 10]);
  });

  it("keeps no observer whose first call threw", () => {
    const v = Var.mutable(0);
    let calls = 0;
    const bad = () => {
      calls++;
      throw new Error("no");
    };
    expect(() => v.observe(bad)).toThrow("no");
    expect(() => v.map((x) => x).observe(bad)).toThrow("no");
    v.update(1);
    expect(calls).toBe(2);
  });

  it("has handles that close any number of times", () => {
    const v = Var.mutable(0);
    const a = watch(v);
    const b = watch(v);
    a.handle.close();
    a.handle.close();
    v.update(1);
    expect([a.seen, b.seen]).toEqual([[0], [0, 1]]);
  });
});

describe("derived Vars", () => {
  it("never show one half of an update: a joined with itself, and through a flatMap", () => {
    const a = Var.mutable(0);
    const joined = watch(Var.join(a, a));
    const nested = watch(a.flatMap((left) => a.map((right) => [left, right])));
    const collected = watch(Var.collect([a, a.map((x) => x * 2), Var.join(a, a).map(([x, y]) => x + y)]));
    a.update(1);
    expect(joined.seen).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(nested.seen).toEqual(joined.seen);
    expect(collected.seen).toEqual([
      [0, 0, 0],
      [1, 2, 2],
    ]);
  });

  it("do nothing without an observer", () => {
    const divisor = Var.mutable(0);
    let runs = 0;
    const quotient = divisor.map((d) => {
      runs++;
      if (d === 0) throw new RangeError("divided by zero");
      return 10 / d;
    });
    divisor.update(5);
    expect(runs).toBe(0);
    expect(quotient.sample()).toBe(2);
    expect(runs).toBe(1);
  });

  it("follow only the branch that is chosen", () => {
    const counts = { left: 0, right: 0 };
    const branch = (name: "left" | "right") =>
      Var.async(name, (_set, signal) => {
        counts[name]++;
        signal.addEventListener("abort", () => counts[name]--);
      });
    const left = branch("left");
    const right = branch("right");
    const which = Var.mutable(true);
    const { seen, handle } = watch(which.flatMap((l) => (l ? left : right)));
    expect(counts).toEqual({ left: 1, right: 0 });
    which.update(false);
    expect(counts).toEqual({ left: 0, right: 1 });
    handle.close();
    expect(counts).toEqual({ left: 0, right: 0 });
    expect(seen).toEqual(["left", "right"]);
  });

  it("observe the new choice before letting go of the old, so that what both use is not restarted", () => {
    let starts = 0;
    const shared = Var.async(7, () => {
      starts++;
    });
    const which = Var.mutable(0);
    const { seen, handle } = watch(which.flatMap((n) => shared.map((s) => s + n)));
    which.update(1);
    which.update(2);
    expect(starts).toBe(1);
    expect(seen).toEqual([7, 8, 9]);
    handle.close();
  });

  it("do not publish again when the same unchanged Var is chosen, but do for a fresh constant", () => {
    const which = Var.mutable(0);
    const fixed = Var.value("same");
    const same = watch(which.flatMap(() => fixed));
    const fresh = watch(which.flatMap(() => Var.value("same")));
    which.update(1);
    expect(same.seen).toEqual(["same"]);
    expect(fresh.seen).toEqual(["same", "same"]);
  });

  it("collect 20,000 Vars without overflowing, and visit only what changed", () => {
    const cells: MutableVar<number>[] = Array.from({ length: 20_000 }, (_, i) => Var.mutable(i));
    let mapped = 0;
    const all = Var.collect(
      cells.map((cell) =>
        cell.map((x) => {
          mapped++;
          return x;
        }),
      ),
    );
    let last: readonly number[] = [];
    const handle = all.observe((values) => {
      last = values;
    });
    mapped = 0;
    cells[19_999]?.update(-1);
    expect(last[19_999]).toBe(-1);
    expect(last[0]).toBe(0);
    expect(mapped).toBe(1);
    handle.close();
  });

  it("give the identical object of a constant", () => {
    const object = {};
    expect(Var.value(object).sample()).toBe(object);
    expect(Var.collect([]).sample()).toEqual([]);
  });
});

describe("Var.async", () => {
  it("runs its body once for all observers, and aborts it with the last", () => {
    let runs = 0;
    let stops = 0;
    const v = Var.async(0, (_set, signal) => {
      runs++;
      signal.addEventListener("abort", () => stops++);
    });
    const a = watch(v);
    const b = watch(v);
    expect([runs, stops]).toEqual([1, 0]);
    a.handle.close();
    a.handle.close();
    expect(stops).toBe(0);
    b.handle.close();
    expect(stops).toBe(1);
  });

  it("runs the body before the first observer sees anything", () => {
    expect(watch(Var.async("initial", (set) => set("at once"))).seen).toEqual(["at once"]);
  });

  it("starts over after the last observer left, and ignores what a stopped body still sets", () => {
    const sets: ((n: number) => void)[] = [];
    const v = Var.async(0, (set) => sets.push(set));
    const a = watch(v);
    sets[0]?.(1);
    a.handle.close();
    const b = watch(v);
    sets[0]?.(99);
    sets[1]?.(2);
    expect([a.seen, b.seen]).toEqual([
      [0, 1],
      [0, 2],
    ]);
  });

  it("stops when the body throws, and can be tried again", () => {
    let broken = true;
    let aborted = 0;
    const v = Var.async(0, (set, signal) => {
      signal.addEventListener("abort", () => aborted++);
      if (broken) throw new Error("no start");
      set(1);
    });
    expect(() => v.sample()).toThrow("no start");
    expect(aborted).toBe(1);
    broken = false;
    expect(v.sample()).toBe(1);
  });
});

describe("changes", () => {
  it("gives the current value, then the latest; what lies between is not queued", async () => {
    const v = Var.mutable(0);
    const iterator = v.changes()[Symbol.asyncIterator]();
    expect(await iterator.next()).toEqual({ done: false, value: 0 });
    v.update(1);
    v.update(2);
    expect(await iterator.next()).toEqual({ done: false, value: 2 });
    const waiting = iterator.next();
    v.update(3);
    expect(await waiting).toEqual({ done: false, value: 3 });
    await iterator.return?.();
    expect((await iterator.next()).done).toBe(true);
  });

  it("ends, and lets go of the Var, when the signal aborts", async () => {
    let stopped = false;
    const v = Var.async(0, (_set, signal) => {
      signal.addEventListener("abort", () => {
        stopped = true;
      });
    });
    const abort = new AbortController();
    const seen: number[] = [];
    for await (const value of v.changes({ signal: abort.signal })) {
      seen.push(value);
      queueMicrotask(() => abort.abort());
    }
    expect(seen).toEqual([0]);
    expect(stopped).toBe(true);
  });
});

describe("the protocol", () => {
  it("is reached through a registered symbol, so that a Var of another copy of core takes part", () => {
    const ours = Var.mutable(1);
    // What another copy offers: an object that has nothing of our classes but the symbol.
    const foreign = { [Symbol.for("@namerkit/core/var@1")]: ours[varProtocol].bind(ours) } as unknown as Var<number>;
    expect(Var.is(foreign)).toBe(true);
    const { seen } = watch(Var.value(0).flatMap(() => foreign));
    ours.update(2);
    expect(seen).toEqual([1, 2]);
  });
});
