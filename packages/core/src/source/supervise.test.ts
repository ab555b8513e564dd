import { describe, expect, it } from "vitest";
import { NamerError } from "../errors.js";
import type { State } from "../values/state.js";
import { fixedRandom } from "./fixed-random.js";
import { ManualClock } from "./manual-clock.js";
import { memoryMetrics } from "./metrics.js";
import { recordingLog } from "./recording-log.js";
import type { PartialSourceOptions } from "./source-options.js";
import { type SuperviseSpec, supervise } from "./supervise.js";
import type { Watch, WatchContext } from "./watch.js";

/** One call of the generator under test, driven from outside. */
interface Call {
  readonly context: WatchContext;
  readonly at: number;
  yield(value: string | undefined): void;
  throw(error: unknown): void;
  end(): void;
}

function setUp(options: PartialSourceOptions = {}, spec: SuperviseSpec<string> = {}) {
  const clock = new ManualClock();
  const metrics = memoryMetrics({ clock });
  const log = recordingLog();
  const calls: Call[] = [];
  /** A generator that does what its call is told, one thing after the other. */
  const watch: Watch<string> = async function* (context) {
    const todo: (() => IteratorResult<string | undefined>)[] = [];
    let wake = (): void => {};
    const push = (step: () => IteratorResult<string | undefined>): void => {
      todo.push(step);
      wake();
    };
    calls.push({
      context,
      at: clock.now(),
      yield: (value) => push(() => ({ done: false, value })),
      throw: (error) =>
        push(() => {
          throw error;
        }),
      end: () => push(() => ({ done: true, value: undefined })),
    });
    for (;;) {
      while (todo.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const step = (todo.shift() as () => IteratorResult<string | undefined>)();
      if (step.done) return;
      yield step.value;
    }
  };
  const source = supervise({ clock, random: fixedRandom(0.999_999), metrics, log }, options, watch, spec);
  const observe = () => {
    const seen: string[] = [];
    const errors: NamerError[] = [];
    const handle = source.activity.run.observe((state) => {
      seen.push(shown(state));
      if (state.status === "failed") errors.push(state.error);
    });
    return { seen, errors, close: () => handle.close() };
  };
  const last = (): Call => calls.at(-1) as Call;
  return { clock, metrics, log, calls, source, observe, last };
}

function shown(state: State<string | undefined>): string {
  if (state.status === "ok") return state.value ?? "neg";
  return state.status === "failed" ? `failed ${state.error.code}` : "pending";
}

const refused = (options = {}) => new NamerError("NAMER_REFUSED", "401: no token, no answer", options);
const down = (options = {}) => new NamerError("NAMER_UNAVAILABLE", "connect ECONNREFUSED 192.0.2.1:80", options);

describe("supervise: sharing", () => {
  it("starts nothing before the first observer, one watch for all, and stops it after the linger", async () => {
    const { clock, calls, observe, source, last } = setUp();
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
    const { clock, calls, observe, last } = setUp();
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
    const { clock, observe, last } = setUp();
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
    const { clock, observe, last } = setUp();
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

describe("supervise rule 1: the first answer", () => {
  it("takes a definite not-found for Neg at once", async () => {
    const { clock, observe, last } = setUp();
    const { seen } = observe();
    last().yield(undefined);
    await clock.advance(0);
    expect(seen).toEqual(["pending", "neg"]);
  });

  it("fails at once with the server's words when refused or not understood, and goes on trying", async () => {
    for (const code of ["NAMER_REFUSED", "NAMER_ANSWER"]) {
      const { clock, observe, last, calls } = setUp();
      const { seen, errors } = observe();
      last().throw(new NamerError(code, "no token, no answer"));
      await clock.advance(0);
      expect(seen).toEqual(["pending", `failed ${code}`]);
      expect(errors[0]?.message).toContain("no token, no answer");
      await clock.advance(100);
      expect(calls.length).toBe(2);
      last().yield("one");
      await clock.advance(0);
      expect(seen.at(-1)).toBe("one");
    }
  });

  it("stays pending for 5 s while it retries, then fails with the cause", async () => {
    const { clock, observe, calls, last } = setUp();
    const { seen, errors } = observe();
    for (let ms = 0; ms < 4_999; ms++) {
      const before = calls.length;
      if (ms === 0 || calls.length > before) last().throw(down());
      await clock.advance(1);
      if (calls.length > before) last().throw(down());
    }
    expect(seen).toEqual(["pending"]);
    expect(calls.length).toBeGreaterThan(4);
    await clock.advance(1);
    expect(seen).toEqual(["pending", "failed NAMER_UNAVAILABLE"]);
    expect(errors[0]?.message).toContain("ECONNREFUSED 192.0.2.1:80");
  });

  it("fails with what was asked when there was only silence", async () => {
    const { clock, observe, last } = setUp({ firstAnswerMs: 300 });
    const { seen, errors } = observe();
    last().context.request("GET http://rancher-metadata/latest/version");
    await clock.advance(300);
    expect(seen).toEqual(["pending", "failed NAMER_PENDING"]);
    expect(errors[0]?.message).toContain("GET http://rancher-metadata/latest/version");
    last().yield("late");
    await clock.advance(0);
    expect(seen.at(-1)).toBe("late");
  });

  it("is Neg instead with whenUnavailable: neg; a refusal stays a failure", async () => {
    const { clock, observe, last } = setUp({ whenUnavailable: "neg" });
    const { seen } = observe();
    last().throw(down());
    await clock.advance(5_000);
    expect(seen).toEqual(["pending", "neg"]);
    const other = setUp({ whenUnavailable: "neg" });
    const second = other.observe();
    other.last().throw(refused());
    await other.clock.advance(0);
    expect(second.seen).toEqual(["pending", "failed NAMER_REFUSED"]);
  });

  it("takes whatever is thrown, by a generator or before there is one, for a failure of the catalogue", async () => {
    const clock = new ManualClock();
    const env = { clock, random: fixedRandom(0.5), metrics: memoryMetrics({ clock }), log: recordingLog() };
    const broken: Watch<string>[] = [
      () => {
        throw new TypeError("no fetch");
      },
      () => ({}) as AsyncIterable<string>,
      () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject("just text") }) }),
      () => ({ [Symbol.asyncIterator]: () => ({}) as AsyncIterator<string> }),
    ];
    for (const watch of broken) {
      const seen: string[] = [];
      const source = supervise(env, { lingerMs: 0 }, watch);
      const handle = source.activity.run.observe((state) => seen.push(shown(state)));
      await clock.advance(5_000);
      expect(seen).toEqual(["pending", "failed NAMER_UNAVAILABLE"]);
      handle.close();
    }
    expect(clock.pending).toBe(0);
  });
});

describe("supervise rule 2: staleness", () => {
  it("keeps the last good value through any failure, and knows since when", async () => {
    const { clock, observe, last, source } = setUp();
    const { seen } = observe();
    last().yield("one");
    await clock.advance(1_000);
    last().throw(refused());
    await clock.advance(0);
    const status = source.status.sample();
    expect(status).toMatchObject({ state: "stale", lastError: { code: "NAMER_REFUSED" } });
    expect([status?.lastContactAt, status?.staleSince]).toEqual([
      "2020-01-01T00:00:00.000Z",
      "2020-01-01T00:00:01.000Z",
    ]);
    await clock.advance(86_400_000);
    expect(seen).toEqual(["pending", "one"]);
    expect(observe().seen).toEqual(["one"]);
  });

  it("disowns it for good after maxStaleMs without contact, until there is contact again", async () => {
    const { clock, observe, last } = setUp({ maxStaleMs: 60_000 });
    const { seen, errors } = observe();
    last().yield("one");
    await clock.advance(50_000);
    last().throw(down());
    await clock.advance(9_999);
    expect(seen).toEqual(["pending", "one"]);
    await clock.advance(1);
    expect(seen.at(-1)).toBe("failed NAMER_STALE");
    expect(errors[0]?.final).toBe(true);
    last().context.alive();
    expect(seen.at(-1)).toBe("one");
  });

  it("does not take a quiet catalogue for a lost one", async () => {
    const { clock, observe, last } = setUp({ maxStaleMs: 60_000 });
    const { seen } = observe();
    last().yield("one");
    await clock.advance(600_000);
    expect(seen).toEqual(["pending", "one"]);
  });

  it("believes a final error of the author's", async () => {
    const { clock, observe, last } = setUp();
    const { seen } = observe();
    last().yield("one");
    await clock.advance(0);
    last().throw(refused({ final: true }));
    await clock.advance(0);
    expect(seen.at(-1)).toBe("failed NAMER_REFUSED");
  });
});

describe("supervise rule 3: no hot loop", () => {
  it("backs off between failures: 100 ms doubling to 10 s", async () => {
    const clock = new ManualClock();
    const starts: number[] = [];
    const watch: Watch<string> = () => {
      starts.push(clock.now());
      throw down();
    };
    const env = { clock, random: fixedRandom(0.999_999_999), metrics: memoryMetrics({ clock }), log: recordingLog() };
    supervise(env, {}, watch).activity.run.observe(() => {});
    await clock.advance(45_000);
    const gaps = starts.slice(1).map((at, i) => Math.round(at - (starts[i] as number)));
    expect(gaps).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000]);
  });

  it("paces successful answers, and generators that only return: five at once, then two a second", async () => {
    const watches: Record<string, Watch<number>> = {
      async *yields() {
        for (let i = 0; ; i++) yield i;
      },
      async *polls() {
        yield Math.random();
      },
      async *returns() {},
    };
    for (const [name, watch] of Object.entries(watches)) {
      const clock = new ManualClock();
      let runs = 0;
      const counted: Watch<number> = (context) => {
        const inner = watch(context)[Symbol.asyncIterator]();
        return {
          [Symbol.asyncIterator]: () => ({
            next: async () => {
              const result = await inner.next();
              if (name === "returns" || !result.done) runs++;
              return result;
            },
          }),
        };
      };
      const env = { clock, random: fixedRandom(0.5), metrics: memoryMetrics({ clock }), log: recordingLog() };
      const handle = supervise(env, {}, counted).activity.run.observe(() => {});
      await clock.advance(10_000);
      expect([name, runs]).toEqual([name, 26]);
      handle.close();
    }
  });

  it("lets a generator that asks again without yielding keep the same pace", async () => {
    const clock = new ManualClock();
    let requests = 0;
    const env = { clock, random: fixedRandom(0.5), metrics: memoryMetrics({ clock }), log: recordingLog() };
    const source = supervise(env, { lingerMs: 0 }, async function* ({ pace, alive }) {
      yield "one";
      for (;;) {
        requests++;
        alive();
        await pace();
      }
    });
    const handle = source.activity.run.observe(() => {});
    await clock.advance(10_000);
    expect(requests).toBe(25);
    handle.close();
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });

  it("obeys Retry-After, up to 60 s", async () => {
    for (const [asked, least, most] of [
      [5_000, 5_000, 5_500],
      [3_600_000, 54_000, 60_000],
    ] as const) {
      const { clock, calls, observe, last } = setUp();
      observe();
      last().throw(down({ retryAfterMs: asked }));
      await clock.advance(least - 1);
      expect(calls.length).toBe(1);
      await clock.advance(most - least + 1);
      expect(calls.length).toBe(2);
    }
  });

  it("is not got around by leaving and coming back", async () => {
    const { clock, calls, observe, last } = setUp({ lingerMs: 0 });
    const first = observe();
    last().throw(refused({ retryAfterMs: 20_000 }));
    await clock.advance(0);
    first.close();
    for (let i = 0; i < 100; i++) {
      const again = observe();
      expect(again.seen.at(-1)).toBe("failed NAMER_REFUSED");
      await clock.advance(10);
      again.close();
    }
    expect(calls.length).toBe(1);
    observe();
    await clock.advance(22_000);
    expect(calls.length).toBe(2);
  });
});

describe("supervise rule 5: equal is no change", () => {
  it("does not publish what is equal, but counts it as contact", async () => {
    const { clock, observe, last, source, metrics } = setUp(
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
    const { clock, observe, last, calls } = setUp();
    observe();
    last().yield("one");
    await clock.advance(0);
    last().throw(down());
    await clock.advance(100);
    expect(calls.length).toBe(2);
  });
});

describe("supervise rule 7: closing", () => {
  it("aborts at once without linger, in any state, and hears nothing more", async () => {
    const states: Record<string, (call: Call) => void> = {
      connecting: () => {},
      answered: (call) => call.yield("one"),
      failing: (call) => call.throw(down()),
      ended: (call) => call.end(),
    };
    for (const [name, bring] of Object.entries(states)) {
      const { clock, observe, calls, last } = setUp({ lingerMs: 0 });
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
    const clock = new ManualClock();
    let cleaned = false;
    const env = { clock, random: fixedRandom(0.5), metrics: memoryMetrics({ clock }), log: recordingLog() };
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
    const { clock, calls, source, last } = setUp({ lingerMs: 0 });
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

  it("aborts the signal of a generator that has ended or thrown, too", async () => {
    const { clock, observe, calls, last } = setUp();
    observe();
    last().end();
    await clock.advance(0);
    last().throw(down());
    await clock.advance(100);
    expect(calls.map((call) => call.context.signal.aborted)).toEqual([true, true, false]);
  });
});

describe("supervise rule 9: the guard against sudden emptiness", () => {
  const guarded = () => setUp({ emptyGraceMs: 3_000 }, { isEmpty: (value) => value === "" });

  it("believes at once by default", async () => {
    const { clock, observe, last } = setUp({}, { isEmpty: (value) => value === "" });
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

  it("does not hold back a first answer", async () => {
    const { clock, observe, last } = guarded();
    const { seen } = observe();
    last().yield("");
    await clock.advance(0);
    expect(seen).toEqual(["pending", "neg"]);
  });
});

describe("supervise rule 11: status, metrics, log", () => {
  it("goes connecting, live, stale, live, closed", async () => {
    const { clock, observe, last, source } = setUp({ lingerMs: 0 });
    const states: (string | undefined)[] = [];
    source.status.observe((status) => {
      if (status?.state !== states.at(-1)) states.push(status?.state);
    });
    const { close } = observe();
    last().yield("one");
    await clock.advance(0);
    last().throw(down());
    await clock.advance(100);
    last().yield("one");
    await clock.advance(0);
    close();
    expect(states).toEqual(["connecting", "live", "stale", "live", "closed"]);
  });

  it("counts errors by code", async () => {
    const { clock, observe, last, metrics } = setUp();
    observe();
    last().throw(refused());
    await clock.advance(100);
    last().throw(new Error("strange"));
    await clock.advance(0);
    expect(metrics.snapshot()).toMatchObject({ errors: 2, "errors/NAMER_REFUSED": 1, "errors/NAMER_UNAVAILABLE": 1 });
  });

  it("never shows user and password of a URL", async () => {
    const { clock, observe, last, source, log } = setUp();
    observe();
    last().context.request("GET https://user:hunter2@catalogue/v1");
    last().throw(new NamerError("NAMER_UNAVAILABLE", "https://user:hunter2@catalogue/v1 is down"));
    await clock.advance(0);
    const text = JSON.stringify([source.status.sample(), log.lines]);
    expect(text).toContain("https://catalogue/v1");
    expect(text).not.toContain("hunter2");
  });

  it("warns once per outage, and says when it is over", async () => {
    const { clock, observe, last, log } = setUp();
    observe();
    for (let i = 0; i < 3; i++) {
      last().throw(down());
      await clock.advance(1_000);
    }
    last().yield("one");
    await clock.advance(0);
    expect(log.lines.map((line) => line.level)).toEqual(["warn", "debug", "debug", "info"]);
  });

  it("does not take an observer's exception for the catalogue's", async () => {
    const { clock, source, last, log, calls } = setUp();
    source.activity.run.observe((state) => {
      if (state.status === "ok") throw new Error("observer");
    });
    source.status.observe((status) => {
      if (status?.state === "live") throw new Error("status observer");
    });
    last().yield("one");
    await clock.advance(0);
    last().yield("two");
    await clock.advance(0);
    expect(shown(source.activity.run.sample())).toBe("two");
    expect(calls.length).toBe(1);
    expect(new Set(log.lines.map((line) => line.message))).toEqual(new Set(["an observer threw"]));
  });
});
