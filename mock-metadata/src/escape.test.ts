import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cleanPath, escapeProblem, pathEscape, pathUnescape, queryEscape, queryUnescape } from "./escape.js";

describe("escapes", () => {
  it("of queries: a plus is a space, in paths it is not", () => {
    expect(queryUnescape("a+b%2Bc%C3%a9")).toBe("a b+cé");
    expect(pathUnescape("a+b%2Bc%C3%a9")).toBe("a+b+cé");
  });

  it.each(["%", "a%2", "%zz", "%2g", "%%41"])("%s is a bad one", (text) => {
    expect(queryUnescape(text)).toBeUndefined();
    expect(pathUnescape(text)).toBeUndefined();
  });

  it("says which, in Go's words", () => {
    expect(escapeProblem("/a%41/%zz%")).toBe('invalid URL escape "%zz"');
    expect(escapeProblem("/a%4")).toBe('invalid URL escape "%4"');
  });

  it("bytes that are no UTF-8 are not an error", () => {
    expect(queryUnescape("%ff")).toBe("\ufffd");
  });

  it("what was escaped comes back", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => queryUnescape(queryEscape(text)) === text));
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => pathUnescape(pathEscape(text)) === text));
    fc.assert(fc.property(fc.string(), (text) => /^[\w.~%+-]*$/.test(queryEscape(text))));
  });
});

describe("cleanPath", () => {
  it.each([
    ["/", "/"],
    ["/a/b", "/a/b"],
    ["/a/b/", "/a/b/"],
    ["//", "/"],
    ["//a///b//", "/a/b/"],
    ["/a/./b/../c", "/a/c"],
    ["/../..", "/"],
  ])("%s is %s", (path, clean) => {
    expect(cleanPath(path)).toBe(clean);
  });

  it("leaves nothing to clean", () => {
    const path = fc.array(fc.constantFrom("", ".", "..", "a", "b c")).map((segments) => `/${segments.join("/")}`);
    fc.assert(fc.property(path, (dirty) => cleanPath(cleanPath(dirty)) === cleanPath(dirty)));
  });
});
