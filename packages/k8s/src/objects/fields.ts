/** What came over the wire, and may be anything. */
export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An object, or an empty one in its place. */
export function objectIn(parent: Json, field: string): Json {
  const value = parent[field];
  return isObject(value) ? value : {};
}

/** The objects of a list; lists may be null. */
export function objectsIn(parent: Json, field: string): readonly Json[] {
  const value = parent[field];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function textIn(parent: Json, field: string): string | undefined {
  const value = parent[field];
  return typeof value === "string" ? value : undefined;
}

/** A port that something can listen on. */
export function portIn(parent: Json, field: string): number | undefined {
  const value = parent[field];
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 65_535 ? value : undefined;
}
