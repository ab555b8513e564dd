export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/**
 * Go's nil list and nil map: `null` in JSON, but everywhere else a list and a map without entries. The real server has them where
 * a plain null would be expected, and tells them apart from null (`ports/` in text, not `ports`). Compared by identity.
 */
export const nilList: readonly Json[] = Object.freeze([]);
export const nilMap: JsonObject = Object.freeze({});

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
