import type {
  Description,
  HealthCheckDescription,
  HostDescription,
  LaunchDescription,
  ServiceDescription,
  StackDescription,
} from "../description/types.js";
import { hasStartedIn } from "../states.js";

/** A container as it runs, or no longer does. What is not readonly may be changed; it is told from the next load on. */
export interface Container {
  readonly uuid: string;
  readonly name: string;
  /** 1-based, of its service. */
  readonly index: number;
  readonly createIndex: number;
  /** Undefined: it belongs to none. */
  readonly service: Service | undefined;
  readonly system: boolean;
  /** Its address, which is told as long as `showsIp`. */
  ip: string;
  /** Undefined: since it has started. */
  showsIp: boolean | undefined;
  readonly host: Host;
  state: string;
  health: string | null;
  /** Beside those of its service. */
  labels: Record<string, string>;
  readonly ports: readonly string[];
  /** The container whose network it lives in. Then it has no address of its own. */
  readonly networkFrom: Container | undefined;
}

/** A service, or a sidekick of one, which Rancher tells as a service of its own, with the uuid and the links of its primary. */
export interface Service {
  readonly uuid: string;
  readonly description: LaunchDescription;
  readonly stack: Stack;
  /** What makes it a service, or its primary one. */
  readonly main: ServiceDescription;
  /** Undefined: it is no sidekick. */
  readonly primary: Service | undefined;
  readonly shareNetwork: boolean;
  readonly sidekicks: readonly Service[];
  readonly healthCheck: HealthCheckDescription | null;
  /** A secret of its containers. */
  readonly token: string;
  scale: number;
  state: string;
  containers: Container[];
  labels: Record<string, string>;
  /** By name: a service, or what is told as its uuid and is none's. Sidekicks have those of their primary. */
  readonly links: Map<string, Service | string>;
}
export interface Stack {
  readonly uuid: string;
  readonly description: StackDescription;
  /** The linked environment that it is in. Undefined: it is in this one. */
  readonly environment: string | undefined;
  /** Sidekicks included, each behind its primary. */
  readonly services: readonly Service[];
}
export interface Host {
  readonly uuid: string;
  readonly description: HostDescription;
}
export interface Environment {
  readonly name: string;
  readonly uuid: string;
  readonly networkUuid: string;
}

/** What is told as the address of a container. Null: it has none (yet), or lives in the network of another container. */
export function addressOf({ ip, showsIp, state, networkFrom }: Container): string | null {
  return networkFrom === undefined && (showsIp ?? hasStartedIn(state)) ? ip : null;
}

/** How a service is called in control calls: `stack/service`, `stack/service/sidekick`, `Environment:stack/service`. */
export function serviceName({ description, primary, stack }: Service): string {
  const environment = stack.environment === undefined ? "" : `${stack.environment}:`;
  const names = [
    stack.description.name,
    ...(primary === undefined ? [] : [primary.description.name]),
    description.name,
  ];
  return `${environment}${names.join("/")}`;
}

/** All addresses that the description gives to somebody. */
export function promisedIn({ stacks, containers }: Description): ReadonlySet<string> {
  const launched = stacks.flatMap(({ services }) => services.flatMap((one) => [one, ...one.sidekicks]));
  const single = [...containers, ...launched.flatMap((one) => one.containers)];
  return new Set([...launched.flatMap(({ addresses }) => addresses), ...single.flatMap(({ ip }) => ip ?? [])]);
}
