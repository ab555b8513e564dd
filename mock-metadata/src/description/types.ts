import type { JsonObject } from "../json.js";
import type { ContainerState, ServiceState } from "../states.js";

/** What Rancher calls the kinds of its services. */
export const serviceKinds = [
  "service",
  "loadBalancerService",
  "externalService",
  "dnsService",
  "kubernetesService",
] as const;
export type ServiceKind = (typeof serviceKinds)[number];

/** Those that are a name for something else, and so have no containers. */
export function hasContainers(kind: ServiceKind): boolean {
  return kind !== "externalService" && kind !== "dnsService";
}

/** What runs in a Rancher environment, as one writes it down. */
export interface Description {
  readonly environment: string;
  readonly hosts: readonly HostDescription[];
  readonly stacks: readonly StackDescription[];
  /** Containers that belong to no service. */
  readonly containers: readonly StandaloneDescription[];
  /** Linked environments, told of since 2016-07-29. They link to none themselves. */
  readonly environments: readonly Description[];
}
export interface HostDescription {
  readonly name: string;
  readonly ip: string;
  readonly labels: Labels;
}
export interface StackDescription {
  readonly name: string;
  readonly system: boolean;
  readonly services: readonly ServiceDescription[];
}
export interface StandaloneDescription extends ContainerDescription {
  readonly name: string;
  readonly system: boolean;
}

/** What a service and a sidekick have in common. */
export interface LaunchDescription {
  readonly name: string;
  /** The address of the first container, of the second, and so on; further ones get addresses of the managed network. */
  readonly addresses: readonly string[];
  /** As Rancher writes them, `8080:80/tcp`. */
  readonly ports: readonly string[];
  readonly labels: Labels;
  /** The health of its containers, one of `healthStates`, or null where there is none. */
  readonly health: string | null;
  readonly healthCheck: HealthCheckDescription | null;
  /** What is different about the first container, the second, and so on. */
  readonly containers: readonly ContainerDescription[];
}
export interface ServiceDescription extends LaunchDescription {
  readonly kind: ServiceKind;
  /** Containers at the start. */
  readonly scale: number;
  readonly state: ServiceState;
  readonly system: boolean;
  readonly links: readonly LinkDescription[];
  readonly sidekicks: readonly SidekickDescription[];
  /** Of an external service. */
  readonly externalIps: readonly string[];
  /** Of an external service that is a name of DNS. */
  readonly hostname: string | null;
  readonly vip: string | null;
  readonly fqdn: string | null;
  readonly selector: string | null;
  readonly metadata: JsonObject;
}
export interface SidekickDescription extends LaunchDescription {
  /** Lives in the network of the primary's container, and so has no address of its own. */
  readonly shareNetwork: boolean;
}
export interface ContainerDescription {
  /** Null: the one of its service. */
  readonly state: ContainerState | null;
  /** Undefined: the one of its service. */
  readonly health: string | null | undefined;
  readonly labels: Labels;
  /** Null: it has none yet. Undefined: whichever comes. */
  readonly ip: string | null | undefined;
  /** The name of a host. Undefined: whichever comes. */
  readonly host: string | undefined;
  /** Undefined: those of its service. */
  readonly ports: readonly string[] | undefined;
}

/** Told as the uuid of a service, or word for word what is no service's. */
export type LinkDescription =
  | { readonly name: string; readonly to: string }
  | { readonly name: string; readonly dangling: string };

export interface HealthCheckDescription {
  readonly port: number;
  readonly interval?: number;
  readonly responseTimeout?: number;
  readonly healthyThreshold?: number;
  readonly unhealthyThreshold?: number;
  readonly requestLine?: string;
}
export type Labels = Readonly<Record<string, string>>;
