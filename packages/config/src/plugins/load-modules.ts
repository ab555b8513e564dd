import { messageOf, toNamerError } from "@namerkit/core";
import type { ListNode } from "../document/node.js";
import type { Registry } from "../plan.js";
import type { Place } from "../reporter.js";
import { asPlugins } from "./as-plugins.js";
import type { Loading } from "./loading.js";
import { resolveModule } from "./resolve-module.js";

/** The registry with what the modules of `plugins:` export. Each that fails is reported; the others are still taken. */
export async function loadModules(modules: ListNode, loading: Loading): Promise<Registry> {
  let { registry } = loading;
  for (const [index, item] of modules.items.entries()) {
    if (item.type !== "scalar" || typeof item.value !== "string") continue;
    const place = { offset: item.start, path: `plugins.${index}` };
    registry = await loadModule(item.value, place, { ...loading, registry });
  }
  return registry;
}

async function loadModule(specifier: string, place: Place, loading: Loading): Promise<Registry> {
  const { baseDir, registry, reporter } = loading;
  const url = resolveModule(specifier, [baseDir, process.cwd()]);
  if (url === undefined) {
    const file = /^[./]/.test(specifier);
    const hint = file ? "file names are relative to the configuration" : `npm install ${specifier}`;
    reporter.error("PLUGIN_LOAD", place, `the module ${specifier} is not found`, hint);
    return registry;
  }
  try {
    const module = (await loading.settled(import(url))) as { readonly default?: unknown };
    return registry.with(asPlugins(module.default));
  } catch (thrown) {
    const error = toNamerError(thrown, "PLUGIN_LOAD");
    if (error.code === "KIND_DUPLICATE")
      reporter.error(
        "KIND_DUPLICATE",
        place,
        `${specifier}: ${error.message}`,
        "leave one of them out, or give it another kind",
      );
    else
      reporter.error(
        "PLUGIN_LOAD",
        place,
        `the module ${specifier} cannot be used: ${messageOf(thrown)}`,
        "a module of plugins exports one plug-in by default, such as defineNamer({ kind, config, create }), or an array of them",
      );
    return registry;
  }
}
