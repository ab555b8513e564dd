import { type InetResolver, isNamerError, messageOf } from "@namerkit/core";
import { type ConfigNode, placeOf } from "../document/node.js";
import type { Plan, Planned } from "../plan.js";
import type { Reporter } from "../reporter.js";
import { buildIdentifiers, buildInterpreter } from "./build-router.js";
import { buildTelemeters } from "./build-telemeters.js";
import type { PlanNamer } from "./build-transformers.js";
import type { EnvFor } from "./env-for.js";
import { mountNamers } from "./mount-namers.js";

/** What plug-ins are built with, to see whether they can be. */
export interface TryBuild {
  readonly envFor: EnvFor;
  readonly inet?: InetResolver | undefined;
}

/** Builds every plug-in of a plan one by one, as a door would, and reports what they throw at the place of their entry. */
export function tryBuild(plan: Plan, root: ConfigNode, { envFor, inet }: TryBuild, reporter: Reporter): void {
  const attempt = <T>(planned: Pick<Planned<unknown>, "kind" | "at">, build: () => T): T | undefined => {
    try {
      return build();
    } catch (thrown) {
      report(planned, thrown, root, reporter);
      return undefined;
    }
  };
  const mounted: PlanNamer[] = [];
  for (const namer of plan.namers)
    mounted.unshift(...(attempt(namer, () => mountNamers({ namers: [namer] }, envFor, { inet })) ?? []));
  for (const router of plan.routers) {
    attempt(router.interpreter, () => buildInterpreter(router, mounted, envFor, { inet }));
    for (const identifier of router.identifiers)
      attempt(identifier, () => buildIdentifiers({ ...router, identifiers: [identifier] }, envFor));
  }
  for (const telemeter of plan.telemetry) {
    const built = attempt(telemeter, () => buildTelemeters({ telemetry: [telemeter] }, envFor, { series: () => [] }));
    for (const one of built ?? []) one.close();
  }
}

/** A plug-in says `key: what is wrong` of what it finds wrong with a key only when it is built. */
function report(
  { kind, at }: { readonly kind: string; readonly at: string },
  thrown: unknown,
  root: ConfigNode,
  reporter: Reporter,
): void {
  const message = messageOf(thrown);
  const keys = at.split(".");
  const [, key = "", flaw = ""] = /^([A-Za-z]\w*): (.*)$/s.exec(message) ?? [];
  const own = placeOf(root, [...keys, key], "");
  if (isNamerError(thrown) && thrown.code === "NAMER_CONFIG" && own.found) {
    reporter.error("CONFIG_VALUE", own, flaw);
    return;
  }
  const place = placeOf(root, keys, "");
  reporter.error("PLUGIN_FAILED", { offset: place.offset, path: at }, `${kind} cannot be built: ${message}`);
}
