import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Ports } from "./ports.js";

const ports = new Ports({ web: 8080, HTTPS: 8443, "8": 9 });
const number = (text: string) => ports.number(ports.canonical(text));

describe("Ports", () => {
  it.each([
    ["80", 80],
    ["1", 1],
    ["65535", 65_535],
    ["0080", 80],
    ["000000000080", 80],
    ["http", 80],
    ["HTTP", 80],
    ["Web", 8080],
    ["https", 8443],
    ["8", 8],
  ])("%s is %i", (text, port) => expect(number(text)).toBe(port));

  it.each([
    "",
    "0",
    "00",
    "65536",
    "99999999999999999999",
    "-1",
    "+80",
    "80.0",
    "8e1",
    "0x50",
    " 80",
    "٨",
    "nobody",
    "toString",
  ])("%j is no port", (text) => expect(number(text)).toBeUndefined());

  it("keeps a name a name, and writes numbers in one way", () => {
    expect(["HTTP", "080", "80", "000", "Nobody"].map((text) => ports.canonical(text))).toEqual([
      "http",
      "80",
      "80",
      "0",
      "nobody",
    ]);
  });

  it("finds any text again by its canonical form", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const canonical = ports.canonical(text);
        expect(ports.canonical(canonical)).toBe(canonical);
        const port = ports.number(canonical);
        expect(port === undefined || (Number.isInteger(port) && port > 0 && port < 65_536)).toBe(true);
      }),
    );
  });
});
