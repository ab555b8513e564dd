import { NamerError, toNamerError } from "@namerkit/core";
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";

/** Keys and positions, from the top down to a value. */
export type At = readonly (string | number)[];

/** What a YAML (or JSON) file holds, and where. */
export interface Placed {
  readonly value: unknown;
  /** `file:line:col` of a value, by its key if it has one. Where there is nothing: of what should hold it. */
  where(path: At): string;
}

/** @throws NamerError MOCK_DESCRIPTION with file:line:col for what is no YAML. */
export function readYaml(text: string, file: string): Placed {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const [problem] = document.errors;
  if (problem !== undefined) {
    const what = problem.message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "");
    throw new NamerError("MOCK_DESCRIPTION", `${at(problem.pos[0])}: ${what}`, { cause: problem });
  }
  return { value: contentOf(document, file), where: (path) => at(offsetOf(document, path)) };
}

function contentOf(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // Aliases that would grow beyond measure.
    throw toNamerError(error, "MOCK_DESCRIPTION", `${file}: `);
  }
}

/** Where a key stands, or the entry of a list; failing that, what holds it. */
function offsetOf(document: Document, path: At): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = document.getIn(path.slice(0, depth - 1), true);
    const last = path[depth - 1];
    const node = isMap(parent)
      ? parent.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(last))?.key
      : isSeq(parent)
        ? parent.items[Number(last)]
        : undefined;
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}
