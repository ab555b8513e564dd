import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PartialJson } from "./partial-json.js";
import { bothShapes, type JsonShape } from "./shape.js";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
const parse = (text: string, shape: JsonShape): unknown => new PartialJson(shape).parse(bytesOf(text));

/** What a shape means, said in another way. */
function projected(value: unknown, shape: JsonShape | undefined): unknown {
  if (shape === true || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const element = Array.isArray(shape) ? (shape[0] as JsonShape) : undefined;
    return value.map((one) => projected(one, element));
  }
  const members = (Array.isArray(shape) ? {} : (shape ?? {})) as Readonly<Record<string, JsonShape>>;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => Object.hasOwn(members, name))
      .map(([name, one]) => [name, projected(one, members[name])]),
  );
}

const name = fc.constantFrom(
  "a",
  "b",
  "name",
  "näme",
  "endpoints",
  "",
  'q"',
  "\\",
  "__proto__",
  "constructor",
  "toString",
);
const wantable = name.filter((one) => one !== "__proto__");
const shape: fc.Arbitrary<JsonShape> = fc.letrec<{ shape: JsonShape }>((tie) => ({
  shape: fc.oneof(
    { depthSize: "small" },
    fc.constant(true as const),
    fc.dictionary(wantable, tie("shape"), { maxKeys: 4, noNullPrototype: true }),
    tie("shape").map((one) => [one] as const),
  ),
})).shape;

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.constantFrom("", "\ufeffx", "\ud800", "node-1", '"\\/', "\u0000"),
);
const json: fc.Arbitrary<unknown> = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: "medium" },
    fc.constantFrom(null, true, false, 0, -0, 1, -12.5e-7, 1e300),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    text,
    fc.array(tie("json"), { maxLength: 4 }),
    fc.dictionary(fc.oneof(name, text), tie("json"), { maxKeys: 5, noNullPrototype: true }),
  ),
})).json;

describe("partial JSON", () => {
  it("is what JSON.parse makes, without what is not wanted", () => {
    fc.assert(
      fc.property(json, shape, fc.constantFrom(undefined, 1, "\t", " \r\n"), (value, wanted, space) => {
        const written = JSON.stringify(value, undefined, space);
        const whole: unknown = JSON.parse(written);
        deepStrictEqual(parse(written, wanted), projected(whole, wanted));
        deepStrictEqual(parse(written, true), whole);
      }),
      { numRuns: 1_000 },
    );
  });

  it("takes what JSON.parse takes, and nothing else, wherever it is spoilt", () => {
    const spoil = fc.array(
      fc.record({
        at: fc.nat(),
        cut: fc.nat({ max: 3 }),
        put: fc.oneof(
          fc.constantFrom(
            "",
            '"',
            "\\",
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "0",
            "-",
            ".",
            "e",
            "+",
            "t",
            "null",
            " ",
            "\n",
            "\u0001",
            "\\u00e",
            "\\x",
            "é",
          ),
          fc.string({ maxLength: 2 }),
        ),
      }),
      { minLength: 1, maxLength: 3 },
    );
    fc.assert(
      fc.property(json, shape, spoil, (value, wanted, spoils) => {
        let written = JSON.stringify(value);
        for (const { at, cut, put } of spoils) {
          const place = at % (written.length + 1);
          written = written.slice(0, place) + put + written.slice(place + cut);
        }
        // As it is read back from bytes: half of a surrogate pair is no text.
        const bytes = bytesOf(written);
        let whole: unknown;
        try {
          whole = JSON.parse(textOf(bytes));
        } catch {
          // Undefined is never what JSON is.
        }
        const found = new PartialJson(wanted).parse(bytes);
        expect(found === undefined).toBe(whole === undefined);
        if (whole !== undefined) deepStrictEqual(found, projected(whole, wanted));
      }),
      { numRuns: 3_000 },
    );
  });

  it("takes bytes that are no UTF-8 as the decoder does", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), fc.boolean(), (inside, wanted) => {
        const bytes = Uint8Array.from([...bytesOf('{"a":"'), ...inside, ...bytesOf('"}')]);
        let whole: unknown;
        try {
          whole = JSON.parse(textOf(bytes));
        } catch {
          // As above.
        }
        const found = new PartialJson(wanted ? { a: true } : {}).parse(bytes);
        if (whole === undefined) expect(found).toBeUndefined();
        else deepStrictEqual(found, projected(whole, wanted ? { a: true } : {}));
      }),
      { numRuns: 2_000 },
    );
  });

  it("reads any part of a larger buffer", () => {
    const bytes = bytesOf('xx{"a":[1,"b"]}yy');
    expect(new PartialJson({ a: [true] }).parse(bytes.subarray(2, -2))).toEqual({ a: [1, "b"] });
    // Even if what follows would make it whole.
    expect(new PartialJson({ a: [true] }).parse(bytes.subarray(2, -3))).toBeUndefined();
    expect(new PartialJson({ a: [true] }).parse(Uint8Array.from(bytes.subarray(2, -2)))).toEqual({ a: [1, "b"] });
  });

  it("has the last of members with the same name, names with escapes among them", () => {
    expect(parse('{"a":1,"b":2,"\\u0061":{"c":3}}', { a: { c: true } })).toEqual({ a: { c: 3 } });
  });

  it("keeps all where a member is wanted that cannot be assigned to", () => {
    const whole = '{"a":[{"__proto__":{"b":1},"c":2}]}';
    const found = parse(whole, { a: [JSON.parse('{"__proto__":true}') as JsonShape] });
    deepStrictEqual(found, JSON.parse(whole));
  });

  it("does not take the objects before for those that begin alike", () => {
    const wanted = new PartialJson({ list: [{ ready: true, other: true }] });
    const list = [
      '{"ready":true}',
      '{"ready":true}',
      '{"ready":true,"other":1}',
      '{"ready":tru}',
      "{}",
      '{"other":{}}',
    ];
    for (const one of [list[0], list[1], list[2], list[0], list[4], list[5], list[4]]) {
      expect(wanted.parse(bytesOf(`{"list":[${one}]}`))).toEqual({ list: [JSON.parse(one as string)] });
    }
    expect(wanted.parse(bytesOf(`{"list":[${list[0]},${list[3]}]}`))).toBeUndefined();
    expect(wanted.parse(bytesOf(`{"list":[${list[0]},${list[2]},${list[0]}]}`))).toEqual({
      list: [{ ready: true }, { ready: true, other: 1 }, { ready: true }],
    });
  });

  it("hands out the elements one by one", () => {
    const seen: unknown[] = [];
    const wanted = new PartialJson({ kind: true, items: [{ a: [true] }] });
    const page = '{"kind":"List","items":[{"a":[1,2]},3,{"b":[]}],"x":[4]}';
    expect(wanted.parse(bytesOf(page), (one) => seen.push(one))).toEqual({ kind: "List", items: [] });
    expect(seen).toEqual([{ a: [1, 2] }, 3, {}]);
    expect(wanted.parse(bytesOf(page))).toEqual({ kind: "List", items: [{ a: [1, 2] }, 3, {}] });
  });

  it("leaves to others what is nested too deep for a stack", () => {
    const deep = (depth: number) => `{"a":1,"b":${"[".repeat(depth)}${"]".repeat(depth)}}`;
    expect(parse(deep(150), { a: true })).toEqual({ a: 1 });
    expect(parse(deep(250), { a: true })).toBeUndefined();
    expect(parse(deep(100_000), { a: true })).toBeUndefined();
  });
});

describe("both of two shapes", () => {
  it("want what either wants", () => {
    fc.assert(
      fc.property(json, shape, shape, (value, one, other) => {
        const both = bothShapes(one, other);
        for (const each of [one, other]) {
          deepStrictEqual(projected(projected(value, both), each), projected(value, each));
        }
      }),
    );
  });
});
