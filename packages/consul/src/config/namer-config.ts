import type { PartialSourceOptions, SourceFields } from "@namerkit/core";
import { sourceJsonSchemaProperties, withSourceOptions } from "@namerkit/core";
import * as z from "zod";
import { checked } from "./checked.js";
import { checkConnection, connectionFields, consistencyMode } from "./connection.js";

/** From well to ill. What an instance is, is the worst of its checks. */
export const healthStatuses = ["passing", "warning", "critical", "maintenance"] as const;
export type HealthStatus = (typeof healthStatuses)[number];

const name = (what: string) => z.string().min(1, `expected ${what}`);
const healthStatus = z.enum(healthStatuses, {
  error: ({ input }) => `Illegal Consul health status: ${String(input)}`,
});
/** Characters that a path can hold as they are, and that are rarely part of a tag. */
const tagSeparators = [":", "%", "$", "#", "_"] as const;
const weightText = "expected a weight, 0 or more";

const shape = z
  .strictObject({
    ...connectionFields,
    includeTag: z.boolean().default(false).describe("Names have a tag before the service: /<dc>/<tag>/<service>."),
    useHealthCheck: z
      .boolean()
      .default(false)
      .describe("Use only instances in one of healthStatuses; without it health is not looked at."),
    healthStatuses: z
      .array(healthStatus)
      .min(1, "expected at least one status")
      .default(["passing"])
      .describe("Which instances are used, where useHealthCheck is on; each counts as the worst of its checks."),
    setHost: z
      .boolean()
      .default(false)
      .describe("Requests get the Host that Consul's DNS has for the name: [<tag>.]<service>.service.<dc>.<domain>."),
    consistencyMode: consistencyMode.describe("How fresh answers must be, in Consul's words."),
    preferServiceAddress: z
      .boolean()
      .default(true)
      .describe("The address of a service before that of its node; false: always that of the node."),
    weights: z
      .array(
        z.strictObject({
          tag: name("a tag").describe("Instances with this tag …"),
          weight: z
            .number(weightText)
            .min(0, weightText)
            .describe("… have this weight, or a larger one by another tag."),
        }),
      )
      .optional()
      .describe("Weights by tag, 1 for what has none of them. Without it weights are those that are in Consul."),
    fixedLengthStreamedAfterKB: z
      .int("expected a number of kilobytes")
      .min(0, "expected a number of kilobytes")
      .optional()
      .describe("Accepted as Linkerd has it; answers of any size up to 256 MiB are read."),
    transferMetadata: z
      .boolean()
      .default(false)
      .describe("Tell the metadata of nodes and services as metadata of addresses."),
    tags: z.array(name("a tag")).default([]).describe("Tags that every instance must have, beside one in the name."),
    tagSeparator: z
      .enum(["", ...tagSeparators], { error: `expected one of ${tagSeparators.join(" ")}` })
      .default("")
      .describe("Splits the tag of a name into several, all of which an instance must have; none by default."),
    transferTags: z.boolean().default(false).describe("Tell tags as metadata of addresses, joined by commas."),
    filter: name("an expression").optional().describe("An expression in Consul's filter language; Consul applies it."),
    near: name("a node, or _agent").optional().describe("The node from which instances are sorted by round-trip time."),
    namespace: name("a namespace").optional().describe("Of Consul Enterprise."),
    partition: name("a partition").optional().describe("Of Consul Enterprise."),
    peer: name("a peer").optional().describe("Services imported from this cluster peering."),
    connect: z
      .boolean()
      .default(false)
      .describe("Bind to what accepts Connect traffic for the service (its sidecar proxies); needs useHealthCheck."),
    portName: name("a port's name")
      .optional()
      .describe("Which port of services that have several (Consul 1.22); the default one if none is named."),
    preparedQueries: z
      .boolean()
      .default(false)
      .describe("Names are those of prepared queries, or their ids: /<dc>/<query>. They are asked anew all the time."),
    queryIntervalMs: z
      .int("expected 500 ms or more")
      .min(500, "expected 500 ms or more")
      .default(5_000)
      .describe("How often a prepared query is executed, in ms."),
    remoteAddresses: z
      .enum(["lan", "wan"])
      .default("lan")
      .describe("Which tagged addresses are used in datacenters other than the agent's own."),
  })
  .superRefine((given, context) => {
    checkConnection(given, context);
    const not = (field: string, message: string): void => context.addIssue({ code: "custom", message, path: [field] });
    if (given.connect && !given.useHealthCheck)
      not("connect", "Consul tells these with their health only: set useHealthCheck");
    if (given.tagSeparator !== "" && !given.includeTag) not("tagSeparator", "without includeTag names have no tags");
    if (!given.preparedQueries) return;
    for (const field of ["includeTag", "connect"] as const) {
      if (given[field]) not(field, "a prepared query says for itself what it looks for");
    }
    if (given.tags.length > 0) not("tags", "a prepared query says for itself which tags it looks for");
    if (given.filter !== undefined) not("filter", "prepared queries cannot be filtered");
    if (given.peer !== undefined) not("peer", "a prepared query says for itself where it looks");
  });

type Fields = z.output<typeof shape>;

/** What a configuration may say, all of it optional; times in ms. */
export type ConsulOptions = z.input<typeof shape> & {
  readonly [K in keyof SourceFields]?: SourceFields[K] | undefined;
};

/** The same, checked and complete; the fields that every namer accepts are apart. */
export type ConsulConfig = Fields & { readonly source: PartialSourceOptions };

/** The schema of an entry with kind io.l5d.consul, with the fields that every namer accepts. */
export const consulConfig = withSourceOptions<Fields>(shape);

const { $schema: _, properties, ...rest } = z.toJSONSchema(shape, { io: "input" });

/** The same as JSON Schema, for editors. */
export const consulJsonSchema: object = { ...rest, properties: { ...properties, ...sourceJsonSchemaProperties } };

/** The same at once, for programs. @throws NamerError NAMER_CONFIG that names each field that is wrong */
export function checkOptions(options: ConsulOptions): ConsulConfig {
  return checked(shape, options);
}
