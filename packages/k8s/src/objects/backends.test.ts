import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Backends } from "./backends.js";

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
        expect([...new Backends(all)]).toEqual(all);
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.ipV4(), { maxLength: 8 }), (ips) => {
        const well = { ready: true, serving: true, terminating: false };
        const rest = { node: undefined, zone: undefined, forZones: undefined, hostname: undefined };
        const all = ips.map((ip) => ({ ip, ...well, ...rest }));
        expect([...new Backends(all)]).toEqual(all);
      }),
    );
  });
});
