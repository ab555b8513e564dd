import { Path, type Telemeter, type TelemeterEnv } from "@namerkit/core";
import type { Plan } from "../plan.js";
import type { EnvFor } from "./env-for.js";

/** Builds the telemeters of a plan, in file order. Throws what a plug-in throws; those built before it are then closed. */
export function buildTelemeters(
  plan: Pick<Plan, "telemetry">,
  envFor: EnvFor,
  registry: TelemeterEnv["registry"],
): readonly Telemeter[] {
  const built: Telemeter[] = [];
  try {
    for (const { plugin, kind, options } of plan.telemetry) {
      const env = envFor(Path.empty, { role: "telemeter", kind, names: ["telemetry", kind] });
      built.push(plugin.create(options, { ...env, registry }));
    }
    return built;
  } catch (thrown) {
    for (const telemeter of built) telemeter.close();
    throw thrown;
  }
}
