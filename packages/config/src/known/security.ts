import { list, object } from "../fields/containers.js";
import { withDefault } from "../fields/field.js";
import { refined } from "../fields/refined.js";
import { flag, text } from "../fields/scalars.js";

/** A regular expression can take time without end on a text made for it; a short one by an operator is trusted not to. */
const LONGEST = 500;
const MOST = 100;

/** A regular expression that has to match a whole path. */
const wholePath = refined(text, (given, { node, path, reading }) => {
  const place = { offset: node.start, path };
  if (given.length > LONGEST) {
    reading.reporter.error("CONFIG_VALUE", place, `a regular expression may have ${LONGEST} characters`);
    return undefined;
  }
  const made = regularExpression(given);
  if (made !== undefined) return made;
  const hint = "the syntax is JavaScript's; .* is everything";
  reading.reporter.error("CONFIG_VALUE", place, "this is not a regular expression", hint);
  return undefined;
});

/**
 * Strictly read first, as JavaScript then refuses what means something in Java and nothing here. It also refuses `\-` and the like,
 * which are harmless.
 */
function regularExpression(source: string): RegExp | undefined {
  const onlyPunctuation = !/\\[a-zA-Z0-9]/.test(source.replaceAll(/\\[\\dDwWsSbBnrtfv]/g, ""));
  for (const flags of onlyPunctuation ? ["u", ""] : ["u"])
    try {
      // By itself, too: a)|(b is none, and would be one between the brackets.
      return new RegExp(`^(?:${new RegExp(source, flags).source})$`, flags);
    } catch {
      // The next flags, or none.
    }
  return undefined;
}

const paths = refined(list(wholePath), (given, { node, path, reading }) => {
  if (given.length <= MOST) return given;
  reading.reporter.error("CONFIG_VALUE", { offset: node.start, path }, `a list of paths may have ${MOST} items`);
  return undefined;
});

/** Which parts of the admin server answer. */
export const security = object({
  uiEnabled: withDefault(flag, true, "Serves the pages and what they read. Default true."),
  controlEnabled: withDefault(flag, true, "Serves what changes things: shutdown, log levels. Default true."),
  diagnosticsEnabled: withDefault(flag, true, "Serves everything else. Default true."),
  pathWhitelist: withDefault(paths, [], "Regular expressions of paths served whatever the switches say."),
  pathBlacklist: withDefault(paths, [], "Regular expressions of paths never served."),
});

export const openSecurity = {
  uiEnabled: true,
  controlEnabled: true,
  diagnosticsEnabled: true,
  pathWhitelist: [],
  pathBlacklist: [],
};
