import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { oneLine } from "./one-line.js";
import { retryAfterMs } from "./retry-after.js";
import { safeUrl } from "./safe-url.js";
import { redact, secretsOf } from "./secrets.js";

describe("oneLine", () => {
  it("leaves one printable line", () => {
    expect(oneLine(" a\r\n\tb\u001b[31mc\u0000d\u2028e\u202ef ", 80)).toBe("a b [31mc d e f");
    expect(oneLine("\ud800x", 80)).toBe("\ufffdx");
  });

  it("cuts by characters, not by halves of them", () => {
    expect(oneLine("abc", 3)).toBe("abc");
    expect(oneLine("abcd", 3)).toBe("abc…");
    expect(oneLine("😀😀😀", 3)).toBe("😀😀😀");
    expect(oneLine("😀😀😀😀", 3)).toBe("😀😀😀…");
    expect(oneLine("é".repeat(1_000_000), 10)).toBe(`${"é".repeat(10)}…`);
  });
});

describe("safeUrl", () => {
  it.each([
    ["http://user:pass@host:80/p?q=1#frag", "http://host/p?q=1"],
    ["https://host:8443/v1?token=abc&dc=x&X-Consul-Token=y", "https://host:8443/v1?token=***&dc=x&X-Consul-Token=***"],
    ["http://h/?%74oken=abc&api_key=1&key=2&monkey=3", "http://h/?%74oken=***&api_key=***&key=***&monkey=3"],
    ["http://h/?wait=true&value=1", "http://h/?wait=true&value=1"],
    ["http://h/a\u001bb", "http://h/a%1Bb"],
    ["not a url with token=abc", "(not a URL)"],
  ])("%s", (url, shown) => expect(safeUrl(url)).toBe(shown));

  it("says the same of a text, however plain, as of the URL that it is", () => {
    const piece = fc.constantFrom(
      "a",
      "Z",
      "9",
      ".",
      "..",
      "%41",
      "~",
      "tok",
      "token",
      "x=1",
      "key=5",
      "é",
      " ",
      "\\",
      ":",
      "@",
      "'",
    );
    const pieces = (separator: string) =>
      fc
        .array(
          fc.array(piece, { maxLength: 3 }).map((all) => all.join("")),
          { maxLength: 4 },
        )
        .map((all) => all.join(separator));
    const url = fc
      .tuple(
        fc.constantFrom("http", "https", "HTTP"),
        fc.constantFrom("h", "h:80", "H:81", "h:443", "u:p@h", "[::1]:80", "1.2", ""),
        pieces("/"),
        fc.option(pieces("&")),
      )
      .map(([scheme, host, path, query]) => `${scheme}://${host}/${path}${query === null ? "" : `?${query}`}`)
      .filter((text) => URL.canParse(text));
    fc.assert(
      fc.property(url, (text) => {
        expect(safeUrl(text)).toBe(safeUrl(new URL(text)));
      }),
      { numRuns: 2_000 },
    );
  });

  it("is bounded", () => expect(safeUrl(`http://h/${"a".repeat(10_000)}`).length).toBeLessThan(310));
});

describe("secretsOf", () => {
  it("finds what a server might quote, in the forms in which it might", () => {
    const url = new URL("http://u:p%40ssword@h/?token=a%2Fbc&dc=east");
    const secrets = secretsOf(url, {
      authorization: "Bearer abcdef",
      accept: "application/json",
      "x-vault-token": "s.1",
    });
    const text = redact("p@ssword p%40ssword a/bc a%2Fbc Bearer abcdef / abcdef east application/json s.1", secrets);
    expect(text).toBe("*** *** *** *** *** / *** east application/json s.1");
  });
});

describe("retryAfterMs", () => {
  const now = Date.UTC(2030, 0, 1);
  it.each([
    ["0", 0],
    ["120", 120_000],
    [" 5 ", 5_000],
    ["Tue, 01 Jan 2030 00:01:00 GMT", 60_000],
    ["Tuesday, 01-Jan-30 00:01:00 GMT", 60_000],
    ["Tue Jan  1 00:01:00 2030", 60_000],
    ["Mon, 31 Dec 2029 23:59:00 GMT", 0],
  ])("%s", (text, ms) => expect(retryAfterMs(text, now)).toBe(ms));

  it.each([undefined, "", "-1", "1.5", "soon", "2030-01-01", "1e3", "99999999999999", "Tue, 99 Foo 2030"])(
    "not %s",
    (text) => expect(retryAfterMs(text, now)).toBeUndefined(),
  );
});
