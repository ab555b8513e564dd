import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ManualClock } from "./manual-clock.js";
import { TokenBucket } from "./token-bucket.js";

describe("TokenBucket", () => {
  it("lets five through at once, then two a second", async () => {
    const clock = new ManualClock();
    const bucket = new TokenBucket(clock);
    expect(Array.from({ length: 7 }, () => bucket.take())).toEqual([0, 0, 0, 0, 0, 500, 1000]);
    await clock.advance(1_000);
    expect(bucket.take()).toBe(500);
  });

  it("never lets more through than burst plus rate, whatever the arrivals", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3_000), { minLength: 1, maxLength: 60 }), (gaps) => {
        const clock = { now: () => time };
        let time = 0;
        const bucket = new TokenBucket(clock);
        const at = gaps.map((gap) => {
          time += gap;
          time += bucket.take();
          return time;
        });
        at.forEach((from, i) => {
          const within = at.slice(i).filter((t) => t - from <= 10_000).length;
          expect(within).toBeLessThanOrEqual(5 + 20 + 1);
        });
      }),
    );
  });

  it("saves no more than the burst while it rests", async () => {
    const clock = new ManualClock();
    const bucket = new TokenBucket(clock, { burst: 2, perSecond: 10 });
    await clock.advance(3_600_000);
    expect(Array.from({ length: 4 }, () => bucket.take())).toEqual([0, 0, 100, 200]);
  });
});
