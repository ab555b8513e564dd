import type { Reporter } from "../reporter.js";
import { LIMITS } from "./limits.js";
import type { ConfigNode, MapNode } from "./node.js";
import { parseJson } from "./parse-json.js";
import { parseYaml } from "./parse-yaml.js";

const ROOT = { offset: 0, path: "" };
/** Control characters that no YAML or JSON text may hold: some of them are signals within the YAML parser itself. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is what it is for.
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/;

/** The text without a byte order mark: editors do not show one, so positions do not count it. */
export function withoutMark(text: string): string {
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

/**
 * Reads JSON when the first character that is not blank is `{`, else YAML 1.2. Undefined when there is nothing to go on with;
 * whatever is wrong is told to `reporter`, and a tree with errors in it may still come back, so that more can be found.
 */
export function parseConfig(text: string, reporter: Reporter): MapNode | undefined {
  if (text.length > LIMITS.characters) {
    reporter.error(
      "CONFIG_LIMIT",
      ROOT,
      `the text has ${text.length} characters; at most ${LIMITS.characters} are read`,
    );
    return undefined;
  }
  const forbidden = FORBIDDEN.exec(text);
  if (forbidden !== null) {
    const code = forbidden[0].charCodeAt(0).toString(16).padStart(4, "0");
    reporter.error(
      "CONFIG_SYNTAX",
      { offset: forbidden.index, path: "" },
      `the character U+${code.toUpperCase()} is not allowed in a configuration`,
      code === "0000" ? "save the file as UTF-8" : undefined,
    );
    return undefined;
  }
  if (text.trim() === "") {
    reporter.error("CONFIG_SYNTAX", ROOT, "the configuration is empty", "give at least `routers:`");
    return undefined;
  }
  const root = text.trimStart().startsWith("{") ? parseJson(text, reporter) : parseYaml(text, reporter);
  return asRoot(root, reporter);
}

function asRoot(root: ConfigNode | undefined, reporter: Reporter): MapNode | undefined {
  if (root === undefined || root.type === "map") return root;
  const what = root.type === "list" ? "a list" : "a single value";
  const empty = root.type === "scalar" && root.value === null;
  if (empty) reporter.error("CONFIG_SYNTAX", ROOT, "the configuration is empty", "give at least `routers:`");
  else
    reporter.error(
      "CONFIG_SYNTAX",
      { offset: root.start, path: "" },
      `the configuration is ${what}; it has to be a mapping with keys such as routers and namers`,
    );
  return undefined;
}
