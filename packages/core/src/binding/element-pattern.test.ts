import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { elementPattern } from "./element-pattern.js";

const literal = fc.stringMatching(/^[ab.]{0,3}$/);

describe("elementPattern", () => {
  it("takes what greedy captures of a regular expression would take", () =>
    fc.assert(
      fc.property(
        fc.array(literal, { minLength: 2, maxLength: 5 }),
        fc.stringMatching(/^[ab.]{0,12}$/),
        (literals, text) => {
          const names = literals.slice(1).map((_, i) => `{c${i}}`);
          const pattern = literals.map((one, i) => `${one}${names[i] ?? ""}`).join("");
          const regex = new RegExp(literals.map((one) => one.replaceAll(".", "\\.")).join("(.*)"));
          expect(elementPattern(pattern).match(text)).toEqual(regex.exec(text)?.slice(1));
        },
      ),
      { numRuns: 1_000 },
    ));

  it.each([
    ["*", "anything", []],
    ["one", "one", []],
    ["one", "two", undefined],
    ["a.b", "axb", undefined],
    ["{A}.b", "axb", undefined],
    ["{A}-{B}", "foo-bar-baz", ["foo-bar", "baz"]],
    ["{foo}{bar}", "all", ["all", ""]],
    ["{A}.com", "web.community", ["web"]],
    ["x{A}x", "x", undefined],
    ["({A})", "(a)", ["a"]],
    ["{not a name}", "x", undefined],
  ])("%s on %s", (pattern, text, taken) => {
    expect(elementPattern(pattern).match(text)).toEqual(taken);
  });

  it("ends on texts on which a regular expression with as many captures would not", () => {
    const pattern = elementPattern(`${"{a}x".repeat(20)}y`);
    expect(pattern.match("x".repeat(100_000))).toBeUndefined();
  });
});
