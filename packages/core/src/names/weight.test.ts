import { describe, expect, it } from "vitest";
import { exactWeight, showWeight } from "./weight.js";

describe("showWeight", () => {
  it.each([
    [0, "0.00"],
    [0.004, "0.00"],
    [0.005, "0.01"],
    [0.145, "0.15"],
    [0.5, "0.50"],
    [0.999, "1.00"],
    [1.005, "1.01"],
    [9.995, "10.00"],
    [100, "100.00"],
    [1e-7, "0.00"],
    [5e-324, "0.00"],
    [1e21, "1000000000000000000000.00"],
    [1.5e21, "1500000000000000000000.00"],
  ])("shows %d as %s", (weight, expected) => expect(showWeight(weight)).toBe(expected));
});

describe("exactWeight", () => {
  it.each([
    [0.9, "0.90"],
    [2, "2.00"],
    [0.125, "0.125"],
    [10.125, "10.125"],
    [1e-7, "0.0000001"],
    [1.25e-9, "0.00000000125"],
  ])("writes %d as %s", (weight, expected) => expect(exactWeight(weight)).toBe(expected));
});
