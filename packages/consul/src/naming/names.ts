import type { ConsulConfig } from "../config/namer-config.js";
import { lowerCase } from "./lower-case.js";

/** The parts of a name. `tag` is there only where names have one. */
export type Segment = "dc" | "tag" | "service";
export type NameKey = { readonly dc: string; readonly tag?: string; readonly service: string };

/** In the place of a datacenter: the agent's own. */
export const LOCAL = ".local";

type Rules = Pick<ConsulConfig, "includeTag" | "tagSeparator">;

export function segmentsOf({ includeTag }: Rules): readonly Segment[] {
  return includeTag ? ["dc", "tag", "service"] : ["dc", "service"];
}

/** Consul takes services and tags in any case for the same; datacenters it does not. */
export function canonical(key: NameKey, rules: Rules): NameKey {
  const service = lowerCase(key.service);
  return key.tag === undefined ? { ...key, service } : { ...key, tag: canonicalTag(key.tag, rules), service };
}

/** The tags in a name, all of which an instance must have. */
export function tagsIn({ tag }: NameKey, { tagSeparator }: Rules): readonly string[] {
  if (tag === undefined) return [];
  const parts = tagSeparator === "" ? [tag] : tag.split(tagSeparator);
  // A tag that begins or ends with the separator is one.
  return parts.includes("") ? [tag] : parts;
}

function canonicalTag(tag: string, rules: Rules): string {
  const tags = tagsIn({ dc: "", tag: lowerCase(tag), service: "" }, rules);
  return [...new Set(tags)].sort().join(rules.tagSeparator);
}

/**
 * Names that Consul's API has no room for: empty ones, those that would be another path (Consul redirects `a//b` to `a/b`, and `a/../b`
 * to `b`), and those with control characters, which it refuses.
 */
export function isImpossible(
  { dc, tag, service }: NameKey,
  { preparedQueries }: Pick<ConsulConfig, "preparedQueries"> = { preparedQueries: false },
): boolean {
  return dc === "" || tag === "" || !isPathSafe(service, preparedQueries);
}

/** @param followed whether more of the path follows it */
function isPathSafe(service: string, followed: boolean): boolean {
  const parts = service.split("/");
  if (!followed && parts.length > 1 && parts.at(-1) === "") parts.pop();
  return !/\p{Cc}/u.test(service) && parts.every((part) => part !== "" && part !== "." && part !== "..");
}
