import { describe, expect, it } from "vitest";
import { down, refused, shown, supervised } from "../../test-support/supervised.js";
import { NamerError } from "../errors.js";
import { fixedRandom } from "./fixed-random.js";
import { supervise } from "./supervise.js";
import { testEnv } from "./test-env.js";
import type { Watch } from "./watch.js";

describe("supervise rule 1: the first answer", () => {
  it("takes a definite not-found for Neg at once", async () => {
    const { clock, observe, last } = supervised();
    const { seen } = observe();
    last().yield(undefined);
    await clock.advance(0);
    expect(seen).toEqual(["pending", "neg"]);
  });

  it("fails at once with the server's words when refused or not understood, and goes on trying", async () => {
    for (const code of ["NAMER_REFUSED", "NAMER_ANSWER"]) {
      const { clock, observe, last, calls } = supervised();
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
    const { clock, observe, calls, last } = supervised();
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
    const { clock, observe, last } = supervised({ firstAnswerMs: 300 });
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
    const { clock, observe, last } = supervised({ whenUnavailable: "neg" });
    const { seen } = observe();
    last().throw(down());
    await clock.advance(5_000);
    expect(seen).toEqual(["pending", "neg"]);
    const other = supervised({ whenUnavailable: "neg" });
    const second = other.observe();
    other.last().throw(refused({ retryAfterMs: 20_000 }));
    await other.clock.advance(10_000);
    expect(second.seen).toEqual(["pending", "failed NAMER_REFUSED"]);
  });

  it("takes whatever is thrown, by a generator or before there is one, for a failure of the catalogue", async () => {
    const env = testEnv({ random: fixedRandom(0.5) });
    const { clock } = env;
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
    const { clock, observe, last, source } = supervised();
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
    const { clock, observe, last } = supervised({ maxStaleMs: 60_000 });
    const { seen, errors } = observe();
    last().yield("one");
    await clock.advance(50_000);
    last().throw(down());
    await clock.advance(9_999);
    expect(seen).toEqual(["pending", "one"]);
    await clock.advance(1);
    expect(seen.at(-1)).toBe("failed NAMER_STALE");
    expect(errors[0]?.final).toBe(true);
    const count = seen.length;
    await clock.advance(60_000);
    last().throw(new NamerError("NAMER_UNAVAILABLE", "down in another way"));
    await clock.advance(60_000);
    expect(seen.length).toBe(count);
    last().context.alive();
    expect(seen.at(-1)).toBe("one");
  });

  it("does not take a quiet catalogue for a lost one", async () => {
    const { clock, observe, last } = supervised({ maxStaleMs: 60_000 });
    const { seen } = observe();
    last().yield("one");
    await clock.advance(600_000);
    expect(seen).toEqual(["pending", "one"]);
  });

  it("believes a final error of the author's", async () => {
    const { clock, observe, last } = supervised();
    const { seen } = observe();
    last().yield("one");
    await clock.advance(0);
    last().throw(refused({ final: true }));
    await clock.advance(0);
    expect(seen.at(-1)).toBe("failed NAMER_REFUSED");
  });
});
