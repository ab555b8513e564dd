import { NamerError } from "@namerkit/core";
import { jsonErrorAt } from "./json-error.js";
import { oneLine } from "./one-line.js";

const CONTEXT = 40;
/** Looked at on either side, so that `clean` sees a secret whole before the text is cut. */
const WIDE = 400;

/**
 * Parses JSON that came from outside. The size is bounded by whoever read it.
 *
 * @param what begins the error message, such as "GET http://host/path"
 * @param clean takes out of the quoted text what must not be shown
 * @throws NamerError NAMER_ANSWER with `at`, and with what stands there
 */
export function parseJson(text: string, what: string, clean = (quoted: string): string => quoted): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    const offset = jsonErrorAt(text);
    // Not a matter of syntax, such as nesting deeper than the engine can take.
    if (offset === undefined) throw new NamerError("NAMER_ANSWER", `${what}: unusable JSON`, { cause: thrown });
    throw new NamerError("NAMER_ANSWER", `${what}: not JSON: ${where(text, offset, clean)}`, { at: { offset } });
  }
}

function where(text: string, offset: number, clean: (quoted: string) => string): string {
  if (text.trim() === "") return "the text is empty";
  const before = clean(text.slice(Math.max(0, offset - WIDE), offset)).slice(-CONTEXT);
  const after = oneLine(clean(text.slice(offset, offset + WIDE)), CONTEXT);
  const place =
    offset < text.length ? `at offset ${offset}: ${after}` : `it ends too early, after ${offset} characters`;
  return `${place} (after: ${oneLine(before, CONTEXT)})`;
}
