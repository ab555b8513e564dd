import { describe, expect, it } from "vitest";
import { Dtab } from "./dtab.js";
import { finagleDtabHeaders as finagle, type Header, linkerdDtabHeaders as linkerd } from "./dtab-headers.js";

const pair = (index: string, prefix: string, dst: string): Header[] => [
  [`X-Dtab-${index}-A`, btoa(prefix)],
  [`X-Dtab-${index}-B`, btoa(dst)],
];

describe("linkerdDtabHeaders", () => {
  it("puts what the client asks for behind what came with the context, so that it wins", () => {
    const headers: Header[] = [
      ["L5d-Dtab", "/a=>/2"],
      ["l5d-ctx-dtab", "/a=>/0"],
      ["l5d-ctx-dtab", "/a=>/1;"],
    ];
    expect(linkerd.read(headers).show()).toBe("/a=>/0;/a=>/1;/a=>/2");
  });

  it("owns its two headers and no other l5d header", () => {
    expect(["L5D-CTX-DTAB", "l5d-dtab", "l5d-ctx-trace", "dtab-local"].map(linkerd.owns)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it("writes nothing for the empty table, weights in full otherwise", () => {
    expect(linkerd.write(Dtab.empty)).toEqual([]);
    expect(linkerd.write(Dtab.parse("/a => 0.9*/b & 0.125*/c"))).toEqual([["l5d-ctx-dtab", "/a=>0.90*/b & 0.125*/c"]]);
  });

  it("says where the header is wrong", () => {
    expect(() => linkerd.read([["l5d-dtab", "/a=>/b,/c=>/d"]])).toThrow(
      expect.objectContaining({ code: "DTAB_HEADER_INVALID", at: { offset: 6 } }),
    );
  });
});

describe("finagleDtabHeaders", () => {
  it("reads pairs in the order of their names, then the local tables", () => {
    const headers: Header[] = [
      ["Dtab-Local", "/c=>/d,/e=>/f, "],
      ...pair("02", "/b", "/2"),
      ...pair("01", "/*/b", "/1|~"),
    ];
    expect(finagle.read(headers).show()).toBe("/*/b=>/1 | ~;/b=>/2;/c=>/d;/e=>/f");
  });

  it.each<[string, Header[]]>([
    ["a without b", pair("01", "/a", "/b").slice(0, 1)],
    ["b twice", [...pair("01", "/a", "/b").slice(1), ...pair("01", "/a", "/b").slice(1)]],
    ["a pair given twice", [...pair("01", "/a", "/b"), ...pair("01", "/a", "/b")]],
  ])("refuses %s", (_, headers) => {
    expect(() => finagle.read(headers)).toThrow(
      expect.objectContaining({ code: "DTAB_HEADER_INVALID", message: "Unmatched X-Dtab headers" }),
    );
  });

  it.each(["L2 E=", "L2E-", "L2E==", "L", "==="])("refuses %j as base64", (value) => {
    const headers: Header[] = [
      ["x-dtab-1-a", value],
      ["x-dtab-1-b", btoa("/b")],
    ];
    expect(() => finagle.read(headers)).toThrow(`Value not b64-encoded: ${value}`);
  });

  it("refuses to write more than 99 entries", () => {
    expect(finagle.write(Dtab.parse("/a=>/b;".repeat(99)))).toHaveLength(1);
    expect(() => finagle.write(Dtab.parse("/a=>/b;".repeat(100)))).toThrow(
      expect.objectContaining({ code: "DTAB_HEADER_INVALID" }),
    );
  });

  it("owns its headers", () => {
    expect(["X-Dtab-01-A", "DTAB-LOCAL", "l5d-dtab"].map(finagle.owns)).toEqual([true, true, false]);
  });
});
