import type { JsonObject } from "../json.js";
import { serviceStates } from "../states.js";
import { readContainer, readHealth } from "./container.js";
import { readHealthCheck } from "./health-check.js";
import { readLinks } from "./links.js";
import type { Fields, Reader } from "./reader.js";
import {
  hasContainers,
  type LaunchDescription,
  type ServiceDescription,
  type ServiceKind,
  type SidekickDescription,
  serviceKinds,
} from "./types.js";
import type { At } from "./yaml-places.js";

const launchKeys = ["addresses", "ports", "labels", "health", "healthCheck", "containers"];
const containerKeys = ["scale", "addresses", "health", "containers", "sidekicks"];
const externalKeys = ["externalIps", "hostname"];
const serviceKeys = [
  "kind",
  "scale",
  ...launchKeys,
  "links",
  "sidekicks",
  ...externalKeys,
  "vip",
  "state",
  "system",
  "metadata",
  "fqdn",
  "selector",
];

/** What a service is read among. */
export interface Surroundings {
  /** Names of hosts. */
  readonly hosts: readonly string[];
  /** Whether the stack is the system's. */
  readonly system: boolean;
}

export function readService(
  reader: Reader,
  name: string,
  value: unknown,
  at: At,
  around: Surroundings,
): ServiceDescription {
  const fields = reader.object(value ?? {}, at, serviceKeys);
  const kind = kindOf(reader, fields, at);
  const launch = readLaunch(reader, name, fields, at, around.hosts);
  const optional = (key: string): string | null => {
    const one = fields[key] ?? null;
    return one === null ? null : reader.text(one, [...at, key]);
  };
  return {
    ...launch,
    kind,
    scale: reader.whole(fields.scale ?? defaultScale(kind, launch), [...at, "scale"], 0, 100_000),
    state: reader.oneOf(fields.state ?? "active", [...at, "state"], serviceStates),
    system: reader.flag(fields.system ?? around.system, [...at, "system"]),
    links: readLinks(reader, fields.links ?? {}, [...at, "links"]),
    sidekicks: reader
      .named(fields.sidekicks ?? {}, [...at, "sidekicks"])
      .map(([sidekick, one]) => readSidekick(reader, sidekick, one, [...at, "sidekicks", sidekick], name, around)),
    externalIps: reader.list(fields.externalIps ?? [], [...at, "externalIps"], (one, place) => reader.ip(one, place)),
    hostname: optional("hostname"),
    vip: fields.vip == null ? null : reader.ip(fields.vip, [...at, "vip"]),
    fqdn: optional("fqdn"),
    selector: optional("selector"),
    metadata: readMetadata(reader, fields.metadata, [...at, "metadata"]),
  };
}

/** As it is said, or as the keys tell: only external services have addresses elsewhere. Then the keys must go with it. */
function kindOf(reader: Reader, fields: Fields, at: At): ServiceKind {
  const [external] = externalKeys.filter((key) => fields[key] != null);
  const kind =
    fields.kind !== undefined
      ? reader.oneOf(fields.kind, [...at, "kind"], serviceKinds)
      : external === undefined
        ? "service"
        : "externalService";
  if (external !== undefined && kind !== "externalService") {
    reader.fail([...at, external], `a ${kind} has none; an externalService has`);
  }
  if (kind === "externalService" && (fields.hostname ?? null) === null && isEmpty(fields.externalIps)) {
    reader.fail(at, "an externalService needs externalIps or a hostname");
  }
  if (kind === "dnsService" && isEmpty(fields.links)) {
    reader.fail(at, "a dnsService is a name for other services; it needs links");
  }
  const [impossible] = hasContainers(kind) ? [] : containerKeys.filter((key) => fields[key] !== undefined);
  if (impossible !== undefined) reader.fail([...at, impossible], `${kind} has no containers, and so none of this`);
  return kind;
}

/** Services without containers have a scale too, which is 1. */
function defaultScale(kind: ServiceKind, { addresses, containers }: LaunchDescription): number {
  return hasContainers(kind) ? Math.max(1, addresses.length, containers.length) : 1;
}

function readSidekick(
  reader: Reader,
  name: string,
  value: unknown,
  at: At,
  primary: string,
  around: Surroundings,
): SidekickDescription {
  const fields = reader.object(value ?? {}, at, [...launchKeys, "shareNetwork"]);
  // Both would be the same entry: a sidekick has the uuid of its primary.
  if (name.toLowerCase() === primary.toLowerCase()) reader.fail(at, "a sidekick is called otherwise than its primary");
  const shareNetwork = reader.flag(fields.shareNetwork ?? false, [...at, "shareNetwork"]);
  if (shareNetwork && fields.addresses !== undefined) {
    reader.fail([...at, "addresses"], "a sidekick that shares the network of its primary has none of its own");
  }
  return { ...readLaunch(reader, name, fields, at, around.hosts), shareNetwork };
}

function readLaunch(reader: Reader, name: string, fields: Fields, at: At, hosts: readonly string[]): LaunchDescription {
  const health = fields.health === undefined ? undefined : readHealth(reader, fields.health, [...at, "health"]);
  return {
    name,
    addresses: reader.list(fields.addresses ?? [], [...at, "addresses"], (one, place) => reader.ip(one, place)),
    ports: reader.list(fields.ports ?? [], [...at, "ports"], (one, place) => reader.port(one, place)),
    labels: reader.labels(fields.labels, [...at, "labels"]),
    // Whoever is checked is healthy, unless it is said otherwise; whoever has a health is checked.
    health: health === undefined ? (fields.healthCheck == null ? null : "healthy") : health,
    healthCheck: readHealthCheck(reader, fields.healthCheck, [...at, "healthCheck"], (health ?? null) !== null),
    containers: reader.list(fields.containers ?? [], [...at, "containers"], (one, place) =>
      readContainer(reader, one, place, hosts),
    ),
  };
}

/** Whatever one likes, as long as it is a map. */
function readMetadata(reader: Reader, value: unknown, at: At): JsonObject {
  reader.entries(value ?? {}, at);
  // A copy without what only YAML has, such as dates.
  return JSON.parse(JSON.stringify(value ?? {})) as JsonObject;
}

function isEmpty(value: unknown): boolean {
  return value == null || (typeof value === "object" && Object.keys(value).length === 0);
}
