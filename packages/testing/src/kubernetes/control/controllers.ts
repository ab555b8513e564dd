import type { GivenObject, KubernetesObject } from "../objects.js";

/** A port of a service. */
export interface ServicePort {
  readonly name?: string;
  readonly port: number;
  /** A number, or the name of a port of the pods; `port` unless said. */
  readonly targetPort?: number | string;
  readonly protocol?: "TCP" | "UDP";
}

export interface ServiceDescription {
  readonly ports?: readonly ServicePort[];
  readonly type?: "ClusterIP" | "NodePort" | "LoadBalancer" | "ExternalName";
  readonly externalName?: string;
  /** "None" for a headless one. */
  readonly clusterIP?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly publishNotReadyAddresses?: boolean;
  /** Where a load balancer takes its requests. */
  readonly loadBalancer?: readonly ({ readonly ip: string } | { readonly hostname: string })[];
}

/** A pod behind a service, as far as its endpoints show it. */
export interface PodDescription {
  readonly ip: string;
  readonly name?: string;
  readonly ready?: boolean;
  /** Deleted, within its grace period. */
  readonly terminating?: boolean;
  /** While terminating: whether it still answers its probe. */
  readonly serving?: boolean;
  readonly node?: string;
  readonly zone?: string;
  readonly hostname?: string;
  /** Numbers of its ports by their names, for a `targetPort` that is a name. */
  readonly ports?: Readonly<Record<string, number>>;
  /** Zones that it should be used from. */
  readonly forZones?: readonly string[];
}

/** As many as the real controller puts into one slice. */
const SLICE_SIZE = 100;
const letters = "bcdfghjklmnpqrstvwxz2456789";

export function serviceObject(name: string, namespace: string, description: ServiceDescription): GivenObject {
  const { ports = [], type = "ClusterIP", externalName, labels, publishNotReadyAddresses, loadBalancer } = description;
  const { clusterIP = type === "ExternalName" ? undefined : "10.96.0.10" } = description;
  return {
    metadata: { name, namespace, ...(labels === undefined ? {} : { labels }) },
    spec: {
      type,
      ...(clusterIP === undefined ? {} : { clusterIP, clusterIPs: [clusterIP] }),
      ...(externalName === undefined ? {} : { externalName }),
      ...(publishNotReadyAddresses === true ? { publishNotReadyAddresses } : {}),
      ...(ports.length === 0 ? {} : { ports: ports.map(portObject) }),
    },
    status: { loadBalancer: loadBalancer === undefined ? {} : { ingress: loadBalancer } },
  };
}

function portObject({ name, port, targetPort = port, protocol = "TCP" }: ServicePort) {
  return { ...(name === undefined ? {} : { name }), protocol, port, targetPort };
}

/** Pods whose ports have the same numbers, with these. */
interface Group {
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: string }[];
  readonly pods: readonly PodDescription[];
}

/** The Endpoints of a service, as the controller writes them. */
export function endpointsObject(
  name: string,
  namespace: string,
  service: ServiceDescription,
  pods: readonly PodDescription[],
): GivenObject {
  const subsets = groups(service, pods).flatMap(({ ports, pods: all }) => {
    // One that is on its way out is gone at once here.
    const staying = all.filter(({ terminating }) => terminating !== true);
    const ready = staying.filter((pod) => isReady(pod, service)).map(addressObject);
    const notReady = staying.filter((pod) => !isReady(pod, service)).map(addressObject);
    if (ready.length + notReady.length === 0) return [];
    return {
      ...(ready.length === 0 ? {} : { addresses: ready }),
      ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady }),
      ports: ports.map((port) => (port.name === "" ? { port: port.port, protocol: port.protocol } : port)),
    };
  });
  const labels = { "endpoints.kubernetes.io/managed-by": "endpoint-controller", ...service.labels };
  return { metadata: { name, namespace, labels }, ...(subsets.length === 0 ? {} : { subsets }) };
}

/** The slices of a service, by their names. One without endpoints stays. */
export function sliceObjects(
  name: string,
  namespace: string,
  service: ServiceDescription,
  pods: readonly PodDescription[],
): ReadonlyMap<string, GivenObject> {
  const slices = new Map<string, GivenObject>();
  const families = [
    { addressType: "IPv4", pods: pods.filter(({ ip }) => !ip.includes(":")) },
    { addressType: "IPv6", pods: pods.filter(({ ip }) => ip.includes(":")) },
  ];
  let number = 0;
  for (const { addressType, pods: all } of families) {
    if (all.length === 0 && addressType === "IPv6") continue;
    for (const { ports, pods: alike } of groups(service, all)) {
      for (let at = 0; at < Math.max(1, alike.length); at += SLICE_SIZE) {
        const some = alike.slice(at, at + SLICE_SIZE);
        const empty = some.length === 0;
        slices.set(`${name}-${suffix(number++)}`, {
          metadata: {
            namespace,
            generateName: `${name}-`,
            labels: {
              ...service.labels,
              "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
              "kubernetes.io/service-name": name,
            },
          },
          addressType,
          endpoints: empty ? null : some.map((pod) => endpointObject(pod, namespace, service)),
          ports: empty ? null : ports.map((port) => ({ name: port.name, port: port.port, protocol: port.protocol })),
        });
      }
    }
  }
  return slices;
}

/** As version 1.20 has them. */
export function olderSlice(slice: KubernetesObject): KubernetesObject {
  const endpoints = slice["endpoints"] as readonly Record<string, unknown>[] | null;
  return {
    ...slice,
    endpoints:
      endpoints?.map(({ nodeName, zone, hints: _, conditions, ...rest }) => {
        const topology = {
          ...(nodeName === undefined ? {} : { "kubernetes.io/hostname": nodeName }),
          ...(zone === undefined ? {} : { "topology.kubernetes.io/zone": zone }),
        };
        const { ready } = conditions as { ready: boolean };
        return { ...rest, conditions: { ready }, ...(Object.keys(topology).length === 0 ? {} : { topology }) };
      }) ?? null,
  };
}

function groups(service: ServiceDescription, pods: readonly PodDescription[]): readonly Group[] {
  const byPorts = new Map<string, { readonly ports: Group["ports"]; readonly pods: PodDescription[] }>();
  for (const pod of pods) {
    const ports = (service.ports ?? []).flatMap(({ name = "", port, targetPort = port, protocol = "TCP" }) => {
      const number = typeof targetPort === "number" ? targetPort : pod.ports?.[targetPort];
      return number === undefined ? [] : [{ name, port: number, protocol }];
    });
    const key = JSON.stringify(ports);
    const known = byPorts.get(key);
    if (known === undefined) byPorts.set(key, { ports, pods: [pod] });
    else known.pods.push(pod);
  }
  return byPorts.size === 0 ? [{ ports: [], pods: [] }] : [...byPorts.values()];
}

function isReady({ ready = true }: PodDescription, { publishNotReadyAddresses }: ServiceDescription): boolean {
  return ready || publishNotReadyAddresses === true;
}

function addressObject({ ip, name, node, hostname }: PodDescription) {
  return {
    ip,
    ...(hostname === undefined ? {} : { hostname }),
    ...(node === undefined ? {} : { nodeName: node }),
    ...(name === undefined ? {} : { targetRef: { kind: "Pod", name } }),
  };
}

function endpointObject(pod: PodDescription, namespace: string, service: ServiceDescription) {
  const { ip, name, node, zone, hostname, ready = true, terminating = false, forZones } = pod;
  const serving = terminating ? (pod.serving ?? true) : (pod.serving ?? ready);
  const shown = service.publishNotReadyAddresses === true ? true : ready && !terminating;
  return {
    addresses: [ip],
    conditions: { ready: shown, serving, terminating },
    ...(hostname === undefined ? {} : { hostname }),
    ...(name === undefined ? {} : { targetRef: { kind: "Pod", namespace, name } }),
    ...(node === undefined ? {} : { nodeName: node }),
    ...(zone === undefined ? {} : { zone }),
    ...(forZones === undefined ? {} : { hints: { forZones: forZones.map((one) => ({ name: one })) } }),
  };
}

/** Five letters, always the same for a number. */
function suffix(number: number): string {
  let left = number * 7_919 + 104_729;
  let text = "";
  for (let i = 0; i < 5; i++) {
    text += letters[left % letters.length];
    left = Math.floor(left / letters.length) + i;
  }
  return text;
}
