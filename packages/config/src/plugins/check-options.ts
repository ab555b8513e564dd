import { messageOf, type Plugin, type SchemaIssue } from "@namerkit/core";
import { type ConfigNode, join, type MapNode, placeOf, toPlain } from "../document/node.js";
import { unknownKey } from "../fields/containers.js";
import type { JsonSchema } from "../fields/field.js";
import { LOADER_KEYS } from "../known/kinds.js";
import { isSecretKey } from "../redact.js";
import type { Loading } from "./loading.js";
import { optionsSchema } from "./options-schema.js";

/** The options of an entry as the plug-in's schema gives them back; undefined when it refuses them, which has been reported. */
export async function checkOptions(plugin: Plugin, node: MapNode, path: string, loading: Loading): Promise<unknown> {
  const taken = new Set(LOADER_KEYS[plugin.role]);
  const own: MapNode = { ...node, entries: node.entries.filter((entry) => !taken.has(entry.key)) };
  const described = optionsSchema(plugin);
  const known = knownKeys(described?.schema);
  const told = new Set<string>();
  if (described !== undefined)
    checkKeys(own, described.schema, { closed: described.closed, also: [...taken], told, loading }, path);
  if (plugin.config === undefined) return {};
  try {
    const result = await loading.settled(Promise.resolve(plugin.config["~standard"].validate(toPlain(own))));
    if (result.issues === undefined) return result.value;
    for (const issue of result.issues) reportIssue(issue, own, path, { known: [...known, ...taken], told, loading });
    return undefined;
  } catch (thrown) {
    const place = { offset: node.start, path };
    loading.reporter.error(
      "PLUGIN_FAILED",
      place,
      `${plugin.kind} threw while its options were checked: ${messageOf(thrown)}`,
    );
    return undefined;
  }
}

interface KeyCheck {
  /** Whether an object that does not say so takes no further keys. */
  readonly closed: boolean;
  readonly also: readonly string[];
  /** Paths of the keys that have been reported. */
  readonly told: Set<string>;
  readonly loading: Loading;
}

/** Reports keys that a closed schema does not have, at any depth that plain properties and items lead to. */
function checkKeys(node: MapNode, schema: JsonSchema, check: KeyCheck, path: string): void {
  const properties = schema.properties as Readonly<Record<string, JsonSchema>> | undefined;
  if (properties === undefined || schema.patternProperties !== undefined) return;
  const { additionalProperties } = schema;
  const strict = additionalProperties === false || (check.closed && additionalProperties === undefined);
  for (const entry of node.entries) {
    const at = join(path, entry.key);
    const inner = Object.hasOwn(properties, entry.key) ? properties[entry.key] : undefined;
    if (inner !== undefined) checkInner(entry.value, inner, { ...check, also: [] }, at);
    else if (strict) {
      unknownKey(entry, path, [...Object.keys(properties), ...check.also], check.loading);
      check.told.add(at);
    }
  }
}

function checkInner(node: ConfigNode, schema: JsonSchema, check: KeyCheck, path: string): void {
  if (node.type === "map") checkKeys(node, schema, check, path);
  const { items } = schema;
  if (node.type !== "list" || typeof items !== "object" || items === null) return;
  for (const [index, item] of node.items.entries()) checkInner(item, items as JsonSchema, check, join(path, index));
}

interface Issues {
  readonly known: readonly string[];
  readonly told: ReadonlySet<string>;
  readonly loading: Loading;
}

/** An issue of the plug-in's schema, at the line and column of what it is about. */
function reportIssue(issue: SchemaIssue, node: MapNode, base: string, { known, told, loading }: Issues): void {
  const { reporter } = loading;
  const keys = (issue.path ?? []).map((segment) => (typeof segment === "object" ? segment.key : segment));
  const place = placeOf(node, keys, base);
  if (told.has(place.path)) return;
  const unknown = unrecognized(issue);
  if (unknown !== undefined && place.node.type === "map") {
    for (const entry of place.node.entries)
      if (unknown.includes(entry.key)) unknownKey(entry, place.path, keys.length === 0 ? known : [], loading);
    return;
  }
  const last = String(keys.at(-1) ?? "");
  if (!place.found) {
    reporter.error("CONFIG_MISSING", place, `${last} is missing`, issue.message);
    return;
  }
  // What a plug-in says about a secret may repeat it in parts.
  const secret = keys.some((key) => isSecretKey(String(key)));
  const message = secret ? `${last} cannot be used` : issue.message;
  const code = (issue as { readonly code?: unknown }).code === "invalid_type" ? "CONFIG_TYPE" : "CONFIG_VALUE";
  reporter.error(code, place, message, quotesHint(place.node, issue));
}

function quotesHint(node: ConfigNode, issue: SchemaIssue): string | undefined {
  const wantsText = (issue as { readonly expected?: unknown }).expected === "string";
  return wantsText && node.type === "scalar" && node.value !== null ? "put it in quotes" : undefined;
}

/** zod tells of unknown keys in one issue, with their names beside it. */
function unrecognized(issue: SchemaIssue): readonly unknown[] | undefined {
  const { code, keys } = issue as { readonly code?: unknown; readonly keys?: unknown };
  return code === "unrecognized_keys" && Array.isArray(keys) ? keys : undefined;
}

function knownKeys(schema: JsonSchema | undefined): readonly string[] {
  return Object.keys((schema?.properties as object | undefined) ?? {});
}
