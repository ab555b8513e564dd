import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Addr, address } from "../names/addr.js";
import { Path } from "../names/path.js";
import type { Bound } from "./found.js";
import { addressesJson, type Remembered, readSnapshot, snapshotText } from "./snapshot-format.js";

const prefix = Path.parse("/#/io.l5d.rancher");
const savedAt = Date.UTC(2020, 0, 1);
const bound = (...list: Parameters<typeof address>[]): Bound =>
  Addr.bound(list.map((args) => address(...args))) as Bound;

const textOf = (names: readonly (readonly [string, Remembered])[], at = savedAt): string =>
  snapshotText(
    prefix,
    at,
    names.map(([key, one]) => [key, addressesJson(one.bound), one.at] as const),
  );

describe("the snapshot's format", () => {
  it("is what the documentation says", () => {
    const text = textOf([
      ["/80/shop/web", { bound: bound(["192.0.2.1", 80]), at: savedAt }],
      [
        "/80/shop/old",
        { bound: bound(["2001:db8::1", 8080, { weight: 2, meta: { zone: "x" } }]), at: savedAt - 1_000 },
      ],
    ]);
    expect(JSON.parse(text)).toEqual({
      format: "namerkit-snapshot@1",
      prefix: "/#/io.l5d.rancher",
      savedAt: "2020-01-01T00:00:00.000Z",
      names: {
        "/80/shop/web": { type: "bound", addrs: [{ ip: "192.0.2.1", port: 80, weight: 1, meta: {} }], meta: {} },
        "/80/shop/old": {
          type: "bound",
          addrs: [{ ip: "2001:db8::1", port: 8080, weight: 2, meta: { zone: "x" } }],
          meta: {},
          at: "2019-12-31T23:59:59.000Z",
        },
      },
    });
    expect(JSON.parse(textOf([])).names).toEqual({});
  });

  it("reads what it has written", () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const ip = fc.oneof(
      fc.tuple(octet, octet, octet, octet).map((four) => four.join(".")),
      fc.ipV6().filter((text) => !text.includes(".")),
    );
    const meta = fc.dictionary(fc.string(), fc.string()).map((entries) => ({ ...entries }));
    const weight = fc.double({ min: 0, max: 1e9, noNaN: true }).map((value) => value + 0);
    const one = fc.tuple(ip, fc.integer({ min: 1, max: 65_535 }), weight, meta);
    const remembered = fc.record({
      bound: fc.tuple(fc.array(one, { minLength: 1, maxLength: 4 }), meta).map(
        ([list, more]) =>
          Addr.bound(
            list.map(([at, port, w, m]) => address(at, port, { weight: w, meta: m })),
            more,
          ) as Bound,
      ),
      at: fc.integer({ min: 0, max: savedAt }),
    });
    const key = fc
      .array(fc.string({ minLength: 1, unit: "grapheme" }), { minLength: 1, maxLength: 3 })
      .map((elements) => Path.of(...elements).show());
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(key, remembered), { selector: ([name]) => name }), (names) => {
        const read = readSnapshot(textOf(names), prefix);
        expect(read.problems).toEqual([]);
        expect(read.names.map(([name, { at }]) => [name, at])).toEqual(names.map(([name, { at }]) => [name, at]));
        for (const [i, [, one]] of read.names.entries())
          expect(Addr.equals(one.bound, names[i]?.[1].bound as Bound)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it("refuses what is no snapshot of this namer, and says why", () => {
    const good = JSON.parse(textOf([]));
    const wrong: [string, RegExp][] = [
      ["", /not JSON/],
      ['{"format":', /not JSON/],
      ["[]", /not an object/],
      ["null", /not an object/],
      ["{}", /format is missing/],
      [JSON.stringify({ ...good, format: "namerkit-snapshot@2" }), /format is "namerkit-snapshot@2"/],
      [JSON.stringify({ ...good, prefix: "/#/other" }), /is of "\/#\/other", not of \/#\/io.l5d.rancher/],
      [JSON.stringify({ ...good, savedAt: "yesterday" }), /savedAt is "yesterday"/],
      [JSON.stringify({ ...good, savedAt: 7 }), /savedAt is 7/],
      [JSON.stringify({ ...good, names: [] }), /names is not an object/],
      [JSON.stringify({ ...good, names: undefined }), /names is not an object/],
    ];
    for (const [text, why] of wrong) {
      expect(() => readSnapshot(text, prefix)).toThrow(expect.objectContaining({ code: "CODEC_INVALID" }));
      expect(() => readSnapshot(text, prefix)).toThrow(why);
    }
  });

  it("leaves out an entry that cannot be, and keeps the others", () => {
    const web = { type: "bound", addrs: [{ ip: "192.0.2.1", port: 80, weight: 1, meta: {} }], meta: {} };
    const bad: Record<string, unknown> = {
      "/a": null,
      "/b": { ...web, type: "neg" },
      "/c": { ...web, addrs: [] },
      "/d": { ...web, addrs: [...web.addrs, { ip: "db.test", port: 80 }] },
      "/e": { ...web, addrs: [{ ip: "127.1", port: 80 }] },
      "/f": { ...web, addrs: [{ ip: "192.0.2.1", port: 0 }] },
      "/g": { ...web, addrs: [{ ip: "192.0.2.1", port: 80, weight: -1 }] },
      "/h": { ...web, at: "never" },
      "no path": web,
      "/\\x61": web,
    };
    const read = readSnapshot(JSON.stringify({ ...JSON.parse(textOf([])), names: { ...bad, "/web": web } }), prefix);
    expect(read.names.map(([key]) => key)).toEqual(["/web"]);
    expect(read.problems.length).toBe(Object.keys(bad).length);
    expect(read.problems[3]).toBe('"/d": "db.test" is not an IP address');
  });

  it("reads any text or says that it cannot", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => readSnapshot(text, prefix)).toThrow(expect.objectContaining({ code: "CODEC_INVALID" }));
      }),
    );
  });
});
