import type { Field, Fields, JsonSchema } from "./field.js";

/** JSON Schema of a mapping with these keys and no others. */
export function objectSchema(fields: Fields): JsonSchema {
  const needed = Object.entries(fields).flatMap(([key, field]) => (field.required ? [key] : []));
  return {
    type: "object",
    properties: Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, fieldSchema(field)])),
    ...(needed.length === 0 ? {} : { required: needed }),
    additionalProperties: false,
  };
}

function fieldSchema({ type, doc, support, fallback }: Field<unknown>): JsonSchema {
  const simple = typeof fallback === "string" || typeof fallback === "number" || typeof fallback === "boolean";
  return {
    ...type.schema,
    description: doc,
    ...(simple ? { default: fallback } : {}),
    ...(support === "removed" ? { deprecated: true } : {}),
  };
}
