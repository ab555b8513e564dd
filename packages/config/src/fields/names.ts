import { Dtab, isNamerError, messageOf, Path } from "@namerkit/core";
import type { ConfigNode } from "../document/node.js";
import { offsetInSource } from "../document/scalar-offset.js";
import type { FieldType, Reading } from "./field.js";
import { wrongType } from "./scalars.js";

export const path: FieldType<Path> = named("a path", "PATH_INVALID", Path.parse, "^/", "a path begins with a slash");

export const dtab: FieldType<Dtab> = named("a delegation table", "DTAB_INVALID", Dtab.parse, undefined, undefined);

/** A text in a grammar of core's; an error is placed at the very character, whatever the style of the YAML scalar. */
function named<T>(
  wanted: string,
  code: "PATH_INVALID" | "DTAB_INVALID",
  parse: (given: string) => T,
  pattern: string | undefined,
  hint: string | undefined,
): FieldType<T> {
  return {
    schema: { type: "string", ...(pattern === undefined ? {} : { pattern }) },
    read(node: ConfigNode, at: string, { reporter, text, ...rest }: Reading) {
      if (node.type !== "scalar" || typeof node.value !== "string")
        return wrongType(node, at, `${wanted} (a text)`, { reporter, text, ...rest });
      try {
        return parse(node.value);
      } catch (thrown) {
        const index = isNamerError(thrown) ? (thrown.at?.offset ?? 0) : 0;
        const offset = offsetInSource(node, text, index);
        reporter.error(code, { offset, path: at }, `this is not ${wanted}: ${messageOf(thrown)}`, hint);
        return undefined;
      }
    },
  };
}
