import { describe, expect, it } from "vitest";
import { durationText } from "./duration-text.js";

describe("durationText", () => {
  it.each([
    [10_000, "10.seconds"],
    [1000, "1.seconds"],
    [500, "500.milliseconds"],
    [1500, "1.seconds+500.milliseconds"],
    [90_000, "1.minutes+30.seconds"],
    [3_600_000, "1.hours"],
    [90_000_000, "1.days+1.hours"],
    [0, "0.seconds"],
  ])("%d ms is %s", (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});
