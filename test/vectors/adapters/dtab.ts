import {
  DentryPrefix,
  Dtab,
  type DtabHeaders,
  encodePathTree,
  finagleDtabHeaders,
  type Header,
  linkerdDtabHeaders,
  NameTree,
  Path,
} from "@namerkit/core";
import { expect } from "vitest";
import { type Adapter, text, unknownOp, type VectorCase } from "../adapter.js";
import { expectInvalid, thrownBy } from "../invalid.js";

const codecs: Readonly<Record<string, DtabHeaders>> = {
  "finagle-http": finagleDtabHeaders,
  linkerd: linkerdDtabHeaders,
};

export const adapter: Adapter = (one, file) => {
  switch (one.op) {
    case "read": {
      const dtab = Dtab.parse(text(one, "input"));
      const entries = dtab.entries.map(({ prefix, dst }) => ({
        prefix: prefix.show(),
        dst: NameTree.show(dst),
        dstTree: encodePathTree(dst),
      }));
      expect(entries).toEqual(one.dentries);
      expect(dtab.show()).toBe(text(one, "show"));
      return expect(Dtab.parse(dtab.show()).equals(dtab)).toBe(true);
    }
    case "invalid":
      return expectInvalid(() => Dtab.parse(text(one, "input")), "DTAB_INVALID", one);
    case "lookup":
      return expect(encodePathTree(parse("dtab").lookup(Path.parse(text(one, "path"))))).toEqual(one.tree);
    case "prefixMatches":
      return expect(DentryPrefix.parse(text(one, "prefix")).matches(Path.parse(text(one, "path")))).toBe(one.expect);
    case "concat":
      return expect(parse("left").concat(parse("right")).show()).toBe(text(one, "show"));
    case "simplified":
      return expect(parse("input").simplified().show()).toBe(text(one, "show"));
    case "stripPrefix":
      return expect(parse("dtab").stripPrefix(parse("prefix")).show()).toBe(text(one, "show"));
    case "headers":
      return expectHeaders(one);
    default:
      return unknownOp(one, file);
  }

  function parse(field: string): Dtab {
    return Dtab.parse(text(one, field));
  }
};

function expectHeaders(one: VectorCase): void {
  const codec = codecs[text(one, "codec")];
  if (codec === undefined) throw new Error(`no codec ${text(one, "codec")}`);
  const headers = one.headers as readonly Header[];
  if (one.error === undefined) {
    const dtab = codec.read(headers);
    expect(dtab.show()).toBe(text(one, "show"));
    expect(codec.read(codec.write(dtab)).equals(dtab)).toBe(true);
    expect(headers.every(([name]) => codec.owns(name))).toBe(true);
    return;
  }
  expect(thrownBy(() => codec.read(headers))).toMatchObject({
    code: "DTAB_HEADER_INVALID",
    message: text(one, "error"),
  });
}
