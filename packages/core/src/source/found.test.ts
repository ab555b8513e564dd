import { describe, expect, it } from "vitest";
import { type Address, address, type HostAddress, hostAddress } from "../names/addr.js";
import { type Found, knownOf } from "./found.js";

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

function counted(found: Found, resolves = true) {
  const counts: Record<string, number> = {};
  const count = (name: string, n = 1): void => {
    counts[name] = (counts[name] ?? 0) + n;
  };
  const bound = knownOf(found, { count, resolves });
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

  it("takes host names apart from addresses, and leaves them out where nobody can resolve them", () => {
    const host = hostAddress("db.test", 80);
    expect(counted([host, good]).bound).toEqual({ type: "hosted", addresses: [good], hosts: [host], meta: undefined });
    expect(counted({ addresses: [host], meta: { a: 1 } }).bound).toMatchObject({ addresses: [], meta: { a: 1 } });
    expect(counted([host, good], false)).toEqual({ bound: counted([good]).bound, counts: { skipped: 1 } });
    expect(() => counted([host], false)).toThrow("1 are host names, and this program resolves none");
    for (const wrong of [
      { ...host, host: "" },
      { ...host, port: 0 },
      { ...host, host: 7 },
    ] as unknown as HostAddress[])
      expect(counted([wrong, good]).counts).toEqual({ skipped: 1 });
  });

  it("is no empty set but a failure when there is nothing good in it, or no list at all", () => {
    for (const found of [bad, "list", 7, null, { addresses: 7 }, {}]) {
      expect(() => counted(found as unknown as Found)).toThrow(expect.objectContaining({ code: "NAMER_ANSWER" }));
    }
  });
});
