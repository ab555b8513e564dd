import type { ConsulConfig } from "../config/namer-config.js";
import { LOCAL, type NameKey, tagsIn } from "./names.js";

/** What is known of the agent. */
export interface Domain {
  /** Its datacenter; undefined if it does not tell. */
  readonly datacenter: string | undefined;
  /** That of its DNS, without dots around it. */
  readonly domain: string;
}

type Rules = Pick<ConsulConfig, "includeTag" | "tagSeparator" | "preparedQueries">;

/** The name by which Consul's DNS knows the same instances. Of several tags it takes one, the first. */
export function authorityOf(key: NameKey, { datacenter, domain }: Domain, rules: Rules): string {
  const dc = key.dc === LOCAL ? datacenter : key.dc;
  const kind = rules.preparedQueries ? "query" : "service";
  const [tag] = tagsIn(key, rules);
  // Without a datacenter the DNS means the agent's own as well.
  return [tag, key.service, kind, dc, domain].filter((part) => part !== undefined && part !== "").join(".");
}

/** Whether it can be sent as Host (RFC 3986, 3.2.2): a service may be called anything, and its metadata may say anything. */
export function isAuthority(text: string): boolean {
  return (
    text.length <= 512 &&
    /^(?:[\w.~!$&'()*+,;=-]|%[0-9a-f]{2})+(?::\d{1,5})?$|^\[[0-9a-f:.]+\](?::\d{1,5})?$/i.test(text)
  );
}
