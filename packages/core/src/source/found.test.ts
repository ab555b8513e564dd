import { describe, expect, it } from "vitest";
import { type Address, address } from "../names/addr.js";
import { boundOf, type Found } from "./found.js";

const good = address("192.0.2.1", 80);
const bad = [
  { ...good, ip: "" },
  { ...good, ip: 7 },
  { ...good, port: 0 },
  { ...good, port: 65_536 },
  { ...good, port: 80.5 },
  { ...good, weight: -1 },
  { ...good, weight: Number.NaN },
  { ip: "192.0.2.9", port: 80 },
  null,
] as unknown as Address[];

function counted(found: Found) {
  const counts: Record<string, number> = {};
  const bound = boundOf(found, (name, n = 1) => {
    counts[name] = (counts[name] ?? 0) + n;
  });
  return { bound, counts };
}

describe("what an author answers", () => {
  it("is a bound set, with its metadata", () => {
    const list = [good];
    expect(counted(list)).toEqual({ bound: { type: "bound", addresses: list, meta: {} }, counts: {} });
    expect(counted({ addresses: list, meta: { authority: "x" } }).bound).toMatchObject({ meta: { authority: "x" } });
    expect(counted(list).bound?.addresses).toBe(list);
  });

  it("is Neg when there is nothing", () => {
    for (const found of [undefined, [], { addresses: [] }])
      expect(counted(found)).toEqual({ bound: undefined, counts: {} });
  });

  it("leaves out and counts what no request could be sent to", () => {
    const { bound, counts } = counted([...bad, good]);
    expect([bound?.addresses, counts]).toEqual([[good], { skipped: bad.length }]);
    for (const one of bad) expect(counted([one, good]).counts).toEqual({ skipped: 1 });
  });

  it("is no empty set but a failure when there is nothing good in it, or no list at all", () => {
    for (const found of [bad, "list", 7, null, { addresses: 7 }, {}]) {
      expect(() => counted(found as unknown as Found)).toThrow(expect.objectContaining({ code: "NAMER_ANSWER" }));
    }
  });
});
