import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Backoff } from "./backoff.js";
import { fixedRandom } from "./fixed-random.js";
import { ManualClock } from "./manual-clock.js";

const high = fixedRandom(0.999_999_999);

describe("Backoff", () => {
  it("doubles from 100 ms and stays at 10 s", () => {
    const backoff = new Backoff(new ManualClock(), high);
    const delays = Array.from({ length: 9 }, () => Math.round(backoff.failed()));
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  });

  it("draws over the whole range, but never nothing", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(2_000), (draw, failures) => {
        const backoff = new Backoff(new ManualClock(), () => draw);
        let delay = 0;
        for (let i = 0; i <= failures; i++) delay = backoff.failed();
        expect(delay).toBeGreaterThanOrEqual(10);
        expect(delay).toBeLessThanOrEqual(Math.min(10_000, 100 * 2 ** failures));
        expect(delay).toBeCloseTo(10 + draw * (Math.min(10_000, 100 * 2 ** failures) - 10), 6);
      }),
    );
  });

  it("forgets after 30 s of health, not after one success", async () => {
    const clock = new ManualClock();
    const backoff = new Backoff(clock, high);
    for (let i = 0; i < 4; i++) backoff.failed();
    backoff.succeeded();
    await clock.advance(29_999);
    expect(Math.round(backoff.failed())).toBe(1600);
    backoff.succeeded();
    await clock.advance(15_000);
    backoff.succeeded();
    await clock.advance(15_000);
    expect(Math.round(backoff.failed())).toBe(100);
  });

  it("does not take silence since the last failure for health", async () => {
    const clock = new ManualClock();
    const backoff = new Backoff(clock, high);
    backoff.failed();
    await clock.advance(120_000);
    expect(Math.round(backoff.failed())).toBe(200);
  });

  it("waits as long as the server asks, at most 60 s, and not in step with everybody else", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 1, max: 10_000_000 }),
        (draw, asked) => {
          const delay = new Backoff(new ManualClock(), () => draw).failed(asked);
          expect(delay).toBeLessThanOrEqual(60_000);
          expect(delay).toBeGreaterThanOrEqual(Math.min(asked, 54_000));
          expect(delay).toBeLessThanOrEqual(Math.max(100, asked * 1.1));
        },
      ),
    );
    const delays = [0, 0.5].map((draw) => new Backoff(new ManualClock(), () => draw).failed(5_000));
    expect(delays[0]).not.toBe(delays[1]);
  });

  it("ignores a Retry-After that is no positive number", () => {
    for (const asked of [0, -1, Number.NaN])
      expect(Math.round(new Backoff(new ManualClock(), high).failed(asked))).toBe(100);
  });
});
