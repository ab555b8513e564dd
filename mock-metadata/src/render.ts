import { stringify } from "yaml";
import { isObject, type Json } from "./json.js";

export type Format = "text" | "json" | "yaml";

const formats: Readonly<Record<string, Format>> = {
  "text/plain": "text",
  "text/*": "text",
  "*/*": "text",
  "application/json": "json",
  "application/yaml": "yaml",
  "application/x-yaml": "yaml",
  "text/yaml": "yaml",
  "text/x-yaml": "yaml",
};

/** What an Accept header asks for; text when it asks for nothing that there is. */
export function formatFor(accept: string | null): Format {
  let best: { readonly format: Format; readonly quality: number } | undefined;
  for (const part of (accept ?? "").split(",")) {
    const [type = "", ...parameters] = part.split(";").map((one) => one.trim().toLowerCase());
    const format = formats[type];
    if (format === undefined) continue;
    const q = Number(parameters.find((one) => one.startsWith("q="))?.slice(2) ?? 1);
    if (!(q > 0) || (best !== undefined && best.quality >= q)) continue;
    best = { format, quality: q };
  }
  return best?.format ?? "text";
}

export function render(value: Json, format: Format): string {
  if (format === "json") return goJson(value);
  if (format === "yaml") return stringify(value);
  return text(value);
}

/** Scalars bare; of a map its keys, of a list its positions with names, one a line, with a slash behind what has parts. */
function text(value: Json): string {
  if (value === null) return "";
  if (Array.isArray(value)) return value.map((one: Json, i) => `${i}${itemSuffix(one)}\n`).join("");
  if (isObject(value)) {
    const keys = Object.keys(value).sort();
    return keys.map((key) => `${queryEscape(key)}${hasParts(value[key]) ? "/" : ""}\n`).join("");
  }
  return String(value);
}

function itemSuffix(item: Json): string {
  if (isObject(item) && typeof item.name === "string") return `=${queryEscape(item.name)}`;
  return hasParts(item) ? "/" : "";
}

function hasParts(value: Json | undefined): boolean {
  return typeof value === "object" && value !== null;
}

/** As Go's url.QueryEscape. */
function queryEscape(value: string): string {
  return encodeURIComponent(value)
    .replace(/%20/g, "+")
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** As Go's encoding/json: keys sorted, and what could end a script element escaped. */
function goJson(value: Json): string {
  return JSON.stringify(sorted(value)).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map((one: Json) => sorted(one));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key] as Json)]),
  );
}
