import { isIP } from "node:net";
import { type AddrMeta, address, type Endpoint, hostAddress } from "@namerkit/core";
import type { ConsulConfig } from "../config/namer-config.js";
import type { Instance, Place } from "./instance.js";

export type EndpointRules = Pick<
  ConsulConfig,
  "useHealthCheck" | "healthStatuses" | "preferServiceAddress" | "weights" | "transferMetadata" | "transferTags"
>;

export interface Endpoints {
  /** Each place once. */
  readonly addresses: readonly Endpoint[];
  /** How many instances have no place that a request could be sent to. */
  readonly placeless: number;
}

/**
 * Where instances are to be reached, with weight and metadata.
 *
 * @param wan by the addresses for other datacenters, where there are some
 */
export function endpointsOf(instances: readonly Instance[], rules: EndpointRules, wan: boolean): Endpoints {
  const found = new Map<string, { readonly endpoint: Endpoint; readonly id: string }>();
  let placeless = 0;
  for (const instance of instances) {
    if (rules.useHealthCheck && !rules.healthStatuses.includes(instance.status)) continue;
    const place = placeOf(instance, rules.preferServiceAddress, wan);
    const endpoint = place && endpointAt(place, instance, rules);
    if (endpoint === undefined) {
      placeless++;
      continue;
    }
    const key = `${"ip" in endpoint ? endpoint.ip : endpoint.host} ${endpoint.port}`;
    const id = `${instance.node.name}/${instance.id}`;
    const other = found.get(key);
    // Registered twice: which one counts must not depend on the order of the list.
    if (other === undefined || isBefore({ endpoint, id }, other)) found.set(key, { endpoint, id });
  }
  return { addresses: Array.from(found.values(), ({ endpoint }) => endpoint), placeless };
}

function isBefore(
  a: { readonly endpoint: Endpoint; readonly id: string },
  b: { readonly endpoint: Endpoint; readonly id: string },
): boolean {
  return a.endpoint.weight > b.endpoint.weight || (a.endpoint.weight === b.endpoint.weight && a.id < b.id);
}

function placeOf(instance: Instance, preferService: boolean, wan: boolean): Place | undefined {
  const { node } = instance;
  let { address: host, port } = instance;
  if (wan && instance.wan.host !== "") {
    host = instance.wan.host;
    port = instance.wan.port || port;
  }
  const nodeHost = wan && node.wanAddress !== "" ? node.wanAddress : node.address;
  if (!preferService || host === "") host = nodeHost;
  host = withoutBrackets(host.trim());
  // To nobody in particular, which would be this machine.
  const nowhere = host === "" || port === 0 || /^(0+(\.0+){0,3}|[0:]+)$/.test(host);
  return nowhere ? undefined : { host, port };
}

function endpointAt({ host, port }: Place, instance: Instance, rules: EndpointRules): Endpoint | undefined {
  const options = { weight: weightOf(instance, rules), meta: metaOf(instance, rules) };
  if (isIP(host) !== 0) return host.includes("%") ? undefined : address(host, port, options);
  return /^[^\s/@:?#[\]%]{1,253}$/.test(host) ? hostAddress(host.toLowerCase(), port, options) : undefined;
}

function withoutBrackets(host: string): string {
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}

/** The largest of its tags; what is in Consul only where the configuration gives no weights at all. */
function weightOf({ tags, status, weights }: Instance, rules: EndpointRules): number {
  if (rules.weights === undefined) return status === "passing" ? weights.passing : weights.warning;
  const matching = rules.weights.filter(({ tag }) => tags.includes(tag)).map(({ weight }) => weight);
  return matching.length === 0 ? 1 : Math.max(...matching);
}

function metaOf(instance: Instance, rules: EndpointRules): Record<string, string> {
  const { node, region, zone, tags } = instance;
  const meta: Record<string, string> = rules.transferMetadata ? { ...node.meta, ...instance.meta } : {};
  if (node.name !== "") meta.nodeName = node.name;
  if (region !== "") meta.region = region;
  if (zone !== "") meta.zone = zone;
  if (rules.transferTags && tags.length > 0) meta.tags = [...tags].sort().join(",");
  return meta;
}

/** What the metadata of all instances agree on. Linkerd took that of the first, which is another one now and then. */
export function commonMeta(instances: readonly Instance[]): AddrMeta {
  const [first, ...rest] = instances;
  if (first === undefined) return {};
  const agreed = Object.entries(first.meta).filter(([key, value]) => rest.every(({ meta }) => meta[key] === value));
  return Object.fromEntries(agreed);
}
