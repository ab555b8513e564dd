import { messageOf, NamerError } from "@namerkit/core";
import { oneLine } from "./text.js";

/** JSON.parse, with an error that says whose answer it was and how it begins. Throws NAMER_ANSWER. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8 quotes the text in some of its messages, in full length and with its line breaks.
    const why = oneLine(messageOf(error), 120);
    const begin = text.trim() === "" ? "an empty body" : `"${oneLine(text, 80)}"`;
    throw new NamerError("NAMER_ANSWER", `${what} answered something that is not JSON: ${begin} (${why})`, {
      cause: error,
    });
  }
}
