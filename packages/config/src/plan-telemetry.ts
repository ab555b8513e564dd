import type { TelemeterPlugin } from "@namerkit/core";
import { entryOf, join, type MapNode } from "./document/node.js";
import { kindPlace } from "./fields/kinded.js";
import { knownTelemeters } from "./known/telemetry.js";
import type { Planned } from "./plan.js";
import type { Loading } from "./plugins/loading.js";
import { planPlugin } from "./plugins/plan-plugin.js";

/**
 * The telemeters that a plug-in has. Those that are known and that none has are left out with a warning: requests go the same way
 * without. Undefined when anything is wrong, which has been reported.
 */
export async function planTelemetry(
  root: MapNode,
  loading: Loading,
): Promise<readonly Planned<TelemeterPlugin>[] | undefined> {
  const list = entryOf(root, "telemetry")?.value;
  if (list?.type !== "list") return [];
  const planned: Planned<TelemeterPlugin>[] = [];
  let wrong = false;
  for (const [index, item] of list.items.entries()) {
    if (item.type !== "map") continue;
    const at = join("telemetry", index);
    const known = knownType(item, loading);
    if (known === undefined) {
      const one = await planPlugin("telemeter", item, at, loading);
      if (one === undefined) wrong = true;
      else planned.push(one);
      continue;
    }
    if (known.type.read(item, at, loading) === undefined) wrong = true;
    const message = `the telemeter ${known.kind} is known, and not built yet`;
    loading.reporter.warning("KIND_NOT_BUILT", kindPlace(item, at), message, "/admin/metrics.json is always on");
  }
  return wrong ? undefined : planned;
}

function knownType(item: MapNode, { registry }: Loading) {
  const entry = entryOf(item, "kind")?.value;
  const kind = entry?.type === "scalar" ? entry.value : undefined;
  if (typeof kind !== "string" || registry.kinds("telemeter").includes(kind)) return undefined;
  const type = Object.hasOwn(knownTelemeters, kind) ? knownTelemeters[kind] : undefined;
  return type === undefined ? undefined : { kind, type };
}
