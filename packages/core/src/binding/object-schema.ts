import type { StandardSchema } from "./roles.js";

export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * A schema for a flat object of required fields, for the few plug-ins of core, which has no schema library. Each field's check says
 * what is wrong with its value, or nothing; `whole` looks at all of them together once each is right by itself.
 */
export function objectSchema<Output extends object>(
  fields: { readonly [Key in keyof Output]-?: (value: unknown) => string | undefined },
  whole: (value: Output) => Problem | undefined = () => undefined,
): StandardSchema<Output> {
  return {
    "~standard": {
      version: 1,
      vendor: "namerkit",
      validate(value) {
        const issues: Problem[] = [];
        if (typeof value !== "object" || value === null || Array.isArray(value))
          return { issues: [{ path: [], message: "must be an object" }] };
        const given = value as Readonly<Record<string, unknown>>;
        for (const [key, check] of Object.entries<(value: unknown) => string | undefined>(fields)) {
          const problem = Object.hasOwn(given, key) ? check(given[key]) : "is required";
          if (problem !== undefined) issues.push({ path: [key], message: `${key} ${problem}` });
        }
        for (const key of Object.keys(given))
          if (!Object.hasOwn(fields, key)) issues.push({ path: [key], message: `unknown key ${key}` });
        const problem = issues.length === 0 ? whole(given as Output) : undefined;
        if (problem !== undefined) issues.push(problem);
        return issues.length > 0 ? { issues } : { value: given as Output };
      },
    },
  };
}
