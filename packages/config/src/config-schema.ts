import type { Plugin } from "@namerkit/core";
import type { JsonSchema } from "./fields/field.js";
import { objectSchema } from "./fields/object-schema.js";
import { httpRouterFields } from "./known/router.js";
import { knownTelemeters } from "./known/telemetry.js";
import { topFields } from "./known/top.js";
import type { Registry } from "./plan.js";
import { optionsSchema } from "./plugins/options-schema.js";

type Role = Plugin["role"];

const experimental = { type: "boolean", description: "Enables what is experimental." };

const LOADER_PROPERTIES: Readonly<Record<Role, Readonly<Record<string, JsonSchema>>>> = {
  namer: {
    prefix: {
      type: "string",
      pattern: "^/",
      description: "Where the namer is mounted below /#. Default: a slash and the kind.",
    },
    experimental,
    transformers: transformers(),
  },
  identifier: { experimental },
  interpreter: {
    experimental,
    transformers: transformers(),
  },
  transformer: {
    experimental,
    prefix: { type: "string", pattern: "^/", description: "What bound ids get in front, below /%." },
  },
  telemeter: { experimental },
};

function transformers(): JsonSchema {
  return { type: "array", items: { $ref: "#/$defs/transformer" }, description: "Change what is bound, in this order." };
}

/**
 * JSON Schema (2020-12) of a whole configuration, for editors: every key with its description, every kind of the registry with
 * the options of its plug-in. Official kinds are imported for it; one whose package is missing takes any options.
 */
export async function configJsonSchema(registry: Registry): Promise<object> {
  const [namer, identifier, interpreter, transformer, telemeter] = await Promise.all(
    (["namer", "identifier", "interpreter", "transformer", "telemeter"] as const).map((role) =>
      roleSchema(role, registry),
    ),
  );
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Namerkit configuration",
    ...objectSchema(topFields),
    required: ["routers"],
    $defs: { namer, identifier, interpreter, transformer, telemeter, router: objectSchema(httpRouterFields) },
  };
}

async function roleSchema(role: Role, registry: Registry): Promise<JsonSchema> {
  const kinds = registry.kinds(role);
  const own = await Promise.all(kinds.map((kind) => kindSchema(role, kind, registry)));
  // Those that nobody acts on may be named too.
  const further = Object.entries(role === "telemeter" ? knownTelemeters : {});
  const schemas = [...own, ...further.flatMap(([kind, { schema }]) => (kinds.includes(kind) ? [] : [schema]))];
  return schemas.length === 0 ? { type: "object", required: ["kind"] } : { anyOf: schemas };
}

async function kindSchema(role: Role, kind: string, registry: Registry): Promise<JsonSchema> {
  // A kind that cannot be loaded is told of when a configuration names it; the schema only knows less.
  const plugin = await registry.find(role, kind).catch(() => undefined);
  const own = plugin === undefined ? undefined : optionsSchema(plugin)?.schema;
  const needed = [...requiredOf(own), ...(needsPrefix(plugin) ? ["prefix"] : [])];
  return {
    ...own,
    type: "object",
    properties: { kind: { const: kind }, ...LOADER_PROPERTIES[role], ...(own?.properties as object | undefined) },
    required: ["kind", ...needed],
    ...(own?.properties === undefined ? {} : { additionalProperties: own.additionalProperties ?? false }),
  };
}

function requiredOf(schema: JsonSchema | undefined): readonly string[] {
  return Array.isArray(schema?.required) ? schema.required : [];
}

function needsPrefix(plugin: Plugin | undefined): boolean {
  return plugin?.role === "namer" && plugin.defaultPrefix === null;
}
