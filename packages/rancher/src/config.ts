import { isIP } from "node:net";
import {
  checkSourceOptions,
  NamerError,
  type PartialSourceOptions,
  type SourceFields,
  sourceJsonSchemaProperties,
  withSourceOptions,
} from "@namerkit/core";
import * as z from "zod";
import { isNumber } from "./ports.js";

/** The versions of the metadata API. `latest` is whatever the server has newest. */
export const apiVersions = ["2015-07-25", "2015-12-19", "2016-07-29", "latest"] as const;

const portText = "expected a port, 1 to 65535";
const port = z.int(portText).min(1, portText).max(65_535, portText);
const secondsText = "expected a whole number of seconds, 1 or more";

const labelList = z.array(z.string().min(1, "expected the name of a label")).superRefine(checkLabels).default([]);

const fields = z.strictObject({
  host: z
    .string()
    .refine(isHost, "expected a host name or an IP address, without scheme, port or path")
    .default("rancher-metadata")
    .describe("Where the metadata API is: a host name or an address."),
  port: port.default(80).describe("Port of the metadata API."),
  apiVersion: z
    .enum(apiVersions)
    .default("2015-12-19")
    .describe("Version of the metadata API. What is read of it is the same in each."),
  useHealthCheck: z
    .boolean()
    .default(true)
    .describe(
      "Use only healthy containers, by the rule of Rancher's DNS: healthy, updating-healthy, or checked by nobody.",
    ),
  failOpen: z
    .boolean()
    .default(false)
    .describe("Use all running containers of a service of which none is healthy, instead of none."),
  includeStarting: z.boolean().default(false).describe("Containers in state starting count as running."),
  excludeSystem: z.boolean().default(false).describe("Leave out the services of Rancher itself."),
  publishedPorts: z
    .boolean()
    .default(false)
    .describe("Reach containers at the ports their hosts publish, for proxies outside the managed network."),
  portLabelPrefix: z
    .string()
    .default("io.l5d.port.")
    .describe("Labels <prefix><name>: <port> of containers and services give ports a name; empty: no label does."),
  weightLabel: z
    .string()
    .default("io.l5d.weight")
    .describe("The label of containers or services that tells the weight of an address; empty: none does."),
  containerLabels: labelList.describe("Labels of containers to be told as metadata of their addresses."),
  hostLabels: labelList.describe("Labels of hosts to be told as metadata of the addresses on them."),
  maxWait: z
    .int(secondsText)
    .min(1, secondsText)
    .default(30)
    .describe("For how many seconds the server may hold a long poll; it allows 120 at most."),
  portMappings: z
    .record(z.string().min(1), port)
    .superRefine(checkNames)
    .default({})
    .describe("Port numbers by name, beside http (80) and https (443), which may be overridden."),
  allowLoopback: z
    .boolean()
    .default(false)
    .describe("Believe in containers with loopback addresses. For tests and demos on one machine only."),
});

type Fields = z.output<typeof fields>;

/** What a configuration may say, all of it optional; times in ms, but `maxWait` in seconds. */
export type RancherOptions = z.input<typeof fields> & {
  readonly [K in keyof SourceFields]?: SourceFields[K] | undefined;
};

/** The same, checked and complete; the fields that every namer accepts are apart. */
export type RancherConfig = Fields & { readonly source: PartialSourceOptions };

/** The schema of an entry with kind io.l5d.rancher, with the fields that every namer accepts. */
export const rancherConfig = withSourceOptions<Fields>(fields);

const { $schema: _, properties, ...rest } = z.toJSONSchema(fields, { io: "input" });

/** The same as JSON Schema, for editors. */
export const rancherJsonSchema: object = { ...rest, properties: { ...properties, ...sourceJsonSchemaProperties } };

/** The same at once, for programs. @throws NamerError NAMER_CONFIG that names each field that is wrong */
export function checkOptions(options: RancherOptions): RancherConfig {
  const { source, rest: own, issues } = checkSourceOptions(options);
  const checked = fields.safeParse(own);
  const wrong = [...issues, ...(checked.error?.issues ?? [])];
  if (wrong.length === 0 && checked.success) return { ...checked.data, source };
  const text = wrong.map(({ path, message }) => [...(path ?? []).map(String), message].join(": "));
  throw new NamerError("NAMER_CONFIG", text.join("; "));
}

/** Nothing that could become another part of the URL. */
function isHost(text: string): boolean {
  return isIP(text) !== 0 ? !text.includes("%") : /^(?!-)[\w-]{1,63}(\.[\w-]{1,63})*\.?$/.test(text);
}

function checkNames(mappings: Readonly<Record<string, number>>, context: z.RefinementCtx): void {
  const seen = new Map<string, string>();
  for (const name of Object.keys(mappings)) {
    const other = seen.get(name.toLowerCase());
    const wrong = isNumber(name)
      ? "a number always stands for itself"
      : other !== undefined && `the same as ${other}, since case does not count`;
    if (wrong) context.addIssue({ code: "custom", message: wrong, path: [name] });
    seen.set(name.toLowerCase(), name);
  }
}

/** The name of the host has its place already. */
function checkLabels(labels: readonly string[], context: z.RefinementCtx): void {
  for (const [i, label] of labels.entries()) {
    if (label === "nodeName")
      context.addIssue({ code: "custom", message: "nodeName is the name of the host, and always told", path: [i] });
  }
}
