import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDocument, type Scalar, stringify } from "yaml";
import { load } from "../../test-support/load.js";
import { Reporter } from "../reporter.js";
import { fromYaml } from "./from-yaml.js";
import { offsetInSource } from "./scalar-offset.js";

async function dtabProblem(yaml: string): Promise<string | undefined> {
  const { problems } = await load(`routers:\n- protocol: http\n  servers: [{ port: 0 }]\n  dtab: ${yaml}`);
  const found = problems.find(({ code }) => code === "DTAB_INVALID");
  return found && `${found.line}:${found.col}`;
}

describe("an error within a dtab stands at its own line and column", () => {
  // In each, the character after the lonely = is the first that cannot be.
  it.each([
    ["plain", "/a = /b\n", "4:13"],
    ["plain over two lines", "/a => /b;\n    /c = /d\n", "5:9"],
    ["single quotes", "'/a = /b'\n", "4:14"],
    ["double quotes", '"/a = /b"\n', "4:14"],
    ["double quotes with escapes", '"\\x2fa \\u003d /b"\n', "4:22"],
    ["double quotes over two lines", '"/a => /b;\\\n    /c = /d"\n', "5:9"],
    ["double quotes with an escaped blank in front of a line", '"/a => /b;\n\n    \\  /c = /d"\n', "6:12"],
    ["double quotes with an escape of two code units", '"# \\U0001F600\\n/c = /d"\n', "4:28"],
    ["literal", "|\n    /a => /b;\n    /c = /d\n", "6:9"],
    ["literal, indented further", "|\n    /a => /b;\n      /c = /d\n", "6:11"],
    ["literal with a comment of the dtab", "|\n    # note\n\n    /c = /d\n", "7:9"],
    ["literal with indentation given", "|2-\n    /c = /d\n", "5:9"],
    ["literal with a comment of YAML", "| # why\n    /c = /d\n", "5:9"],
    ["folded", ">-\n    /a => /b;\n    /c = /d\n", "6:9"],
    ["folded, with a blank line", ">-\n    /a => /b;\n\n    /c = /d\n", "7:9"],
    ["folded, indented further", ">\n    /a => /b;\n      /c = /d\n    /e => /f\n", "6:11"],
  ])("%s", async (_, yaml, expected) => {
    expect(await dtabProblem(yaml)).toBe(expected);
  });

  it("which may be the end of the text", async () => {
    expect(await dtabProblem("|\n    /a =>\n")).toBe("5:10");
  });
});

const styles = ["PLAIN", "QUOTE_DOUBLE", "QUOTE_SINGLE", "BLOCK_LITERAL", "BLOCK_FOLDED"] as const;

describe("offsetInSource", () => {
  it("finds every visible character again, in whatever style yaml writes the text", () => {
    const text = fc.string({
      unit: fc.constantFrom("/", "a", "b", "'", '"', "\\", "é", "#", ":", " ", "\n", "=>", "wörter und mehr "),
    });
    fc.assert(
      fc.property(text, fc.constantFrom(...styles), fc.constantFrom(0, 80, 20), (given, type, lineWidth) => {
        const source = `key: 1\n${stringify({ dtab: given }, { defaultStringType: type, lineWidth })}after: 2\n`;
        const document = parseDocument(source);
        const root = fromYaml(document, source, new Reporter("f", source));
        const node = root?.type === "map" ? root.entries[1]?.value : undefined;
        if (node?.type !== "scalar") throw new Error("not a scalar");
        // Not always `given`: folding a text that begins with a very long word adds a line break to it.
        const value = String((document.get("dtab", true) as Scalar).value);
        expect(node.value).toBe(value);
        for (const [index, character] of value.split("").entries()) {
          if (/\s/.test(character)) continue;
          const at = offsetInSource(node, source, index);
          const escaped = source[at] === "\\" && node.style === "double";
          expect(escaped ? source[at + 1] : source[at]).toBe(character);
        }
        const end = offsetInSource(node, source, value.length);
        expect(end).toBeGreaterThanOrEqual(node.start);
        expect(end).toBeLessThanOrEqual(node.end);
      }),
      { numRuns: 3000 },
    );
  });
});
