import type { JsonShape } from "@namerkit/watch";
import { type Backend, Backends } from "./backends.js";
import type { Backing, BackingPort, BackingSet } from "./backing.js";
import { isObject, type Json, objectIn, objectsIn, portIn, textIn } from "./fields.js";
import type { Interner } from "./interner.js";
import type { ReadOptions } from "./read-slice.js";

const ADDRESSES: JsonShape = [{ ip: true, nodeName: true, hostname: true }];

/** What `readEndpoints` looks at. */
export function endpointsFields(label: string | undefined): JsonShape {
  return {
    metadata: { name: true, ...(label !== undefined && { labels: { [label]: true } }) },
    subsets: [
      {
        addresses: ADDRESSES,
        notReadyAddresses: ADDRESSES,
        ports: [{ name: true, protocol: true, port: true }],
      },
    ],
  };
}

/**
 * An Endpoints object, which has the name of its service; for API servers without EndpointSlices, or accounts that may not read them.
 * https://kubernetes.io/docs/reference/kubernetes-api/service-resources/endpoints-v1/
 */
export function readEndpoints(object: unknown, { label, interner }: ReadOptions): Backing | undefined {
  if (!isObject(object)) return undefined;
  const metadata = objectIn(object, "metadata");
  const service = textIn(metadata, "name");
  if (service === undefined) return undefined;
  const labels = objectIn(metadata, "labels");
  const sets = objectsIn(object, "subsets").flatMap((subset) => setsIn(subset, interner));
  return { service, label: label === undefined ? undefined : textIn(labels, label), sets };
}

/** One for each family of addresses, as slices have it. */
function setsIn(subset: Json, interner: Interner): readonly BackingSet[] {
  const ports = objectsIn(subset, "ports").flatMap((one): BackingPort[] => {
    const port = portIn(one, "port");
    return port === undefined || (textIn(one, "protocol") ?? "TCP") !== "TCP"
      ? []
      : [{ name: textIn(one, "name") ?? "", port }];
  });
  const backends = [
    ...objectsIn(subset, "addresses").flatMap((one) => backendIn(one, true, interner)),
    ...objectsIn(subset, "notReadyAddresses").flatMap((one) => backendIn(one, false, interner)),
  ];
  const families = {
    IPv4: backends.filter(({ ip }) => !ip.includes(":")),
    IPv6: backends.filter(({ ip }) => ip.includes(":")),
  };
  return (["IPv4", "IPv6"] as const)
    .filter((family) => families[family].length > 0)
    .map((family) => ({ family, ports, backends: new Backends(families[family], interner) }));
}

function backendIn(one: Json, ready: boolean, interner: Interner): Backend[] {
  const ip = textIn(one, "ip");
  if (ip === undefined || ip === "") return [];
  const node = interner.text(textIn(one, "nodeName"));
  const hostname = textIn(one, "hostname");
  return [{ ip, ready, serving: ready, terminating: false, node, zone: undefined, forZones: undefined, hostname }];
}
