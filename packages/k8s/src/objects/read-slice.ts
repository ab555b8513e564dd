import type { JsonShape } from "@namerkit/watch";
import { type Backend, Backends } from "./backends.js";
import type { Backing, BackingPort, Family } from "./backing.js";
import { isObject, type Json, objectIn, objectsIn, portIn, textIn } from "./fields.js";
import type { Interner } from "./interner.js";

/** The label by which a slice belongs to a service. */
export const SERVICE_NAME = "kubernetes.io/service-name";

const families: ReadonlySet<string> = new Set(["IPv4", "IPv6", "FQDN"]);

export interface ReadOptions {
  /** The key of a label whose value is kept. */
  readonly label: string | undefined;
  /** Nodes and zones are few, endpoints are many. */
  readonly interner: Interner;
}

/** What `readSlice` looks at. */
export function sliceFields(label: string | undefined): JsonShape {
  return {
    metadata: { labels: { [SERVICE_NAME]: true, ...(label !== undefined && { [label]: true }) } },
    addressType: true,
    endpoints: [
      {
        addresses: [true],
        conditions: { ready: true, serving: true, terminating: true },
        nodeName: true,
        zone: true,
        hostname: true,
        hints: { forZones: [{ name: true }] },
        deprecatedTopology: { [BETA_ZONE]: true },
        topology: { [BETA_ZONE]: true, [BETA_NODE]: true },
      },
    ],
    ports: [{ name: true, protocol: true, port: true }],
  };
}

/**
 * An EndpointSlice of discovery.k8s.io/v1 (v1beta1 differs in where the zone is). Undefined: it is none, or belongs to no service.
 * https://kubernetes.io/docs/reference/kubernetes-api/service-resources/endpoint-slice-v1/
 */
export function readSlice(object: unknown, { label, interner }: ReadOptions): Backing | undefined {
  if (!isObject(object)) return undefined;
  const labels = objectIn(objectIn(object, "metadata"), "labels");
  const service = textIn(labels, SERVICE_NAME);
  const family = textIn(object, "addressType");
  if (service === undefined || family === undefined || !families.has(family)) return undefined;
  const backends: Backend[] = [];
  const { endpoints } = object;
  if (Array.isArray(endpoints)) {
    for (const one of endpoints) {
      const backend = isObject(one) ? backendIn(one, interner) : undefined;
      if (backend !== undefined) backends.push(backend);
    }
  }
  const set = {
    family: family as Family,
    ports: interner.ports(slicePorts(object)),
    backends: new Backends(backends, interner),
  };
  return { service, label: label === undefined ? undefined : textIn(labels, label), sets: [set] };
}

/** TCP, which is also what a port is that says nothing. One without a number stands for all ports, of which none can be named. */
function slicePorts(object: Json): readonly BackingPort[] {
  return objectsIn(object, "ports").flatMap((one) => {
    const port = portIn(one, "port");
    const protocol = textIn(one, "protocol") ?? "TCP";
    return port === undefined || protocol !== "TCP" ? [] : [{ name: textIn(one, "name") ?? "", port }];
  });
}

/** The addresses of one endpoint are all the same to us, as to kube-proxy: the first is used. */
function backendIn(endpoint: Json, interner: Interner): Backend | undefined {
  const { addresses } = endpoint;
  const ip: unknown = Array.isArray(addresses) ? addresses[0] : undefined;
  if (typeof ip !== "string" || ip === "") return undefined;
  const { conditions, zone, nodeName, hints } = endpoint;
  const told = isObject(conditions) ? conditions : nothing;
  // What is not said is to be taken for ready; serving goes with ready, and nothing is terminating.
  const ready = told["ready"] !== false;
  const serving = typeof told["serving"] === "boolean" ? told["serving"] : ready;
  return {
    ip,
    ready,
    serving,
    terminating: told["terminating"] === true,
    node: interner.text(typeof nodeName === "string" ? nodeName : betaNode(endpoint)),
    zone: interner.text(typeof zone === "string" ? zone : betaZone(endpoint)),
    forZones: hints === undefined ? undefined : zonesIn(endpoint, interner),
    hostname: textIn(endpoint, "hostname"),
  };
}

const nothing: Json = {};

const BETA_NODE = "kubernetes.io/hostname";
const BETA_ZONE = "topology.kubernetes.io/zone";

function betaNode(endpoint: Json): string | undefined {
  return endpoint["topology"] === undefined ? undefined : textIn(objectIn(endpoint, "topology"), BETA_NODE);
}

function betaZone(endpoint: Json): string | undefined {
  for (const field of ["deprecatedTopology", "topology"]) {
    const zone = endpoint[field] === undefined ? undefined : textIn(objectIn(endpoint, field), BETA_ZONE);
    if (zone !== undefined) return zone;
  }
  return undefined;
}

function zonesIn(endpoint: Json, interner: Interner): readonly string[] | undefined {
  const zones = objectsIn(objectIn(endpoint, "hints"), "forZones").flatMap(
    (one) => interner.text(textIn(one, "name")) ?? [],
  );
  return zones.length === 0 ? undefined : zones;
}
