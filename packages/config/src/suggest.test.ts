import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editDistance, nearest, suggestion } from "./suggest.js";

describe("nearest", () => {
  it.each([
    ["protcol", "protocol"],
    ["Protocol", "protocol"],
    ["porotcol", "protocol"],
    ["srevers", "servers"],
    ["dstprefix", "dstPrefix"],
    ["io.l5d.ranhcer", "io.l5d.rancher"],
    ["xyz", undefined],
    ["", undefined],
    ["p".repeat(1000), undefined],
  ])("%s", (given, expected) => {
    expect(nearest(given, ["protocol", "servers", "dstPrefix", "io.l5d.rancher", "io.l5d.fs"])).toBe(expected);
  });
});

describe("editDistance", () => {
  const word = fc.string({ maxLength: 12 });
  it("is zero for equal words only, symmetric, and never more than the longer word", () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance === 0).toBe(a === b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
  });
});

describe("suggestion", () => {
  it("lists what is known when nothing is near and the list is short", () => {
    expect(suggestion("zzz", ["b", "a"])).toBe("known here: a, b");
    expect(suggestion("zzz", [])).toBeUndefined();
    expect(
      suggestion(
        "zzzzz",
        Array.from({ length: 13 }, (_, i) => `key${i}`),
      ),
    ).toBeUndefined();
  });
});
