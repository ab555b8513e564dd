import { addressOf, type Container, type Environment, type Host, type Service, type Stack } from "./world/entities.js";
import type { World } from "./world/world.js";

/** A container as it was when the server loaded. */
export interface ContainerNow {
  readonly container: Container;
  /** Undefined: it belongs to none. */
  readonly service: ServiceNow | undefined;
  readonly state: string;
  readonly health: string | null;
  /** Those of its service, and its own. */
  readonly labels: Readonly<Record<string, string>>;
  /** Null: it has none (yet), or lives in the network of another container. */
  readonly ip: string | null;
}
export interface ServiceNow {
  readonly service: Service;
  readonly scale: number;
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
  /** As they are told: the uuid by name. */
  readonly links: Readonly<Record<string, string>>;
  readonly containers: readonly ContainerNow[];
}
export interface StackNow {
  readonly stack: Stack;
  readonly services: readonly ServiceNow[];
}

/** The world at one load. What changes afterwards is not told before the next one, however late an answer is written. */
export class Snapshot {
  readonly environment: Environment;
  readonly hosts: readonly Host[];
  readonly stacks: readonly StackNow[];
  readonly standalone: readonly ContainerNow[];
  readonly linked: readonly Snapshot[];
  #byIp: Map<string, ContainerNow> | undefined;

  constructor(world: World) {
    this.environment = world.environment;
    this.hosts = world.hosts;
    this.stacks = world.stacks.map((stack) => ({ stack, services: stack.services.map(serviceNow) }));
    this.standalone = world.standalone.map((one) => containerNow(one, undefined));
    this.linked = world.linked.map((one) => new Snapshot(one));
  }

  get services(): readonly ServiceNow[] {
    return this.stacks.flatMap((stack) => stack.services);
  }

  get containers(): readonly ContainerNow[] {
    return [...this.services.flatMap((service) => service.containers), ...this.standalone];
  }

  /** The container that asks from an address; the first one where several have it. */
  containerAt(ip: string): ContainerNow | undefined {
    this.#byIp ??= new Map(
      this.containers.flatMap((one) => (one.ip === null ? [] : [[one.ip, one] as const])).reverse(),
    );
    return this.#byIp.get(ip);
  }
}

function serviceNow(service: Service): ServiceNow {
  const containers: ContainerNow[] = [];
  const { scale, state, labels } = service;
  const links = Object.fromEntries(
    [...service.links].map(([name, to]) => [name, typeof to === "string" ? to : to.uuid]),
  );
  const now: ServiceNow = { service, scale, state, labels, links, containers };
  for (const container of service.containers) containers.push(containerNow(container, now));
  return now;
}

function containerNow(container: Container, service: ServiceNow | undefined): ContainerNow {
  const { state, health } = container;
  const labels = { ...service?.labels, ...container.labels };
  return { container, service, state, health, labels, ip: addressOf(container) };
}
