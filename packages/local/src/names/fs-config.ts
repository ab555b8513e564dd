import {
  checkSourceOptions,
  NamerError,
  type PartialSourceOptions,
  type SourceFields,
  sourceJsonSchemaProperties,
  withSourceOptions,
} from "@namerkit/core";
import * as z from "zod";

const fields = z.strictObject({
  rootDir: z
    .string("expected the name of a directory")
    .min(1, "expected the name of a directory")
    .describe("The directory whose files are the names; relative to the configuration file."),
});

type Fields = z.output<typeof fields>;

/** What a configuration may say; times in ms. */
export type FsOptions = Fields & { readonly [K in keyof SourceFields]?: SourceFields[K] | undefined };

/** The same, checked; the fields that every namer accepts are apart. */
export type FsConfig = Fields & { readonly source: PartialSourceOptions };

/** The schema of an entry with kind io.l5d.fs among the namers. */
export const fsConfig = withSourceOptions<Fields>(fields);

const { $schema: _, properties, ...rest } = z.toJSONSchema(fields, { io: "input" });

/** The same as JSON Schema, for editors. */
export const fsJsonSchema: object = { ...rest, properties: { ...properties, ...sourceJsonSchemaProperties } };

/** The same at once, for programs. @throws NamerError NAMER_CONFIG that names each field that is wrong */
export function checkFsOptions(options: FsOptions): FsConfig {
  const { source, rest: own, issues } = checkSourceOptions(options);
  const checked = fields.safeParse(own);
  const wrong = [...issues, ...(checked.error?.issues ?? [])];
  if (wrong.length === 0 && checked.success) return { ...checked.data, source };
  const text = wrong.map(({ path, message }) => [...(path ?? []).map(String), message].join(": "));
  throw new NamerError("NAMER_CONFIG", text.join("; "));
}
