import { describe, expect, it } from "vitest";
import { down, refused, supervised } from "../../test-support/supervised.js";
import { fixedRandom } from "./fixed-random.js";
import { supervise } from "./supervise.js";
import { testEnv } from "./test-env.js";
import type { Watch } from "./watch.js";

describe("supervise rule 3: no hot loop", () => {
  it("backs off between failures: 100 ms doubling to 10 s", async () => {
    const env = testEnv({ random: fixedRandom(0.999_999_999) });
    const { clock } = env;
    const starts: number[] = [];
    const watch: Watch<string> = () => {
      starts.push(clock.now());
      throw down();
    };
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
      const env = testEnv({ random: fixedRandom(0.5) });
      const { clock } = env;
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
      const handle = supervise(env, {}, counted).activity.run.observe(() => {});
      await clock.advance(10_000);
      expect([name, runs]).toEqual([name, 26]);
      handle.close();
    }
  });

  it("lets a generator that asks again without yielding keep the same pace", async () => {
    const env = testEnv({ random: fixedRandom(0.5) });
    const { clock } = env;
    let requests = 0;
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
      const { clock, calls, observe, last } = supervised();
      observe();
      last().throw(down({ retryAfterMs: asked }));
      await clock.advance(least - 1);
      expect(calls.length).toBe(1);
      await clock.advance(most - least + 1);
      expect(calls.length).toBe(2);
    }
  });

  it("is not got around by leaving and coming back", async () => {
    const { clock, calls, observe, last } = supervised({ lingerMs: 0 });
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
