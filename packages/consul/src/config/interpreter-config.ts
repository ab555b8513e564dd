import {
  type PartialSourceOptions,
  Path,
  type SourceFields,
  sourceJsonSchemaProperties,
  withSourceOptions,
} from "@namerkit/core";
import * as z from "zod";
import { checked } from "./checked.js";
import { checkConnection, connectionFields, consistencyMode } from "./connection.js";

const ms = z.int("expected milliseconds").min(1, "expected milliseconds");

/** Linkerd's, for all that retries. */
const backoff = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("constant"),
    ms: z.int("expected milliseconds").min(0, "expected milliseconds").default(0),
  }),
  z.strictObject({ kind: z.literal("jittered"), minMs: ms, maxMs: ms }),
]);

const shape = z
  .strictObject({
    ...connectionFields,
    pathPrefix: z
      .string()
      .refine(isPath, "expected a path such as /namerd/dtabs")
      .default("/namerd/dtabs")
      .describe("Where in the key-value store the dtabs are."),
    namespace: z.string().min(1, "expected a name").default("default").describe("Which of the dtabs there."),
    datacenter: z
      .string()
      .min(1, "expected a datacenter")
      .optional()
      .describe("Whose key-value store; the agent's own by default."),
    readConsistencyMode: consistencyMode.describe("How fresh answers must be, in Consul's words."),
    writeConsistencyMode: consistencyMode.describe("Accepted as Linkerd has it; nothing is written."),
    backoff: backoff.optional().describe("Pauses between attempts. By default 100 ms, doubling to 10 s, with jitter."),
  })
  .superRefine(checkConnection);

type Fields = z.output<typeof shape>;

export type ConsulInterpreterOptions = z.input<typeof shape> & {
  readonly [K in keyof SourceFields]?: SourceFields[K] | undefined;
};

export type ConsulInterpreterConfig = Fields & { readonly source: PartialSourceOptions };

/** The schema of an interpreter of kind io.l5d.consul.interpreter. */
export const interpreterConfig = withSourceOptions<Fields>(shape);

const { $schema: _, properties, ...rest } = z.toJSONSchema(shape, { io: "input" });
export const interpreterJsonSchema: object = { ...rest, properties: { ...properties, ...sourceJsonSchemaProperties } };

/** The same at once, for programs. @throws NamerError NAMER_CONFIG that names each field that is wrong */
export function checkInterpreterOptions(options: ConsulInterpreterOptions): ConsulInterpreterConfig {
  return checked(shape, options);
}

function isPath(text: string): boolean {
  try {
    return !Path.parse(text).isEmpty;
  } catch {
    return false;
  }
}
