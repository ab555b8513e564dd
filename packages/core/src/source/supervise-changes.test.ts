import { describe, expect, it } from "vitest";
import { down, supervised } from "../../test-support/supervised.js";

describe("supervise rule 5: equal is no change", () => {
  it("does not publish what is equal, but counts it as contact", async () => {
    const { clock, observe, last, source, metrics } = supervised(
      {},
      { equals: (a, b) => a.toLowerCase() === b.toLowerCase() },
    );
    const { seen } = observe();
    last().yield("one");
    await clock.advance(1_000);
    last().yield("ONE");
    await clock.advance(0);
    expect(seen).toEqual(["pending", "one"]);
    expect(source.status.sample()).toMatchObject({
      lastContactAt: "2020-01-01T00:00:01.000Z",
      lastChangeAt: "2020-01-01T00:00:00.000Z",
      counters: { updates: 1, unchanged: 1 },
    });
    expect(metrics.snapshot()).toMatchObject({ updates: 1, unchanged: 1, opens: 1 });
  });

  it("asks again by itself after a failure, not at the next change", async () => {
    const { clock, observe, last, calls } = supervised();
    observe();
    last().yield("one");
    await clock.advance(0);
    last().throw(down());
    await clock.advance(100);
    expect(calls.length).toBe(2);
  });
});

describe("supervise rule 9: the guard against sudden emptiness", () => {
  const guarded = () => supervised({ emptyGraceMs: 3_000 }, { isEmpty: (value) => value === "" });

  it("believes at once by default", async () => {
    const { clock, observe, last } = supervised({}, { isEmpty: (value) => value === "" });
    const { seen } = observe();
    last().yield("one");
    last().yield("");
    await clock.advance(0);
    expect(seen).toEqual(["pending", "one", "neg"]);
  });

  it("holds a drop to nothing for the grace time, and flags it", async () => {
    const { clock, observe, last, source } = guarded();
    const { seen } = observe();
    last().yield("one");
    last().yield("");
    await clock.advance(2_999);
    expect(seen).toEqual(["pending", "one"]);
    expect(source.status.sample()?.counters).toMatchObject({ held_empty: 1 });
    await clock.advance(1);
    expect(seen).toEqual(["pending", "one", "neg"]);
  });

  it("forgets about it when there is something again", async () => {
    const { clock, observe, last } = guarded();
    const { seen } = observe();
    last().yield("one");
    last().yield("");
    await clock.advance(1_000);
    last().yield("two");
    await clock.advance(60_000);
    expect(seen).toEqual(["pending", "one", "two"]);
  });

  it("does not believe it while contact is lost", async () => {
    const { clock, observe, last } = guarded();
    const { seen } = observe();
    last().yield("one");
    last().yield("");
    await clock.advance(1_000);
    last().throw(down());
    await clock.advance(10_000);
    expect(seen).toEqual(["pending", "one"]);
    last().yield("");
    await clock.advance(0);
    expect(seen).toEqual(["pending", "one", "neg"]);
  });

  it("believes it with a sign of life, which says that the last answer is still true", async () => {
    const { clock, observe, last } = guarded();
    const { seen } = observe();
    last().yield("one");
    last().yield("");
    await clock.advance(0);
    last().context.alive();
    last().throw(down());
    await clock.advance(10_000);
    expect(seen).toEqual(["pending", "one"]);
    last().context.alive();
    expect(seen).toEqual(["pending", "one", "neg"]);
  });

  it("does not hold back a first answer", async () => {
    const { clock, observe, last } = guarded();
    const { seen } = observe();
    last().yield("");
    await clock.advance(0);
    expect(seen).toEqual(["pending", "neg"]);
  });
});
