import { Composer, type Document, isDocument, LineCounter, Parser } from "yaml";
import type { Reporter } from "../reporter.js";
import { tooDeepAt } from "./depth.js";
import { fromYaml } from "./from-yaml.js";
import { LIMITS } from "./limits.js";
import type { ConfigNode } from "./node.js";
import { syntaxMessage } from "./syntax-messages.js";

/** YAML 1.2, core schema. `yes` and `on` are texts, as they are for Linkerd. */
export function parseYaml(text: string, reporter: Reporter): ConfigNode | undefined {
  const tokens = [...new Parser(new LineCounter().addNewLine).parse(text)];
  const deep = tooDeepAt(tokens);
  if (deep !== undefined) {
    reporter.error(
      "CONFIG_LIMIT",
      { offset: deep, path: "" },
      `values are nested more than ${LIMITS.depth} deep`,
      "no key of a configuration needs that",
    );
    return undefined;
  }
  const composer = new Composer({
    prettyErrors: false,
    uniqueKeys: false,
    strict: true,
    version: "1.2",
    schema: "core",
  });
  const [first, second] = [...composer.compose(tokens, true, text.length)].filter(isDocument) as Document.Parsed[];
  if (first === undefined) return undefined;
  for (const { code, pos } of [...first.errors, ...first.warnings]) {
    const told = syntaxMessage(code);
    reporter.error("CONFIG_SYNTAX", { offset: pos[0], path: "" }, told.message, told.hint);
  }
  if (second !== undefined)
    reporter.error(
      "CONFIG_SYNTAX",
      { offset: second.contents?.range?.[0] ?? second.range[0], path: "" },
      "a second YAML document begins here; only one is read",
      "take out the line --- between them",
    );
  return fromYaml(first, text, reporter);
}
