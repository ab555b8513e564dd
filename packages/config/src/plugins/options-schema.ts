import type { Plugin } from "@namerkit/core";
import type { JsonSchema } from "../fields/field.js";

/** How JSON Schema describes a plug-in's options, and whether keys it does not name are really unknown. */
export interface OptionsSchema {
  readonly schema: JsonSchema;
  /** A schema made from zod: its objects drop unknown keys silently unless told otherwise, which a strict loader must not. */
  readonly closed: boolean;
}

/** The interface of Standard JSON Schema, which zod has from 4.2 on. So none of its code is needed here, where no plug-in has brought it. */
interface Describing {
  readonly jsonSchema?: {
    input(options: { readonly target: "draft-2020-12"; readonly libraryOptions?: object }): JsonSchema;
  };
}

/** From the plug-in's own JSON Schema, or from what its zod schema says of itself; undefined when there is neither. */
export function optionsSchema(plugin: Plugin): OptionsSchema | undefined {
  if (plugin.jsonSchema !== undefined) return { schema: plugin.jsonSchema as JsonSchema, closed: false };
  if (plugin.config === undefined)
    return { schema: { type: "object", properties: {}, additionalProperties: false }, closed: true };
  const { vendor, jsonSchema }: Describing & { readonly vendor: string } = plugin.config["~standard"];
  if (vendor !== "zod" || jsonSchema === undefined) return undefined;
  try {
    const libraryOptions = { unrepresentable: "any" };
    const { $schema: _, ...schema } = jsonSchema.input({ target: "draft-2020-12", libraryOptions });
    return { schema, closed: true };
  } catch {
    // Something that it cannot describe: then the plug-in validates, and editors know less.
    return undefined;
  }
}
