import { NamerError } from "@namerkit/core";
import { oneLine } from "@namerkit/watch";

/**
 * The version in an answer to /version. It is asked for as text; a server or a cache in between that sends JSON all the same puts it
 * in quotes, and with quotes it would never equal, so that every poll would be answered at once.
 *
 * @throws NamerError NAMER_ANSWER for what cannot be one, such as a page for people
 */
export function versionIn(text: string, request: string): string {
  const version = unquoted(text);
  // A UUID, or "0" before the first load; room for others.
  if (/^[\w.:+=/-]{1,200}$/.test(version)) return version;
  const said = oneLine(text.trim(), 80) || "the answer is empty";
  throw new NamerError("NAMER_ANSWER", `${request}: not a version: ${said}`);
}

/** A single text in an answer, without the white space and the quotes around it. */
export function unquoted(text: string): string {
  const trimmed = text.trim();
  return /^"(.*)"$/.exec(trimmed)?.[1] ?? trimmed;
}
