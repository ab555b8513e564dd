import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson } from "./json.js";
import { jsonErrorAt } from "./json-error.js";

describe("jsonErrorAt", () => {
  it.each<[string, number | undefined]>([
    ['{"a":[1,-2.5e+3,true,false,null,"\\u00e9\\n"],"b":{}}', undefined],
    [" [ ] ", undefined],
    ["", 0],
    ["<html>", 0],
    ['{"a":}', 5],
    ["[1,2,]", 5],
    ['{"a":1,}', 7],
    ['{"a" 1}', 5],
    ["{a:1}", 1],
    ["[1 2]", 3],
    ["[1", 2],
    ['["abc', 5],
    ['["a\nb"]', 3],
    ['["\\x"]', 3],
    ['["\\u12g4"]', 6],
    ["01", 1],
    ["1.", 1],
    ["-", 1],
    ["-x", 1],
    ["tru", 3],
    ["trux", 3],
    ["nul]", 3],
    ["1 x", 2],
    ["]", 0],
    ["[}", 1],
    ['{"a":1]', 6],
  ])("%s", (text, at) => expect(jsonErrorAt(text)).toBe(at));

  it("agrees with JSON.parse on what is JSON", () => {
    const pieces = fc.constantFrom(...'[]{},:"\\ntrue-01.e+ \u0001'.split(""), "null", '"a"', "\\u0041", "1e5");
    const texts = fc.oneof(
      fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join("")),
      fc.json(),
      fc.tuple(fc.json(), fc.nat(), pieces).map(([json, at, piece]) => {
        const cut = at % (json.length + 1);
        return json.slice(0, cut) + piece + json.slice(cut + 1);
      }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        const at = jsonErrorAt(text);
        expect(at === undefined).toBe(valid);
        if (at !== undefined) expect(at).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 2_000 },
    );
  });

  it("takes any depth", () => expect(jsonErrorAt("[".repeat(1_000_000))).toBe(1_000_000));
});

describe("parseJson", () => {
  const failure = (text: string): unknown => {
    try {
      return parseJson(text, "GET http://h/");
    } catch (thrown) {
      return thrown;
    }
  };

  it("parses", () => expect(parseJson('{"a":1}', "")).toEqual({ a: 1 }));

  it("says where, and what stands there, on one line", () => {
    expect(failure('{"a":1,\n"b":<\u001b>}')).toMatchObject({
      code: "NAMER_ANSWER",
      at: { offset: 12 },
      message: 'GET http://h/: not JSON: at offset 12: < >} (after: {"a":1, "b":)',
    });
    expect(failure('{"a":[1')).toMatchObject({
      message: 'GET http://h/: not JSON: it ends too early, after 7 characters (after: {"a":[1)',
    });
    expect(failure(" \n")).toMatchObject({ message: "GET http://h/: not JSON: the text is empty" });
  });
});
