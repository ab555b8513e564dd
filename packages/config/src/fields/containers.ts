import { type ConfigNode, isNull, join, type MapEntry, type MapNode } from "../document/node.js";
import { suggestion } from "../suggest.js";
import type { Field, Fields, FieldType, JsonSchema, Reading, Values } from "./field.js";
import { objectSchema } from "./object-schema.js";
import { wrongType } from "./scalars.js";

/** A mapping with these keys and no others. */
export function object<F extends Fields>(fields: F): FieldType<Values<F>> {
  return {
    schema: objectSchema(fields),
    read(node, path, reading) {
      if (node.type !== "map") return wrongType(node, path, "a mapping", reading);
      return readFields(node, fields, path, reading);
    },
  };
}

/** Reads every key of `node` by the table; `also` are keys that somebody else reads. */
export function readFields<F extends Fields>(
  node: MapNode,
  fields: F,
  path: string,
  reading: Reading,
  also: readonly string[] = [],
): Values<F> {
  const values: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(fields)) if (field.fallback !== undefined) values[key] = field.fallback;
  const present = new Set<string>();
  for (const entry of node.entries) {
    const field = Object.hasOwn(fields, entry.key) ? fields[entry.key] : undefined;
    if (field === undefined) {
      if (!also.includes(entry.key)) unknownKey(entry, path, [...Object.keys(fields), ...also], reading);
      continue;
    }
    if (isNull(entry.value)) continue;
    present.add(entry.key);
    const value = field.type.read(entry.value, join(path, entry.key), reading);
    if (value !== undefined) values[entry.key] = value;
    tellSupport(entry, field, value, path, reading);
  }
  for (const [key, field] of Object.entries(fields))
    if (field.required && !present.has(key))
      reading.reporter.error(
        "CONFIG_MISSING",
        { offset: node.start, path: join(path, key) },
        `${key} is missing`,
        field.doc,
      );
  return values as Values<F>;
}

export function unknownKey(entry: MapEntry, path: string, known: readonly string[], { reporter }: Reading): void {
  const hint = entry.key === "<<" ? "YAML merge keys are not read; write the keys out" : suggestion(entry.key, known);
  const place = { offset: entry.keyAt, path: join(path, entry.key) };
  reporter.error(
    "CONFIG_UNKNOWN_KEY",
    place,
    `${entry.key} is not a key of ${path === "" ? "a configuration" : path}`,
    hint,
  );
}

function tellSupport(
  entry: MapEntry,
  field: Field<unknown>,
  value: unknown,
  path: string,
  { reporter }: Reading,
): void {
  const { support, doc, note } = field;
  if (support === "built" || support === "quiet") return;
  const { key } = entry;
  const place = { offset: entry.keyAt, path: join(path, key) };
  if (support === "removed") reporter.warning("KEY_REMOVED", place, `${key} is a key of an older Linkerd`, note);
  else if (value !== undefined && field.harmless(value as never)) return;
  else if (support === "ignored")
    reporter.warning("KEY_NOT_BUILT", place, `${key} is known, and not acted on yet`, doc);
  else reporter.error("KEY_NOT_BUILT", place, `${key} is known, and not built yet; ${note}`, doc);
}

/** A list, each item of one type. */
export function list<T>(item: FieldType<T>): FieldType<readonly T[]> {
  return {
    schema: { type: "array", items: item.schema },
    read(node, path, reading) {
      if (node.type !== "list") return wrongType(node, path, "a list", reading, "items begin with a dash");
      return node.items
        .map((one, index) => item.read(one, join(path, index), reading))
        .filter((one) => one !== undefined) as T[];
    },
  };
}

/** A value that is looked at later, or by somebody else. */
export const anything: FieldType<ConfigNode> = { schema: {}, read: (node) => node };

/** A mapping whose keys are a plug-in's; it is read once its `kind` is known. */
export function entry(schema: JsonSchema): FieldType<MapNode> {
  return {
    schema,
    read: (node, path, reading) =>
      node.type === "map" ? node : wrongType(node, path, "a mapping with a kind", reading),
  };
}
