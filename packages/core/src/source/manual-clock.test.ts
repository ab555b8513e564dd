import { describe, expect, it } from "vitest";
import { ManualClock } from "./manual-clock.js";

describe("ManualClock", () => {
  it("fires by due time, then by creation, each at its own time", async () => {
    const clock = new ManualClock();
    const fired: string[] = [];
    const note = (name: string) => () => fired.push(`${name}@${clock.now()}`);
    clock.after(20, note("late"));
    clock.after(10, note("first"));
    clock.after(10, note("second"));
    await clock.advance(9);
    expect(fired).toEqual([]);
    await clock.advance(11);
    expect(fired).toEqual(["first@10", "second@10", "late@20"]);
    expect([clock.now(), clock.pending]).toEqual([20, 0]);
  });

  it("lets long chains of promises settle before the next timer and before it returns", async () => {
    const clock = new ManualClock();
    const order: string[] = [];
    clock.after(1, () => {
      let chain: Promise<unknown> = Promise.resolve();
      for (let i = 0; i < 200; i++) chain = chain.then(() => {});
      void chain.then(() => {
        order.push(`chain@${clock.now()}`);
        clock.after(1, () => order.push(`child@${clock.now()}`));
      });
    });
    clock.after(3, () => order.push("last"));
    await clock.advance(3);
    expect(order).toEqual(["chain@1", "child@2", "last"]);
  });

  it("does not fire what was closed, even by a timer of the same instant", async () => {
    const clock = new ManualClock();
    let fired = false;
    clock.after(5, () => second.close());
    const second = clock.after(5, () => {
      fired = true;
    });
    await clock.advance(5);
    expect(fired).toBe(false);
  });

  it("sleeps, and rejects with the reason as soon as the signal aborts, leaving no timer", async () => {
    const clock = new ManualClock();
    let awake = false;
    const done = clock.sleep(100).then(() => {
      awake = true;
    });
    await clock.advance(99);
    expect(awake).toBe(false);
    await clock.advance(1);
    await done;
    const abort = new AbortController();
    const sleeping = clock.sleep(100, abort.signal);
    expect(clock.pending).toBe(1);
    abort.abort(new Error("enough"));
    await expect(sleeping).rejects.toThrow("enough");
    await expect(clock.sleep(1, abort.signal)).rejects.toThrow("enough");
    expect(clock.pending).toBe(0);
  });

  it("keeps going when a timer throws, and throws it at the end", async () => {
    const clock = new ManualClock();
    let reached = false;
    clock.after(1, () => {
      throw new Error("boom");
    });
    clock.after(2, () => {
      reached = true;
    });
    await expect(clock.advance(5)).rejects.toThrow("boom");
    expect([reached, clock.now()]).toEqual([true, 5]);
  });

  it("refuses a loop that lets no time pass, and two advances at once", async () => {
    const clock = new ManualClock();
    const again = (): void => void clock.after(0, again);
    again();
    await expect(clock.advance(1)).rejects.toThrow("hot loop");
    const other = new ManualClock();
    const first = other.advance(1);
    await expect(other.advance(1)).rejects.toThrow("under way");
    await first;
  });

  it("never fires at infinity, and takes the past for now", async () => {
    const clock = new ManualClock({ wall: 1_000 });
    let fired = 0;
    clock.after(Number.POSITIVE_INFINITY, () => fired++);
    clock.after(-5, () => fired++);
    await clock.advance(7);
    expect([fired, clock.pending, clock.wall()]).toEqual([1, 0, 1_007]);
  });
});
