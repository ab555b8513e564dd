import { Activity, corePlugins, defineIdentifier, defineNamer, NameTree, type Plugin } from "@namerkit/core";
import { z } from "zod";
import { type LoadedConfig, loadConfig } from "../src/load-config.js";
import type { Problem, Registry } from "../src/plan.js";
import { createRegistry } from "../src/plugins/registry.js";

/** A namer with some options, in zod, as a user's would be. */
export const acmeNamer = defineNamer({
  kind: "io.acme.nomad",
  config: z.object({
    host: z.string().default("localhost"),
    port: z.int().min(1).max(65535).default(4646),
    token: z.string().min(8).optional(),
    tags: z.array(z.object({ tag: z.string(), weight: z.number() })).optional(),
  }),
  create: () => ({ lookup: () => Activity.value(NameTree.neg) }),
});

export const shyNamer = defineNamer({
  kind: "io.acme.shy",
  experimental: true,
  create: () => ({ lookup: () => Activity.value(NameTree.neg) }),
});

export const tokenIdentifier = defineIdentifier({
  kind: "io.l5d.header.token",
  config: z.object({ header: z.string().default("Host") }),
  create: (_config, { dstPrefix }) => ({ identify: () => ({ path: dstPrefix }) }),
});

export const pathIdentifier = defineIdentifier({
  kind: "io.l5d.path",
  config: z.object({ segments: z.int().min(1).default(1), consume: z.boolean().default(false) }),
  create: (_config, { dstPrefix }) => ({ identify: () => ({ path: dstPrefix }) }),
});

export const plugins = [
  acmeNamer,
  shyNamer,
  tokenIdentifier,
  pathIdentifier,
] as readonly unknown[] as readonly Plugin[];

export const registry: Registry = createRegistry({ builtIn: [...corePlugins, ...plugins] });

export function load(text: string, baseDir = "/nowhere"): Promise<LoadedConfig> {
  return loadConfig({ text, file: "linkerd.yaml", baseDir }, registry);
}

/** Problems as `line:col path CODE`, warnings with a question mark. */
export function brief(problems: readonly Problem[]): readonly string[] {
  return problems.map(
    ({ line, col, path, code, severity }) => `${line}:${col} ${path} ${code}${severity === "warning" ? "?" : ""}`,
  );
}

export async function problemsOf(text: string): Promise<readonly string[]> {
  return brief((await load(text)).problems);
}

/** A configuration with nothing wrong in it. */
export const SMALL = `routers:
- protocol: http
  servers:
  - port: 4140
`;
