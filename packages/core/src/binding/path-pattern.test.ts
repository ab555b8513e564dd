import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Path } from "../names/path.js";
import { fillCaptures, pathPattern } from "./path-pattern.js";

const matched = (pattern: string, path: string) => {
  const vars = pathPattern(pattern).match(Path.parse(path));
  return vars === undefined ? undefined : Object.fromEntries(vars);
};

const element = fc.stringMatching(/^[ab.:-]{1,6}$/);
const path = fc.array(element, { maxLength: 5 });
const shown = (elements: readonly string[]) => `/${elements.join("/")}`;

describe("pathPattern", () => {
  it.each([
    ["/", "/", {}],
    ["/", "/a/b", {}],
    ["/#/io.l5d.fs/cat", "/#/io.l5d.fs/cat", {}],
    ["/#/io.l5d.fs/cat", "/#/io.l5d.fs/cat/and/more", {}],
    ["/#/io.l5d.fs/cat", "/#/io.l5d.fs/cats", undefined],
    ["/#/io.l5d.fs/cat", "/#/io.l5d.fs", undefined],
    ["/#/*/{service}", "/#/io.l5d.fs/web", { service: "web" }],
    ["/a/*", "/a", undefined],
    ["/#/x/prod/{role}/{service}:https", "/#/x/prod/www/shop:https", { role: "www", service: "shop" }],
    ["/x/{a}-{b}", "/x/one-two-three", { a: "one-two", b: "three" }],
    ["/x/{a}-{b}", "/x/one", undefined],
    ["/%/io.l5d.port/{port}", "/%/io.l5d.port/80/#/x", { port: "80" }],
  ])("%s of %s", (pattern, given, expected) => expect(matched(pattern, given)).toEqual(expected));

  it("matches every path that a literal pattern begins, and no other", () =>
    fc.assert(
      fc.property(path, path, (one, other) => {
        const whole = Path.of(...other);
        const begins = one.every((text, i) => other[i] === text);
        expect(pathPattern(shown(one)).match(whole)).toEqual(begins ? new Map() : undefined);
        expect(pathPattern(shown(one)).match(Path.of(...one, ...other))).toEqual(new Map());
      }),
    ));

  it("takes whole elements for captures and anything for *, whatever follows", () =>
    fc.assert(
      fc.property(
        path,
        path,
        fc.infiniteStream(fc.constantFrom("keep", "star", "literal")),
        (elements, rest, kinds) => {
          const expected = new Map<string, string>();
          const parts = elements.map((text, i) => {
            const kind = kinds.next().value;
            if (kind === "star") return "*";
            if (kind === "literal") return text;
            expected.set(`c${i}`, text);
            return `{c${i}}`;
          });
          const pattern = pathPattern(shown(parts));
          expect(pattern.size).toBe(elements.length);
          expect(pattern.captures).toEqual([...expected.keys()]);
          expect(pattern.match(Path.of(...elements, ...rest))).toEqual(expected);
          if (elements.length > 0) expect(pattern.match(Path.of(...elements.slice(1)))).toBeUndefined();
        },
      ),
    ));
});

describe("fillCaptures", () => {
  it("gives back what was matched, from the pattern and its captures", () =>
    fc.assert(
      fc.property(element, element, (a, b) => {
        const pattern = "/{a}:x:{b}";
        const vars = pathPattern(pattern).match(Path.of(`${a}:x:${b}`));
        expect(fillCaptures(pattern, vars ?? new Map())).toBe(`/${a}:x:${b}`);
      }),
    ));

  it("leaves what nobody captured", () => {
    expect(fillCaptures("{a}.{b}.com", new Map([["b", "{a}"]]))).toBe("{a}.{a}.com");
  });
});
