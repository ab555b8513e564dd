import { type PartialSourceOptions, sourceJsonSchemaProperties, withSourceOptions } from "@namerkit/core";
import * as z from "zod";

/** The versions of the metadata API. `latest` is whatever the server has newest. */
export const apiVersions = ["2015-07-25", "2015-12-19", "2016-07-29", "latest"] as const;

const port = z.int().min(1).max(65_535);

const options = z.strictObject({
  host: z.string().min(1).default("rancher-metadata").describe("Where the metadata API is: a host name or an address."),
  port: port.default(80).describe("Port of the metadata API."),
  apiVersion: z.enum(apiVersions).default("2015-12-19").describe("Version of the metadata API."),
  maxWait: z
    .int()
    .min(1)
    .default(30)
    .describe("How many seconds the server may hold a long poll; it allows 120 at most."),
  portMappings: z
    .record(z.string().min(1), port)
    .default({})
    .describe("Port numbers by name, beside http (80) and https (443), which may be overridden."),
  allowLoopback: z
    .boolean()
    .default(false)
    .describe("Believe in containers with loopback addresses. For tests and demos on one machine only."),
});

export type RancherOptions = z.output<typeof options>;
export type RancherConfig = RancherOptions & { readonly source: PartialSourceOptions };

/** The schema of an entry with kind io.l5d.rancher, with the fields that every namer accepts. */
export const rancherConfig = withSourceOptions<RancherOptions>(options);

const { $schema: _, properties, ...rest } = z.toJSONSchema(options, { io: "input" });

/** The same as JSON Schema, for editors. */
export const rancherJsonSchema: object = { ...rest, properties: { ...properties, ...sourceJsonSchemaProperties } };
