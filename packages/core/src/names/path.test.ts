import { describe, expect, it } from "vitest";
import { Path } from "./path.js";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe("Path.parse", () => {
  it("reads elements and shows them as they were written", () => {
    const path = Path.parse("/#/io.l5d.rancher/http/web");
    expect(path.elements).toEqual(["#", "io.l5d.rancher", "http", "web"]);
    expect(path.show()).toBe("/#/io.l5d.rancher/http/web");
  });

  it("has one empty path", () => {
    expect(Path.parse("/")).toBe(Path.empty);
    expect(Path.parse(" / # nothing")).toBe(Path.empty);
    expect(Path.of()).toBe(Path.empty);
  });

  it("takes Java's whitespace around the path and no other", () => {
    for (const space of ["\t", "\u000b", "\u001c", "\u001f", "\u1680", "\u2003", "\u2028", "\u205f", "\u3000"]) {
      expect(Path.parse(`${space}/a${space}`).elements).toEqual(["a"]);
    }
    for (const other of ["\u0000", "\u001b", "\u0085", "\u00a0", "\u2007", "\u202f", "\ufeff"]) {
      expect(() => Path.parse(`${other}/a`), JSON.stringify(other)).toThrow("'/' expected");
    }
  });

  it("ends a comment at the line feed only", () => {
    expect(Path.parse("# one\r two\n/a # three").elements).toEqual(["a"]);
  });

  it("decodes escapes to text where the bytes are UTF-8 and keeps the bytes otherwise", () => {
    expect(Path.parse("/\\xe2\\x82\\xac").elements).toEqual(["€"]);
    expect(Path.parse("/\\xEF\\xBB\\xBFa").elements).toEqual(["\ufeffa"]);
    const broken = Path.parse("/a\\xff");
    expect(broken.elements).toEqual([bytes(0x61, 0xff)]);
    expect(broken.at(0)).toBe("a\ufffd");
    expect(broken.show()).toBe("/\\x61\\xff");
  });

  it.each([
    ["/foo/", 5, "label char expected but end of input found at '/foo/[]'"],
    ["//foo", 1, "end of input expected but '/' found at '/[/]foo'"],
    ["/a/b c", 5, "end of input expected but 'c' found at '/a/b [c]'"],
    ["/a\\x4g", 5, "hex char expected but 'g' found at '/a\\x4[g]'"],
    ["/é", 1, "end of input expected but 'é' found at '/[é]'"],
    ["/a/😀", 3, "label char expected but '😀' found at '/a/[😀]'"],
  ])("refuses %j", (text, offset, message) => {
    expect(() => Path.parse(text)).toThrow(expect.objectContaining({ code: "PATH_INVALID", message, at: { offset } }));
  });

  it("quotes only the surroundings in a long text", () => {
    const text = `/${"a".repeat(10_000)}?${"b".repeat(10_000)}`;
    expect(() => Path.parse(text)).toThrow(
      expect.objectContaining({
        message: `end of input expected but '?' found at '…${"a".repeat(80)}[?]${"b".repeat(80)}…'`,
        at: { offset: 10_001 },
      }),
    );
  });
});

describe("Path", () => {
  const path = Path.parse("/a/b/c");

  it("takes and drops, clamped", () => {
    expect([-1, 0, 2, 3, 9].map((n) => path.take(n).show())).toEqual(["/", "/", "/a/b", "/a/b/c", "/a/b/c"]);
    expect([-1, 0, 2, 3, 9].map((n) => path.drop(n).show())).toEqual(["/a/b/c", "/a/b/c", "/c", "/", "/"]);
  });

  it("does not share what it was made of", () => {
    const own = bytes(0xff);
    const made = Path.of(own);
    own[0] = 0x61;
    expect(made.show()).toBe("/\\xff");
  });

  it("makes elements of bytes into text where it can, and of lone surrogates replacement characters", () => {
    expect(Path.of(bytes(0x61)).equals(Path.parse("/a"))).toBe(true);
    expect(Path.of("\ud800").elements).toEqual(["\ufffd"]);
    expect(Path.of("😀").at(0)).toBe("😀");
  });

  it("refuses empty elements", () => {
    expect(() => Path.of("a", "")).toThrow(expect.objectContaining({ code: "PATH_INVALID" }));
    expect(() => Path.of(bytes())).toThrow(expect.objectContaining({ code: "PATH_INVALID" }));
  });

  it("compares bytes that are not text", () => {
    const odd = Path.of("a", bytes(0xff, 0x00));
    expect(odd.equals(Path.parse("/a/\\xff\\x00"))).toBe(true);
    expect(odd.equals(Path.of("a", bytes(0xff, 0x01)))).toBe(false);
    expect(odd.equals(Path.of("a", bytes(0xff)))).toBe(false);
    // As text both would read as a replacement character.
    expect(Path.of(bytes(0xff)).equals(Path.of("\ufffd"))).toBe(false);
    expect(odd.startsWith(Path.of("a"))).toBe(true);
  });

  it("answers the empty text outside the path", () => {
    expect([path.at(2), path.at(3), path.at(-1)]).toEqual(["c", "", ""]);
  });

  it("shows itself in text and JSON", () => {
    expect(`${path} ${JSON.stringify({ path })}`).toBe('/a/b/c {"path":"/a/b/c"}');
  });

  it.each([
    ["/%/io.l5d.port/4140/#/io.l5d.k8s/x", "/#/io.l5d.k8s/x"],
    ["/%/io.l5d.const/$/inet/1/2", "/$/inet/1/2"],
    ["/%/nothing/bound", "/"],
    ["/a/%/#/x", "/a/%/#/x"],
  ])("takes the transformer's prefix off %s", (text, expected) => {
    expect(Path.parse(text).stripTransformerPrefix().show()).toBe(expected);
  });
});
