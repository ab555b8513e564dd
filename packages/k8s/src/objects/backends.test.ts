import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Backends } from "./backends.js";
import { Interner } from "./interner.js";

describe("backends in columns", () => {
  it("are what they were", () => {
    const text = fc.option(fc.constantFrom("a", "b", ""), { nil: undefined });
    const backend = fc.record({
      ip: fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
      ready: fc.boolean(),
      serving: fc.boolean(),
      terminating: fc.boolean(),
      node: text,
      zone: text,
      forZones: fc.option(fc.array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 2 }), { nil: undefined }),
      hostname: text,
    });
    fc.assert(
      fc.property(fc.array(backend, { maxLength: 8 }), (all) => {
        expect([...new Backends(all, new Interner())]).toEqual(all);
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.ipV4(), { maxLength: 8 }), (ips) => {
        const well = { ready: true, serving: true, terminating: false };
        const rest = { node: undefined, zone: undefined, forZones: undefined, hostname: undefined };
        const all = ips.map((ip) => ({ ip, ...well, ...rest }));
        expect([...new Backends(all, new Interner())]).toEqual(all);
      }),
    );
  });

  it("are what they were, whatever was told of the same nodes before and after", () => {
    const name = fc.option(fc.constantFrom("a", "b"), { nil: undefined });
    const well = { ip: "10.0.0.1", ready: true, serving: true, terminating: false };
    const backend = fc
      .record({ node: name, zone: name })
      .map((one) => ({ ...well, ...one, forZones: undefined, hostname: undefined }));
    fc.assert(
      fc.property(fc.array(fc.array(backend, { maxLength: 3 }), { maxLength: 5 }), (sets) => {
        const interner = new Interner();
        const kept = sets.map((all) => new Backends(all, interner));
        expect(kept.map((one) => [...one])).toEqual(sets);
      }),
    );
  });

  it("has addresses as they are written", () => {
    const usual = { ready: true, serving: true, terminating: false, node: undefined, zone: undefined };
    const odd = [
      "1.2.3.4",
      "01.2.3.4",
      "1.2.3",
      "1.2.3.4.5",
      "1.2.3.256",
      "1..3.4",
      "1.2.3.",
      ".1.2.3",
      "0.0.0.0",
      "1.2.3.4a",
      "",
    ];
    for (const ip of [...odd, "255.255.255.255", "::ffff:1.2.3.4"]) {
      const one = { ip, ...usual, forZones: undefined, hostname: undefined };
      expect([...new Backends([one], new Interner())]).toEqual([one]);
    }
  });
});
