import { type ConfigNode, entryOf, isNull, join, type MapNode } from "../document/node.js";
import type { Place } from "../reporter.js";
import { suggestion } from "../suggest.js";
import { readFields } from "./containers.js";
import type { Fields, FieldType, JsonSchema, Reading, Values } from "./field.js";
import { objectSchema } from "./object-schema.js";
import { wrongType } from "./scalars.js";

type Kinds = Readonly<Record<string, Fields>>;
/** What an entry reads to: its kind, and the values of the keys of this kind. */
type Kinded<K extends Kinds> = { readonly [N in keyof K & string]: { readonly kind: N } & Values<K[N]> }[keyof K &
  string];

/** A mapping whose `kind` decides which further keys it takes. */
export function kinded<const K extends Kinds>(kinds: K, defaultKind?: keyof K & string): FieldType<Kinded<K>> {
  const names = Object.keys(kinds);
  return {
    schema: kindedSchema(kinds, defaultKind),
    read(node, path, reading) {
      if (node.type !== "map") return wrongType(node, path, "a mapping", reading);
      const kind = readKind(node, path, reading, defaultKind);
      if (kind === undefined) return undefined;
      const fields = Object.hasOwn(kinds, kind.name) ? kinds[kind.name] : undefined;
      if (fields === undefined) {
        const place = { offset: kind.offset, path: join(path, "kind") };
        reading.reporter.error(
          "KIND_UNKNOWN",
          place,
          `there is no kind ${shown(kind.name)} here`,
          suggestion(kind.name, names),
        );
        return undefined;
      }
      return { kind: kind.name, ...readFields(node, fields, path, reading, ["kind"]) } as Kinded<K>;
    },
  };
}

/** The `kind` of an entry, with where it stands; undefined when it is missing or no text, which has then been reported. */
export function readKind(node: MapNode, path: string, { reporter }: Reading, defaultKind?: string) {
  const entry = node.entries.find(({ key }) => key === "kind");
  if (entry !== undefined && entry.value.type === "scalar" && typeof entry.value.value === "string")
    return { name: entry.value.value, offset: entry.value.start };
  if (entry === undefined && defaultKind !== undefined) return { name: defaultKind, offset: node.start };
  const place = { offset: entry?.value.start ?? node.start, path: join(path, "kind") };
  if (entry === undefined || isNull(entry.value)) reporter.error("CONFIG_MISSING", place, "kind is missing");
  else reporter.error("CONFIG_TYPE", place, "a kind is a text such as io.l5d.fs");
  return undefined;
}

/** Where the kind of an entry stands; where the entry begins if it has none. */
export function kindPlace(node: ConfigNode, path: string): Place {
  const kind = node.type === "map" ? entryOf(node, "kind") : undefined;
  return { offset: kind?.value.start ?? node.start, path: join(path, "kind") };
}

/** Long texts of the user's are cut before they are repeated. */
export function shown(given: string): string {
  return given.length <= 80 ? given : `${given.slice(0, 77)}...`;
}

function kindedSchema(kinds: Kinds, defaultKind: string | undefined): JsonSchema {
  return {
    anyOf: Object.entries(kinds).map(([kind, fields]) => {
      const own = objectSchema(fields);
      const needed = [...(kind === defaultKind ? [] : ["kind"]), ...((own.required as string[] | undefined) ?? [])];
      return {
        ...own,
        properties: { kind: { const: kind }, ...(own.properties as object) },
        ...(needed.length === 0 ? {} : { required: needed }),
      };
    }),
  };
}
