import { fixedRandom } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { host } from "../../test-support/world.js";
import { BUSY, DEAD, Endpoint, endpointKey, OPEN, type Rank } from "./endpoint.js";
import { better, betterOfTwo, secondIndex, TwoChoices } from "./two-choices.js";

const loads = new TwoChoices(Math.random);

function endpoint(n: number, load = 0, rank: Rank = OPEN): Endpoint {
  const made = new Endpoint(endpointKey(host(n)), host(n));
  made.load = load;
  made.rank = rank;
  return made;
}

describe("the second index", () => {
  it.each([
    [2, 0, 0, 1],
    [2, 1, 0, 0],
    [3, 1, 1, 2],
    [5, 2, 2, 3],
    [5, 4, 3, 3],
  ])("of %d, first %d, draw %d: %d", (_size, first, draw, second) => {
    expect(secondIndex(first, draw)).toBe(second);
  });
});

describe("the better of two", () => {
  it("has the lower load; a tie goes to the first", () => {
    const [a, b] = [endpoint(1, 1), endpoint(2, 2)];
    expect(better(a, b, loads, 0)).toBe(a);
    expect(better(b, a, loads, 0)).toBe(a);
    b.load = 1;
    expect(better(a, b, loads, 0)).toBe(a);
    expect(better(b, a, loads, 0)).toBe(b);
  });

  it("is open rather than busy, and busy rather than dead, whatever the load", () => {
    const [dead, busy, open] = [endpoint(1, 0, DEAD), endpoint(2, 5, BUSY), endpoint(3, 9)];
    expect(better(busy, open, loads, 0)).toBe(open);
    expect(better(open, busy, loads, 0)).toBe(open);
    expect(better(dead, busy, loads, 0)).toBe(busy);
  });

  it("is drawn with two numbers: the first of n, the second of n - 1 without the first", () => {
    const all = [endpoint(1, 3), endpoint(2, 2), endpoint(3, 1), endpoint(4, 0)];
    // floor(0.5 * 4) = 2; floor(0.7 * 3) = 2, which is not below 2: 3.
    expect(betterOfTwo(all, 4, fixedRandom(0.5, 0.7), loads, 0)).toBe(all[3]);
    // floor(0.5 * 4) = 2; floor(0.1 * 3) = 0.
    expect(betterOfTwo(all, 4, fixedRandom(0.5, 0.1), loads, 0)).toBe(all[2]);
  });

  it("draws nothing for one alone", () => {
    const only = endpoint(1);
    const random = () => {
      throw new Error("drawn");
    };
    expect(betterOfTwo([only], 1, random, loads, 0)).toBe(only);
  });
});
