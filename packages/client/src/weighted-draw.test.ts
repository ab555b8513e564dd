import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WeightedDraw } from "./weighted-draw.js";

/** How often each index comes up over an even sweep of the random numbers. */
function shares(weights: readonly number[], steps = 1000): number[] {
  const draw = new WeightedDraw(weights);
  const counts = weights.map(() => 0);
  for (let i = 0; i < steps; i++) {
    const at = draw.draw(() => i / steps);
    counts[at] = (counts[at] as number) + 1;
  }
  return counts;
}

describe("WeightedDraw [parity: weights]", () => {
  it("shares in proportion to the weights, whatever their sum", () => {
    expect(shares([1, 3])).toEqual([250, 750]);
    expect(shares([0.1, 0.3, 0.1])).toEqual([200, 600, 200]);
  });

  it("shares alike when all weights are 0, and gives a 0 among others nothing", () => {
    expect(shares([0, 0])).toEqual([500, 500]);
    expect(shares([0, 1, 0])).toEqual([0, 1000, 0]);
  });

  it("never leaves the range nor picks what has no weight, whatever the weights", () => {
    const weight = fc.oneof(fc.double(), fc.constant(0), fc.constant(Number.MAX_VALUE));
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.array(weight, { minLength: 1, maxLength: 8 }), random, (weights, r) => {
        const at = new WeightedDraw(weights).draw(() => r);
        expect(weights[at]).toBeDefined();
        // Where the largest is not so large that the others vanish beside it, weight is needed to be drawn.
        if (weights.some((one) => one > 0)) expect(weights[at]).toBeGreaterThan(0);
      }),
    );
  });
});
