import type { ConsulConfig } from "../config/namer-config.js";
import { LOCAL, type NameKey, tagsIn } from "./names.js";

type Rules = Pick<
  ConsulConfig,
  | "useHealthCheck"
  | "healthStatuses"
  | "connect"
  | "preparedQueries"
  | "includeTag"
  | "tagSeparator"
  | "tags"
  | "near"
  | "filter"
  | "peer"
>;

/** The path and the parameters that ask Consul for a name, without those that every request has. */
export function questionOf(key: NameKey, rules: Rules): string {
  const parameters: (readonly [string, string])[] = [];
  // Without `dc` Consul asks the agent's own.
  if (key.dc !== LOCAL) parameters.push(["dc", key.dc]);
  for (const tag of new Set([...tagsIn(key, rules), ...rules.tags])) parameters.push(["tag", tag]);
  if (rules.useHealthCheck && !rules.preparedQueries && onlyPassing(rules)) parameters.push(["passing", "true"]);
  if (rules.near !== undefined) parameters.push(["near", rules.near]);
  if (rules.filter !== undefined) parameters.push(["filter", rules.filter]);
  if (rules.peer !== undefined) parameters.push(["peer", rules.peer]);
  const query = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  return `${pathOf(key.service, rules)}${query && `?${query}`}`;
}

function pathOf(service: string, rules: Rules): string {
  const name = encodeURIComponent(service);
  if (rules.preparedQueries) return `/v1/query/${name}/execute`;
  if (rules.connect) return `/v1/health/connect/${name}`;
  return rules.useHealthCheck ? `/v1/health/service/${name}` : `/v1/catalog/service/${name}`;
}

/** Consul does that for us, and sends less. */
function onlyPassing({ healthStatuses }: Rules): boolean {
  return healthStatuses.every((status) => status === "passing");
}
