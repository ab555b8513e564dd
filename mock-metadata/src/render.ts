import { stringify } from "yaml";
import { queryEscape } from "./escape.js";
import { isObject, type Json, type JsonObject, nilList, nilMap } from "./json.js";
import type { Format } from "./negotiate.js";

export function render(value: Json, format: Format): string {
  if (format === "json") return goJson(value);
  if (format === "yaml") return goYaml(value);
  return goText(value);
}

/** Scalars bare; of a map its keys, of a list its positions with names, one a line, with a slash behind what has parts. */
function goText(value: Json): string {
  if (value === null) return "";
  if (Array.isArray(value)) return value.map((one: Json, i) => `${i}${itemSuffix(one)}\n`).join("");
  if (isObject(value)) {
    const lines = Object.keys(value).map((key) => `${queryEscape(key)}${hasParts(value[key]) ? "/" : ""}\n`);
    return lines.sort().join("");
  }
  return String(value);
}

function itemSuffix(item: Json): string {
  if (isObject(item)) {
    for (const key of ["name", "uuid"]) {
      const name = item[key];
      if (typeof name === "string") return `=${queryEscape(name)}`;
    }
  }
  return hasParts(item) ? "/" : "";
}

function hasParts(value: Json | undefined): boolean {
  return typeof value === "object" && value !== null;
}

/** As Go's encoding/json: keys sorted, nil lists and maps null, and what could end a script element escaped. */
function goJson(value: Json): string {
  return written(value).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function written(value: Json): string {
  if (value === nilList || value === nilMap) return "null";
  if (Array.isArray(value)) return `[${value.map(written).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const fields = Object.keys(value).sort();
  return `{${fields.map((key) => `${JSON.stringify(key)}:${written(value[key] as Json)}`).join(",")}}`;
}

/** As Go's yaml.v2: keys sorted, lists not indented, everything written out where it is. */
function goYaml(value: Json): string {
  return stringify(value, { aliasDuplicateObjects: false, indentSeq: false, lineWidth: 0, sortMapEntries: true });
}

/** As Go's fmt.Sprint, by which a long poll compares. Only for scalars is it of any use. */
export function goSprint(value: Json): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goSprint).join(" ")}]`;
  if (isObject(value)) return `map[${fieldsOf(value).join(" ")}]`;
  return String(value);
}

function fieldsOf(value: JsonObject): readonly string[] {
  return Object.keys(value)
    .sort()
    .map((key) => `${key}:${goSprint(value[key] as Json)}`);
}
