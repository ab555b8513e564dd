/**
 * Reads fields of entries that nobody has checked: what is not of the expected type is as if it were not there, so that a server of
 * another age costs a field and never an entry.
 */
export type Fields = Readonly<Record<string, unknown>>;

/** Undefined for what is no object. */
export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** Undefined for what is no text, and for an empty one: Go writes both for "none". */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function textsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) return none;
  return value.filter((one): one is string => typeof one === "string" && one !== "");
}

/** The entries of a map of texts, such as labels or links. */
export function pairsOf(value: unknown): readonly (readonly [key: string, text: string])[] {
  const fields = fieldsOf(value);
  if (fields === undefined) return none;
  return Object.entries(fields).filter((pair): pair is [string, string] => typeof pair[1] === "string");
}

/** Whether there is a health check: `health_check` is an empty map, or one with port 0, where there is none. */
export function hasCheck(value: unknown): boolean {
  const port = fieldsOf(value)?.port;
  return typeof port === "number" && port > 0;
}

const none: readonly never[] = [];
