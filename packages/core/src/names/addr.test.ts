import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Addr, type Address, address, hostAddress, sameAddresses } from "./addr.js";

const one = fc
  .record({
    ip: fc.constantFrom("10.0.0.1", "10.0.0.2", "10.0.0.3"),
    weight: fc.constantFrom(1, 2),
    zone: fc.constantFrom("a", "b", undefined),
  })
  .map(({ ip, weight, zone }): Address => address(ip, 80, { weight, meta: zone === undefined ? {} : { zone } }));
const set = fc.array(one, { maxLength: 6 });
const text = ({ ip, weight, meta }: Address) => `${ip} ${weight} ${meta["zone"]}`;

describe("sameAddresses", () => {
  it("is equality of what there is and how often, in whatever order", () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        expect(sameAddresses(a, b)).toBe(String(a.map(text).sort()) === String(b.map(text).sort()));
      }),
    );
  });

  it("holds for any order of the same", () => {
    fc.assert(
      fc.property(
        set.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([a, b]) => {
          expect(sameAddresses(a, b)).toBe(true);
        },
      ),
    );
  });

  it("tells a host from an address, and one port from another", () => {
    expect(sameAddresses([hostAddress("a", 80)], [hostAddress("a", 80)])).toBe(true);
    expect(sameAddresses([hostAddress("a", 80)], [hostAddress("a", 81)])).toBe(false);
    expect(sameAddresses([hostAddress("10.0.0.1", 80)], [address("10.0.0.2", 80)])).toBe(false);
  });

  it("counts the metadata of the set, and the kind of an Addr", () => {
    const some = [address("10.0.0.1", 80)];
    expect(Addr.equals(Addr.bound(some), Addr.bound([...some]))).toBe(true);
    expect(Addr.equals(Addr.bound(some), Addr.bound(some, { authority: "web" }))).toBe(false);
    expect(Addr.equals(Addr.bound([]), Addr.neg)).toBe(false);
  });
});
