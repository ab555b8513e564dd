import type { Plugin } from "@namerkit/core";
import { z } from "zod";
import type { JsonSchema } from "../fields/field.js";

/** How JSON Schema describes a plug-in's options, and whether keys it does not name are really unknown. */
export interface OptionsSchema {
  readonly schema: JsonSchema;
  /** A schema made from zod: its objects drop unknown keys silently unless told otherwise, which a strict loader must not. */
  readonly closed: boolean;
}

/** From the plug-in's own JSON Schema, or from its zod schema; undefined when there is neither. */
export function optionsSchema(plugin: Plugin): OptionsSchema | undefined {
  if (plugin.jsonSchema !== undefined) return { schema: plugin.jsonSchema as JsonSchema, closed: false };
  if (plugin.config === undefined)
    return { schema: { type: "object", properties: {}, additionalProperties: false }, closed: true };
  if (plugin.config["~standard"].vendor !== "zod") return undefined;
  try {
    const { $schema: _, ...schema } = z.toJSONSchema(plugin.config as never, { io: "input", unrepresentable: "any" });
    return { schema, closed: true };
  } catch {
    // Another major version of zod, or a schema that it cannot describe: then the plug-in validates, and editors know less.
    return undefined;
  }
}
