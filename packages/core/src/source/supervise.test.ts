import { describe, expect, it } from "vitest";
import { down, refused, shown, supervised } from "../../test-support/supervised.js";
import { fixedRandom } from "./fixed-random.js";
import type { ScriptedCall } from "./scripted-watch.js";
import { supervise } from "./supervise.js";
import { testEnv } from "./test-env.js";

describe("supervise: sharing", () => {
  it("starts nothing before the first observer, one watch for all, and stops it after the linger", async () => {
    const { clock, calls, observe, source, last } = supervised();
    await clock.advance(60_000);
    expect([calls.length, source.status.sample()]).toEqual([0, undefined]);
    const a = observe();
    const b = observe();
    last().yield("one");
    await clock.advance(0);
    expect([calls.length, a.seen, b.seen]).toEqual([1, ["pending", "one"], ["pending", "one"]]);
    a.close();
    b.close();
    await clock.advance(9_999);
    expect(last().context.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(last().context.signal.aborted).toBe(true);
    expect([clock.pending, source.status.sample()?.state]).toEqual([0, "closed"]);
  });

  it("keeps the watch and its last value for who comes back within the linger, starts over after it", async () => {
    const { clock, calls, observe, last } = supervised();
    const a = observe();
    last().yield("one");
    await clock.advance(0);
    a.close();
    await clock.advance(9_000);
    const b = observe();
    await clock.advance(9_000);
    expect([calls.length, b.seen]).toEqual([1, ["one"]]);
    b.close();
    await clock.advance(10_000);
    const c = observe();
    expect([calls.length, c.seen]).toEqual([2, ["pending"]]);
  });

  it("keeps what does not exist for 5 s at most", async () => {
    const { clock, observe, last } = supervised();
    const a = observe();
    last().yield(undefined);
    await clock.advance(0);
    a.close();
    await clock.advance(4_999);
    expect(last().context.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(last().context.signal.aborted).toBe(true);
  });

  it("counts those 5 s from when an idle source loses what it had", async () => {
    const { clock, observe, last } = supervised();
    const a = observe();
    last().yield("one");
    await clock.advance(0);
    a.close();
    await clock.advance(3_000);
    last().yield(undefined);
    await clock.advance(4_999);
    expect(last().context.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(last().context.signal.aborted).toBe(true);
  });
});

describe("supervise rule 7: closing", () => {
  it("aborts at once without linger, in any state, and hears nothing more", async () => {
    const states: Record<string, (call: ScriptedCall<string>) => void> = {
      connecting: () => {},
      answered: (call) => call.yield("one"),
      failing: (call) => call.throw(down()),
      ended: (call) => call.end(),
    };
    for (const [name, bring] of Object.entries(states)) {
      const { clock, observe, calls, last } = supervised({ lingerMs: 0 });
      const { seen, close } = observe();
      bring(last());
      await clock.advance(1);
      close();
      const before = [...seen];
      expect([name, calls.every((call) => call.context.signal.aborted)]).toEqual([name, true]);
      const count = calls.length;
      for (const call of calls) {
        call.yield("late");
        call.context.alive();
        call.throw(new Error("late"));
        await expect(call.context.pace()).rejects.toMatchObject({ code: "CLOSED" });
      }
      await clock.advance(120_000);
      expect([name, seen, calls.length, clock.pending]).toEqual([name, before, count, 0]);
    }
  });

  it("runs the generator's finally when it waits at a yield", async () => {
    const env = testEnv({ random: fixedRandom(0.5) });
    const { clock } = env;
    let cleaned = false;
    const source = supervise(env, { lingerMs: 0, pace: { burst: 1, perSecond: 0.001 } }, async function* () {
      try {
        yield "one";
        yield "two";
      } finally {
        cleaned = true;
        // biome-ignore lint/correctness/noUnsafeFinally: the point of the test
        throw new Error("and this reaches nobody");
      }
    });
    const handle = source.activity.run.observe(() => {});
    await clock.advance(1);
    handle.close();
    await clock.advance(0);
    expect([cleaned, clock.pending]).toEqual([true, 0]);
  });

  it("can be closed, and even started anew, from inside an update", async () => {
    const { clock, calls, source, last } = supervised({ lingerMs: 0 });
    const seen: string[] = [];
    const first = source.activity.run.observe((state) => {
      if (shown(state) !== "one") return;
      first.close();
      source.activity.run.observe((again) => seen.push(shown(again)));
    });
    last().yield("one");
    await clock.advance(0);
    expect(calls.length).toBe(2);
    expect(calls[0]?.context.signal.aborted).toBe(true);
    last().yield("two");
    await clock.advance(60_000);
    expect([seen, calls.length]).toEqual([["pending", "two"], 2]);
  });

  for (const trigger of ["a failure", "the status"] as const) {
    it(`runs one watch, and believes nothing of the old one, when ${trigger} makes an observer start anew`, async () => {
      const { clock, calls, source, last } = supervised({ lingerMs: 0 });
      const seen: string[] = [];
      let restarts = 0;
      const restart = (): void => {
        if (restarts++ > 0) return;
        first.close();
        source.activity.run.observe((state) => seen.push(shown(state)));
      };
      const first = source.activity.run.observe((state) => {
        if (shown(state) === "failed NAMER_REFUSED") restart();
      });
      if (trigger === "the status") {
        source.status.observe((status) => {
          if (status?.state === "live") restart();
        });
        last().yield("old");
      } else last().throw(refused());
      await clock.advance(100);
      expect([restarts > 0, calls.length, seen.includes("old")]).toEqual([true, 2, false]);
      expect(calls.map((call) => call.context.signal.aborted)).toEqual([true, false]);
    });
  }

  it("leaves no timer when it is closed from inside an update, though the next pull has to wait", async () => {
    const { clock, source, last } = supervised({ lingerMs: 0, pace: { burst: 0, perSecond: 1 } });
    const handle = source.activity.run.observe((state) => {
      if (shown(state) === "one") handle.close();
    });
    last().yield("one");
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });

  it("aborts the signal of a generator that has ended or thrown, too", async () => {
    const { clock, observe, calls, last } = supervised();
    observe();
    last().end();
    await clock.advance(0);
    last().throw(down());
    await clock.advance(100);
    expect(calls.map((call) => call.context.signal.aborted)).toEqual([true, true, false]);
  });
});
