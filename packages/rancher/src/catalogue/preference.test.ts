import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { indexed, preferred } from "./preference.js";

const entry = fc.record({
  id: fc.constantFrom("a", "b", "__proto__", undefined),
  ip: fc.constantFrom("10.0.0.1", undefined),
  ports: fc.constantFrom(new Map([["admin", 1]]), new Map([["admin", 2]]), new Map<string, number>()),
});

describe("indexed", () => {
  it("comes to the same in whatever order entries are told", () => {
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const sorted = (index: Map<string, object>) => [...index].sort(([a], [b]) => (a < b ? -1 : 1));
        const there = indexed(entries, ({ id }) => id);
        const back = indexed([...entries].reverse(), ({ id }) => id);
        expect(sorted(there)).toEqual(sorted(back));
        expect(new Set(there.keys())).toEqual(new Set(entries.flatMap(({ id }) => id ?? [])));
      }),
    );
  });
});

describe("preferred", () => {
  it("tells entries apart that differ in a map alone", () => {
    const [a, b] = [{ ports: new Map([["x", 1]]) }, { ports: new Map([["x", 2]]) }];
    expect([preferred(a, b), preferred(b, a)]).toEqual([a, a]);
  });
});
