import { createHash } from "node:crypto";
import { messageOf, type NamerPlugin, Path, type Plugin, type TransformerPlugin } from "@namerkit/core";
import { entryOf, isNull, join, type ListNode, type MapNode, toPlain } from "../document/node.js";
import { path as pathType } from "../fields/names.js";
import { flag, wrongType } from "../fields/scalars.js";
import type { Planned } from "../plan.js";
import { checkOptions } from "./check-options.js";
import { findPlugin } from "./find-plugin.js";
import type { Loading } from "./loading.js";

type PluginOf<Role extends Plugin["role"]> = Extract<Plugin, { readonly role: Role }>;

/** An entry with a `kind`, as a plug-in with options. Undefined when anything about it is wrong, which has been reported. */
export async function planPlugin<Role extends Plugin["role"]>(
  role: Role,
  node: MapNode,
  path: string,
  loading: Loading,
  defaultKind?: string,
): Promise<Planned<PluginOf<Role>> | undefined> {
  const transforms = role === "namer" || role === "interpreter";
  const transformers = transforms ? await planTransformers(node, path, loading) : [];
  const plugin = await findPlugin(role, node, path, loading, defaultKind);
  if (plugin === undefined) return undefined;
  checkExperimental(plugin, node, path, loading);
  const options = await checkOptions(plugin, node, path, loading);
  const prefix = prefixOf(plugin, options, node, path, loading);
  if (options === undefined || prefix === undefined || transformers === undefined) return undefined;
  const fingerprint = fingerprintOf(node, plugin.kind);
  return { plugin: plugin as PluginOf<Role>, kind: plugin.kind, prefix, options, transformers, at: path, fingerprint };
}

/** Of an entry that says `kind`. The same whatever the order of keys, and whatever name the kind was given by. */
export function fingerprintOf(node: MapNode, kind: string): string {
  const sorted = (_: string, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  const plain = { ...(toPlain(node) as object), kind };
  return createHash("sha256").update(JSON.stringify(plain, sorted)).digest("base64url");
}

async function planTransformers(
  node: MapNode,
  path: string,
  loading: Loading,
): Promise<readonly Planned<TransformerPlugin>[] | undefined> {
  const entry = entryOf(node, "transformers");
  if (entry === undefined || isNull(entry.value)) return [];
  const at = join(path, "transformers");
  if (entry.value.type !== "list") return wrongType(entry.value, at, "a list", loading, "items begin with a dash");
  return planList("transformer", entry.value, at, loading);
}

/** Each item of a list. Undefined when any is wrong; all of them are looked at even so. */
export async function planList<Role extends Plugin["role"]>(
  role: Role,
  list: ListNode,
  path: string,
  loading: Loading,
): Promise<readonly Planned<PluginOf<Role>>[] | undefined> {
  const planned: Planned<PluginOf<Role>>[] = [];
  for (const [index, item] of list.items.entries()) {
    const at = join(path, index);
    if (item.type !== "map") wrongType(item, at, "a mapping with a kind", loading);
    else {
      const one = await planPlugin(role, item, at, loading);
      if (one !== undefined) planned.push(one);
    }
  }
  return planned.length === list.items.length ? planned : undefined;
}

function checkExperimental(plugin: Plugin, node: MapNode, path: string, loading: Loading): void {
  const entry = entryOf(node, "experimental");
  const given =
    entry === undefined || isNull(entry.value)
      ? undefined
      : flag.read(entry.value, join(path, "experimental"), loading);
  if (plugin.experimental !== true || given === true) return;
  const kind = entryOf(node, "kind");
  loading.reporter.error(
    "KIND_EXPERIMENTAL",
    { offset: kind?.value.start ?? node.start, path },
    `the ${plugin.role} ${plugin.kind} is experimental and has to be enabled`,
    "add experimental: true",
  );
}

/** /#/… for namers, /%/… for transformers, empty for the rest. */
function prefixOf(plugin: Plugin, options: unknown, node: MapNode, path: string, loading: Loading): Path | undefined {
  if (plugin.role !== "namer" && plugin.role !== "transformer") return Path.empty;
  const root = Path.of(plugin.role === "namer" ? "#" : "%");
  const entry = entryOf(node, "prefix");
  if (entry !== undefined && !isNull(entry.value)) {
    const given = pathType.read(entry.value, join(path, "prefix"), loading);
    return given === undefined ? undefined : root.concat(given);
  }
  if (options === undefined && plugin.role === "transformer") return undefined;
  try {
    const own = defaultPrefix(plugin, options);
    if (own !== null) return root.concat(Path.parse(own));
    const place = { offset: node.start, path: join(path, "prefix") };
    loading.reporter.error(
      "CONFIG_MISSING",
      place,
      `prefix is missing; the ${plugin.role} ${plugin.kind} has no default`,
    );
  } catch (thrown) {
    const place = { offset: node.start, path: join(path, "prefix") };
    loading.reporter.error(
      "PLUGIN_FAILED",
      place,
      `the default prefix of ${plugin.kind} cannot be used: ${messageOf(thrown)}`,
    );
  }
  return undefined;
}

function defaultPrefix(plugin: NamerPlugin | TransformerPlugin, options: unknown): string | null {
  const own = plugin.role === "namer" ? plugin.defaultPrefix : plugin.defaultPrefix?.(options);
  return own === undefined ? `/${plugin.kind}` : own;
}
