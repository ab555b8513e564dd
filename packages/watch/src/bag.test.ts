import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Bag, type Bagged } from "./bag.js";

describe("a bag", () => {
  it("holds what a Set would", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ add: fc.boolean(), which: fc.nat(7) }), { maxLength: 60 }), (operations) => {
        const things: Bagged[] = Array.from({ length: 8 }, () => ({ place: undefined }));
        const bag = new Bag<Bagged>();
        const model = new Set<Bagged>();
        for (const { add, which } of operations) {
          const one = things[which] as Bagged;
          if (add) {
            bag.add(one);
            model.add(one);
          } else expect(bag.delete(one)).toBe(model.delete(one));
          expect(bag.size).toBe(model.size);
        }
        expect(new Set(bag.list())).toEqual(model);
        bag.clear();
        expect(bag.size).toBe(0);
        expect(things.every(({ place }) => place === undefined)).toBe(true);
      }),
    );
  });
});
