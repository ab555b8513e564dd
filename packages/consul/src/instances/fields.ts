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

const nothing: readonly string[] = Object.freeze([]);

export function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) && value.length > 0 ? value.filter((one) => typeof one === "string") : nothing;
}

const noTexts: Readonly<Record<string, string>> = Object.freeze({});

/** Built for thousands of answers: the same object for nothing, and plain properties, so that all of a kind have one shape. */
export function textMapIn(value: unknown): Readonly<Record<string, string>> {
  if (!isFields(value)) return noTexts;
  let found: Record<string, string> | undefined;
  for (const key of Object.keys(value)) {
    const text = value[key];
    if (typeof text !== "string" || key === "__proto__") continue;
    found ??= {};
    found[key] = text;
  }
  return found ?? noTexts;
}
