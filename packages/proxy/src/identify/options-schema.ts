import type { StandardSchema } from "@namerkit/core";

/** One field of a flat object of options. */
export interface OptionField<T> {
  readonly default: T;
  /** There is no default: it has to be given. */
  readonly required?: true;
  /** What is wrong with a value that is not undefined; undefined where nothing is. */
  check(value: unknown): string | undefined;
  /** JSON Schema of the field. */
  readonly json: object;
}

export function booleanField(fallback: boolean): OptionField<boolean> {
  const check = (value: unknown) => (typeof value === "boolean" ? undefined : "must be true or false");
  return { default: fallback, check, json: { type: "boolean", default: fallback } };
}

export function integerField(fallback: number, min: number, max: number): OptionField<number> {
  const fits = (value: unknown) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
  const check = (value: unknown) => (fits(value) ? undefined : `must be an integer from ${min} to ${max}`);
  return { default: fallback, check, json: { type: "integer", minimum: min, maximum: max, default: fallback } };
}

/** A share of all, from 0 to 1. */
export function shareField(fallback: number | "required"): OptionField<number> {
  const check = (value: unknown) =>
    typeof value === "number" && value >= 0 && value <= 1 ? undefined : "must be a number from 0 to 1";
  const json = { type: "number", minimum: 0, maximum: 1 };
  if (fallback === "required") return { default: 0, required: true, check, json };
  return { default: fallback, check, json: { ...json, default: fallback } };
}

/** `about`: what it has to be, such as `a host name`; `pattern` matches the whole. */
export function textField<T extends string | undefined>(fallback: T, pattern: RegExp, about: string): OptionField<T> {
  const check = (value: unknown) => (typeof value === "string" && pattern.test(value) ? undefined : `must be ${about}`);
  const json = { type: "string", pattern: pattern.source };
  return { default: fallback, check, json: fallback === undefined ? json : { ...json, default: fallback } };
}

export function choiceField<T extends string>(fallback: T, choices: readonly T[]): OptionField<T> {
  const known = (value: unknown) => typeof value === "string" && (choices as readonly string[]).includes(value);
  const check = (value: unknown) => (known(value) ? undefined : `must be one of ${choices.join(", ")}`);
  return { default: fallback, check, json: { enum: choices, default: fallback } };
}

export function headerNameField(fallback: string): OptionField<string> {
  const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
  const check = (value: unknown) =>
    typeof value === "string" && token.test(value) ? undefined : "must be the name of an HTTP header";
  return { default: fallback, check, json: { type: "string", pattern: token.source, default: fallback } };
}

type Fields<Output> = { readonly [Key in keyof Output]-?: OptionField<Output[Key]> };

/** A schema for a flat object of fields, with defaults; unknown keys are errors. */
export function optionsSchema<Output extends object>(fields: Fields<Output>): StandardSchema<Output> {
  const validate = (value: unknown) => {
    if (value !== undefined && (typeof value !== "object" || value === null || Array.isArray(value))) {
      return { issues: [{ message: "must be an object" }] };
    }
    const given = (value ?? {}) as Readonly<Record<string, unknown>>;
    const issues: { message: string; path: string[] }[] = [];
    const output: Record<string, unknown> = {};
    for (const [key, field] of Object.entries<OptionField<unknown>>(fields)) {
      const found = Object.hasOwn(given, key) ? given[key] : undefined;
      const missing = field.required === true ? "is missing" : undefined;
      const problem = found === undefined ? missing : field.check(found);
      if (problem !== undefined) issues.push({ message: `${key} ${problem}`, path: [key] });
      output[key] = found ?? field.default;
    }
    for (const key of Object.keys(given)) {
      if (!Object.hasOwn(fields, key)) issues.push({ message: `unknown key ${key}`, path: [key] });
    }
    return issues.length > 0 ? { issues } : { value: output as Output };
  };
  return { "~standard": { version: 1, vendor: "namerkit", validate } };
}

/** The same for editors. */
export function optionsJsonSchema<Output extends object>(fields: Fields<Output>): object {
  const properties: Record<string, object> = {};
  const all = Object.entries<OptionField<unknown>>(fields);
  for (const [key, field] of all) properties[key] = field.json;
  const required = all.filter(([, field]) => field.required === true).map(([key]) => key);
  return { type: "object", properties, ...(required.length === 0 ? {} : { required }), additionalProperties: false };
}
