/** Reading JSON of which any part may be missing, null, or something else. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function fieldsIn(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** "" for what is no text. */
export function textIn(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

export function textMapIn(value: unknown): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [key, text] of Object.entries(fieldsIn(value))) {
    // As a property of its own, also if it is called __proto__.
    if (typeof text === "string") Object.defineProperty(found, key, { value: text, enumerable: true });
  }
  return found;
}
