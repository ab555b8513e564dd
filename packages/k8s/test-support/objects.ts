import type { TestApi } from "./test-api.js";

export interface PodDescription {
  readonly ip: string;
  readonly ready?: boolean;
  readonly serving?: boolean;
  readonly terminating?: boolean;
  readonly node?: string;
  readonly zone?: string;
  readonly forZones?: readonly string[];
  readonly hostname?: string;
}

export interface SliceDescription {
  readonly service: string;
  readonly namespace?: string;
  /** By name; the number is that of the pods. */
  readonly ports?: Readonly<Record<string, number>>;
  readonly pods: readonly PodDescription[];
  readonly family?: "IPv4" | "IPv6" | "FQDN";
  readonly labels?: Readonly<Record<string, string>>;
}

/** An EndpointSlice as the controller writes it. */
export function slice(api: TestApi, name: string, description: SliceDescription): void {
  const { service, namespace = "prod", ports = { http: 8080 }, pods, family = "IPv4", labels = {} } = description;
  const object = {
    addressType: family,
    endpoints: pods.map((pod) => ({
      addresses: [pod.ip],
      conditions: {
        ready: pod.ready ?? true,
        serving: pod.serving ?? pod.ready ?? true,
        terminating: pod.terminating ?? false,
      },
      nodeName: pod.node,
      zone: pod.zone,
      hostname: pod.hostname,
      ...(pod.forZones && { hints: { forZones: pod.forZones.map((zone) => ({ name: zone })) } }),
    })),
    ports: Object.entries(ports).map(([portName, port]) => ({ name: portName, port, protocol: "TCP" })),
  };
  api.apply("endpointslices", namespace, name, object, { ...labels, "kubernetes.io/service-name": service });
}

/** The Endpoints of a service, as the controller keeps them in step with its slices. */
export function endpoints(api: TestApi, serviceName: string, ips: readonly string[], ports = { http: 8080 }): void {
  const list = Object.entries(ports).map(([name, port]) => ({ name, port }));
  const subsets = ips.length === 0 ? undefined : [{ addresses: ips.map((ip) => ({ ip })), ports: list }];
  api.apply("endpoints", "prod", serviceName, { subsets });
}

/** A Service with ports by name. */
export function service(
  api: TestApi,
  name: string,
  ports: Readonly<Record<string, number>>,
  more: { namespace?: string; spec?: object; ingress?: readonly object[] } = {},
): void {
  const { namespace = "prod", spec = {}, ingress = [] } = more;
  const list = Object.entries(ports).map(([portName, port]) => ({ name: portName, port, targetPort: "web" }));
  api.apply("services", namespace, name, { spec: { ports: list, ...spec }, status: { loadBalancer: { ingress } } });
}
