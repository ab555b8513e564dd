import { type HealthStatus, healthStatuses } from "../config/namer-config.js";
import { isFields, textIn } from "./fields.js";

const SERVICE_MAINTENANCE = "_service_maintenance";
const NODE_MAINTENANCE = "_node_maintenance";

/**
 * The worst of the checks of an instance, those of its node included; passing if it has none. A status that nobody has heard of counts
 * as passing, as in Linkerd.
 */
export function worstOf(checks: unknown): HealthStatus {
  let worst = 0;
  for (const check of Array.isArray(checks) ? checks : []) {
    if (isFields(check)) worst = Math.max(worst, healthStatuses.indexOf(statusOf(check)));
  }
  return healthStatuses[worst] ?? "passing";
}

/** Maintenance is no status in Consul, but a critical check of a certain name. */
function statusOf({ CheckID, Status }: Readonly<Record<string, unknown>>): HealthStatus {
  const status = textIn(Status).toLowerCase();
  const known = healthStatuses.find((one) => one === status) ?? "passing";
  const id = textIn(CheckID);
  const maintained = id === NODE_MAINTENANCE || id === SERVICE_MAINTENANCE || id.startsWith(`${SERVICE_MAINTENANCE}:`);
  return maintained && known === "critical" ? "maintenance" : known;
}
