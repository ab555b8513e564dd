import { corePlugins } from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { load, plugins, registry, SMALL } from "../test-support/load.js";
import { configJsonSchema } from "./config-schema.js";
import { createRegistry } from "./plugins/registry.js";

type Json = Readonly<Record<string, unknown>>;

/** Enough of JSON Schema to hold the document against: what the loader refuses, this should mostly refuse too. */
function flaws(value: unknown, schema: Json, root: Json, at = ""): readonly string[] {
  if (typeof schema.$ref === "string") {
    const target = schema.$ref
      .slice(2)
      .split("/")
      .reduce<unknown>((inner, key) => (inner as Json)[key], root);
    return flaws(value, target as Json, root, at);
  }
  if (Array.isArray(schema.anyOf)) {
    const tried = (schema.anyOf as Json[]).map((one) => flaws(value, one, root, at));
    return tried.some((found) => found.length === 0) ? [] : [`${at} fits none`];
  }
  if ("not" in schema) return [`${at} is not wanted`];
  if ("const" in schema) return value === schema.const ? [] : [`${at} is not ${String(schema.const)}`];
  if (Array.isArray(schema.enum)) return schema.enum.includes(value) ? [] : [`${at} is no word of it`];
  if (schema.type === "object") return objectFlaws(value, schema, root, at);
  if (schema.type === "array")
    return Array.isArray(value)
      ? value.flatMap((item, index) => flaws(item, (schema.items ?? {}) as Json, root, `${at}/${index}`))
      : [`${at} is no array`];
  if (schema.type === "integer" || schema.type === "number") {
    const good =
      typeof value === "number" &&
      value >= Number(schema.minimum ?? -Infinity) &&
      value <= Number(schema.maximum ?? Infinity);
    return good ? [] : [`${at} is no ${schema.type}`];
  }
  return schema.type === undefined || typeof value === schema.type ? [] : [`${at} is no ${String(schema.type)}`];
}

function objectFlaws(value: unknown, schema: Json, root: Json, at: string): readonly string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${at} is no object`];
  const properties = (schema.properties ?? {}) as Readonly<Record<string, Json>>;
  const missing = ((schema.required ?? []) as string[]).filter((key) => !(key in value));
  const inner = Object.entries(value).flatMap(([key, one]) => {
    if (key in properties) return flaws(one, properties[key] ?? {}, root, `${at}/${key}`);
    if (schema.additionalProperties === false) return [`${at}/${key} is unknown`];
    return flaws(one, (schema.additionalProperties ?? {}) as Json, root, `${at}/${key}`);
  });
  return [...missing.map((key) => `${at}/${key} is missing`), ...inner];
}

const schema = (await configJsonSchema(registry)) as Json;

describe("the JSON Schema of a configuration", () => {
  it("is 2020-12, and plain JSON", () => {
    expect(schema.$schema).toBe("https://json-schema.org/draft/2020-12/schema");
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });

  it("refers only to what it holds", () => {
    const references = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/(\w+)"/g)].map(([, name]) => name);
    expect(references.length).toBeGreaterThan(3);
    for (const name of references) expect(Object.keys(schema.$defs as object)).toContain(name);
  });

  it("describes every key that is ours", () => {
    const properties = schema.properties as Record<string, { description?: string }>;
    for (const [key, { description }] of Object.entries(properties)) expect(description, key).toMatch(/\.$/);
    const router = (schema.$defs as Record<string, { properties: typeof properties }>).router?.properties ?? {};
    for (const [key, { description }] of Object.entries(router)) expect(description, key).toMatch(/\.$/);
  });

  it.each([
    [{ routers: [{ protocol: "http", servers: [{ port: 4140 }] }] }, 0],
    [
      {
        admin: { port: 1 },
        namers: [{ kind: "io.acme.nomad", port: 80, tags: [{ tag: "a", weight: 2 }] }],
        routers: [
          {
            protocol: "http",
            identifier: [{ kind: "io.l5d.path", segments: 2 }],
            interpreter: { kind: "default", transformers: [{ kind: "io.l5d.port", port: 1 }] },
            servers: [{}],
            client: { loadBalancer: { kind: "ewma" } },
          },
        ],
      },
      0,
    ],
    [
      {
        admin: { security: { uiEnabled: false, pathBlacklist: ["/x.*"] }, httpIdentifierPort: 9991 },
        telemetry: [{ kind: "io.l5d.recentRequests", sampleRate: 0.5 }, { kind: "io.l5d.prometheus" }],
        routers: [
          {
            protocol: "http",
            tracePropagator: { kind: "io.l5d.w3c" },
            httpAccessLog: "a.log",
            servers: [
              {
                addForwardedHeader: { by: { kind: "static", label: "x" } },
                tls: { certPath: "/dev/null", keyPath: "/dev/null" },
              },
            ],
            client: {
              kind: "io.l5d.static",
              configs: [
                { prefix: "/{a}", tls: { commonName: "{a}" } },
                { prefix: "/b", failureAccrual: { kind: "none" } },
              ],
            },
            service: { retries: { backoff: { kind: "jittered", minMs: 1, maxMs: 2 } }, totalTimeoutMs: 5 },
          },
        ],
      },
      0,
    ],
    [{ routers: [{ protocol: "http", servers: [{ tls: { certPath: "/dev/null" } }] }] }, 1],
    [{ routers: [{ protocol: "http", servers: [{}], client: { kind: "io.l5d.static", configs: [{}] } }] }, 1],
    [{ routers: [{ protocol: "http", servers: [{}], service: { retries: { backoff: { kind: "jittered" } } } }] }, 1],
    [{ telemetry: [{ kind: "io.l5d.recentRequests" }], routers: [{ protocol: "http", servers: [{}] }] }, 1],
    [{ telemetry: [{ kind: "io.l5d.nothing" }], routers: [{ protocol: "http", servers: [{}] }] }, 1],
    [{ storage: { kind: "io.l5d.zk" }, routers: [{ protocol: "http", servers: [{}] }] }, 1],
    [{ routers: [{ protocol: "http", servers: [{ port: 70000 }] }] }, 1],
    [{ routers: [{ protocol: "http", servers: [{ prot: 1 }] }] }, 1],
    [{ routers: [{ protocol: "http", servers: [{}], client: { loadBalancer: { kind: "luck" } } }] }, 1],
    [{ namers: [{ kind: "io.acme.nomad", host: 5 }], routers: [{ protocol: "http", servers: [{}] }] }, 1],
    [{ namers: [{ kind: "io.acme.nomad", hots: "x" }], routers: [{ protocol: "http", servers: [{}] }] }, 1],
    [
      {
        namers: [{ kind: "io.l5d.rewrite", pattern: "/a", name: "/b" }],
        routers: [{ protocol: "http", servers: [{}] }],
      },
      1,
    ],
    [{ namers: [{}], routers: [{ protocol: "http", servers: [{}] }] }, 1],
    [{}, 1],
  ])("agrees with the loader: %j", async (config, expected) => {
    const { plan } = await load(JSON.stringify(config));
    expect(flaws(config, schema, schema).length > 0 ? 1 : 0).toBe(expected);
    expect(plan === undefined ? 1 : 0).toBe(expected);
  });

  it("has an official kind whose package is missing, with any options", async () => {
    const load = () => Promise.reject(new Error("missing"));
    const official = { "io.x.far": { package: "far", role: "namer" as const, load } };
    const open = (await configJsonSchema(createRegistry({ builtIn: [...corePlugins, ...plugins], official }))) as Json;
    const config = { namers: [{ kind: "io.x.far", any: 1 }], routers: [{ protocol: "http", servers: [{}] }] };
    expect(flaws(config, open, open)).toEqual([]);
  });

  it("stands without any plug-in at all", async () => {
    expect(JSON.stringify(await configJsonSchema(createRegistry({ builtIn: [] })))).toContain("routers");
    expect(SMALL).toContain("routers");
  });
});
