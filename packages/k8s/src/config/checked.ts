import { checkSourceOptions, NamerError, type PartialSourceOptions } from "@namerkit/core";
import type * as z from "zod";

/** Options of a program, checked like an entry of a configuration. @throws NamerError NAMER_CONFIG that names each field that is wrong */
export function checked<Fields extends object>(
  schema: z.ZodType<Fields>,
  options: Readonly<Record<string, unknown>>,
): Fields & { readonly source: PartialSourceOptions } {
  const { source, rest, issues } = checkSourceOptions(options);
  const result = schema.safeParse(rest);
  const wrong = [...issues, ...(result.error?.issues ?? [])];
  if (wrong.length === 0 && result.success) return { ...result.data, source };
  const text = wrong.map(({ path, message }) => [...(path ?? []).map(String), message].join(": "));
  throw new NamerError("NAMER_CONFIG", text.join("; "));
}
