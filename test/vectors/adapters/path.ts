import { Path } from "@namerkit/core";
import { expect } from "vitest";
import { type Adapter, text, unknownOp } from "../adapter.js";
import { expectInvalid } from "../invalid.js";

export const adapter: Adapter = (one, file) => {
  switch (one.op) {
    case "read": {
      const path = Path.parse(text(one, "input"));
      expect(path.elements.map(hexOf)).toEqual((one.elems as { hex: string }[]).map(({ hex }) => hex));
      expect(path.show()).toBe(text(one, "show"));
      expect(path.size).toBe(one.size);
      expect(Path.parse(path.show()).equals(path)).toBe(true);
      return;
    }
    case "invalid":
      return expectInvalid(() => Path.parse(text(one, "input")), "PATH_INVALID", one);
    case "startsWith":
      return expect(parse("path").startsWith(parse("prefix"))).toBe(one.expect);
    case "equal":
      return expect(parse("left").equals(parse("right"))).toBe(one.expect);
    case "take":
      return expect(
        parse("path")
          .take(one.n as number)
          .show(),
      ).toBe(one.expect);
    case "drop":
      return expect(
        parse("path")
          .drop(one.n as number)
          .show(),
      ).toBe(one.expect);
    case "concat":
      return expect(parse("left").concat(parse("right")).show()).toBe(one.expect);
    case "utf8":
      return expect(Path.of(...(one.elems as string[])).show()).toBe(one.show);
    case "stripTransformerPrefix":
      return expect(parse("path").stripTransformerPrefix().show()).toBe(one.expect);
    default:
      return unknownOp(one, file);
  }

  function parse(field: string): Path {
    return Path.parse(text(one, field));
  }
};

function hexOf(element: string | Uint8Array): string {
  return Buffer.from(element).toString("hex");
}
