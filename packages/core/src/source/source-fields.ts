import type { SchemaIssue, StandardSchema } from "../binding/roles.js";
import { NamerError } from "../errors.js";
import { defaultSourceOptions, type PartialSourceOptions, type SourceOptions } from "./source-options.js";

/** The fields of an entry of the configuration that every namer accepts beside its own. */
export type SourceFields = Pick<
  SourceOptions,
  "firstAnswerMs" | "maxStaleMs" | "whenUnavailable" | "lingerMs" | "emptyGraceMs" | "snapshotFile"
>;

/** One of these fields, for whoever checks, documents or completes a configuration. */
export interface SourceField {
  readonly name: keyof SourceFields;
  readonly type: "milliseconds" | "choice" | "text";
  /** For "milliseconds": the least that makes sense. */
  readonly minimum?: number;
  /** For "choice". */
  readonly choices?: readonly string[];
  readonly default: string | number | undefined;
  readonly description: string;
}

const defaults = defaultSourceOptions;

export const sourceOptionFields: readonly SourceField[] = [
  {
    name: "firstAnswerMs",
    type: "milliseconds",
    minimum: 1,
    default: defaults.firstAnswerMs,
    description: "How long a name may stay pending before it fails with the cause.",
  },
  {
    name: "maxStaleMs",
    type: "milliseconds",
    minimum: 1,
    default: defaults.maxStaleMs,
    description:
      "From which age on the last good answer is no longer believed when contact is lost; for ever by default.",
  },
  {
    name: "whenUnavailable",
    type: "choice",
    choices: ["failed", "neg"],
    default: defaults.whenUnavailable,
    description: "What a name is while the catalogue has never been reached; neg lets `a | b` fall over to b.",
  },
  {
    name: "lingerMs",
    type: "milliseconds",
    minimum: 0,
    default: defaults.lingerMs,
    description: "How long a watch is kept up after nobody needs it any more.",
  },
  {
    name: "emptyGraceMs",
    type: "milliseconds",
    minimum: 0,
    default: defaults.emptyGraceMs,
    description: "How long a sudden drop to nothing must last before it is believed; 0 believes at once.",
  },
  {
    name: "snapshotFile",
    type: "text",
    default: defaults.snapshotFile,
    description:
      "A file that keeps the last good addresses, for a start at which the catalogue cannot be reached; none by default. They are believed up to the age of maxStaleMs, or of a day.",
  },
];

/** JSON Schema `properties` of the same, to be merged into that of a namer. */
export const sourceJsonSchemaProperties: Readonly<Record<string, object>> = Object.fromEntries(
  sourceOptionFields.map((field) => [
    field.name,
    {
      description: field.description,
      ...schemaOf(field),
      ...(field.default === undefined ? {} : { default: field.default }),
    },
  ]),
);

function schemaOf({ type, choices, minimum }: SourceField): object {
  if (type === "choice") return { enum: choices };
  return type === "text" ? { type: "string", minLength: 1 } : { type: "integer", minimum };
}

/** An entry taken apart: the fields of every namer, the rest, and what is wrong with the former. */
export interface SplitSourceOptions {
  readonly source: PartialSourceOptions;
  readonly rest: Readonly<Record<string, unknown>>;
  readonly issues: readonly SchemaIssue[];
}

/** Takes the common fields out of an entry and checks them, without throwing. */
export function checkSourceOptions(config: Readonly<Record<string, unknown>>): SplitSourceOptions {
  const source: Record<string, unknown> = {};
  const rest: Record<string, unknown> = { ...config };
  const issues: SchemaIssue[] = [];
  for (const field of sourceOptionFields) {
    if (!Object.hasOwn(rest, field.name)) continue;
    const value = rest[field.name];
    delete rest[field.name];
    const wrong = value === undefined ? undefined : complaint(field, value);
    if (wrong !== undefined) issues.push({ message: wrong, path: [field.name] });
    else if (value !== undefined) source[field.name] = value;
  }
  return { source, rest, issues };
}

/** Takes the common fields out of an entry. Throws a NamerError NAMER_CONFIG whose message begins with the field that is wrong. */
export function splitSourceOptions(config: Readonly<Record<string, unknown>>): {
  readonly source: PartialSourceOptions;
  readonly rest: Readonly<Record<string, unknown>>;
} {
  const { source, rest, issues } = checkSourceOptions(config);
  if (issues.length > 0) {
    const text = issues.map((issue) => `${String(issue.path?.[0])}: ${issue.message}`).join("; ");
    throw new NamerError("NAMER_CONFIG", text);
  }
  return { source, rest };
}

/**
 * A namer's schema that also accepts the common fields: its output has them apart, under `source`, ready to be given on as `options`.
 * The schema itself sees only the rest, so it may be as strict as it likes.
 */
export function withSourceOptions<Config extends object>(
  schema: StandardSchema<Config>,
): StandardSchema<Config & { readonly source: PartialSourceOptions }> {
  return {
    "~standard": {
      version: 1,
      vendor: "namerkit",
      validate: async (value) => {
        const fields = typeof value === "object" && value !== null ? checkSourceOptions(value as never) : undefined;
        const result = await schema["~standard"].validate(fields?.rest ?? value);
        const issues = [...(fields?.issues ?? []), ...(result.issues ?? [])];
        if (issues.length > 0 || result.issues !== undefined) return { issues };
        return { value: { ...result.value, source: fields?.source ?? {} } };
      },
    },
  };
}

function complaint(field: SourceField, value: unknown): string | undefined {
  if (field.type === "choice") {
    if (typeof value === "string" && field.choices?.includes(value)) return undefined;
    return `expected ${field.choices?.join(" or ")}`;
  }
  if (field.type === "text")
    return typeof value === "string" && value !== "" ? undefined : "expected a text, not empty";
  const least = field.minimum ?? 0;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return undefined;
  return `expected a whole number of milliseconds, ${least} or more`;
}
