import type { PartialSourceOptions, SourceFields } from "@namerkit/core";
import { sourceJsonSchemaProperties, withSourceOptions } from "@namerkit/core";
import * as z from "zod";
import { scopes } from "../collection/scope.js";
import { apiFields, checkApi } from "./api-fields.js";
import { checked } from "./checked.js";

const labelText = "expected the key of a label, such as version or example.com/track";
const labelKey = z
  .string()
  .regex(/^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/, labelText);

const common = {
  ...apiFields,
  labelSelector: labelKey
    .optional()
    .describe("The key of a label: names have one more part, and only what has the label with that value is used."),
  scope: z
    .enum(["auto", ...scopes])
    .default("auto")
    .describe(
      "What one watch is for: a service, a namespace, the cluster. auto: as much as what is asked for makes sensible, and the API allows.",
    ),
};

const endpointFields = {
  ipFamily: z
    .enum(["auto", "IPv4", "IPv6", "both"])
    .default("auto")
    .describe("Which addresses of services that have both; auto: IPv4 where there is any."),
  notReady: z.boolean().default(false).describe("Also use endpoints that are not ready, or are being terminated."),
  zone: z
    .string()
    .min(1, "expected the name of a zone")
    .optional()
    .describe("The zone this runs in: where the control plane hints at who should serve it, only those are used."),
};

const envVar = z
  .string()
  .min(1, "expected the name of a variable")
  .default("POD_NAMESPACE")
  .describe("The environment variable that holds the namespace.");

const shape = z.strictObject({ ...common, ...endpointFields }).superRefine(checkApi);
const namespaceShape = z.strictObject({ ...common, ...endpointFields, envVar }).superRefine(checkApi);
const externalShape = z.strictObject(common).superRefine(checkApi);

type WithSource<T> = T & { readonly [K in keyof SourceFields]?: SourceFields[K] | undefined };

/** What a configuration of io.l5d.k8s may say, all of it optional. */
export type K8sOptions = WithSource<z.input<typeof shape>>;
/** Of io.l5d.k8s.ns. */
export type K8sNamespaceOptions = WithSource<z.input<typeof namespaceShape>>;
/** Of io.l5d.k8s.external. */
export type K8sExternalOptions = WithSource<z.input<typeof externalShape>>;

type Checked<T> = T & { readonly source: PartialSourceOptions };
export type K8sConfig = Checked<z.output<typeof shape>>;
export type K8sNamespaceConfig = Checked<z.output<typeof namespaceShape>>;
export type K8sExternalConfig = Checked<z.output<typeof externalShape>>;

/** The schemas of entries, with the fields that every namer accepts. */
export const k8sConfig = withSourceOptions<z.output<typeof shape>>(shape);
export const k8sNamespaceConfig = withSourceOptions<z.output<typeof namespaceShape>>(namespaceShape);
export const k8sExternalConfig = withSourceOptions<z.output<typeof externalShape>>(externalShape);

/** The same as JSON Schema, for editors. */
export const k8sJsonSchema = jsonSchema(shape);
export const k8sNamespaceJsonSchema = jsonSchema(namespaceShape);
export const k8sExternalJsonSchema = jsonSchema(externalShape);

function jsonSchema(of: z.ZodType): object {
  const { $schema: _, properties, ...rest } = z.toJSONSchema(of, { io: "input" });
  return { ...rest, properties: { ...properties, ...sourceJsonSchemaProperties } };
}

/** For programs. @throws NamerError NAMER_CONFIG that names each field that is wrong */
export function checkOptions(options: K8sOptions): K8sConfig {
  return checked(shape, options);
}
export function checkNamespaceOptions(options: K8sNamespaceOptions): K8sNamespaceConfig {
  return checked(namespaceShape, options);
}
export function checkExternalOptions(options: K8sExternalOptions): K8sExternalConfig {
  return checked(externalShape, options);
}
