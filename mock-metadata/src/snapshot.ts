import type { Container, Host, Service, Stack, World } from "./world.js";

/** A container as it was when the server loaded. */
export interface ContainerNow {
  readonly container: Container;
  readonly service: ServiceNow;
  readonly state: string;
  readonly health: string | null;
  /** It has its address: since it has started, and for as long as it is listed. */
  readonly hasAddress: boolean;
}
export interface ServiceNow {
  readonly service: Service;
  readonly scale: number;
  readonly state: string;
  readonly containers: readonly ContainerNow[];
}
export interface StackNow {
  readonly stack: Stack;
  readonly services: readonly ServiceNow[];
}

/** The world at one load. What changes afterwards is not told before the next one, however late an answer is written. */
export class Snapshot {
  readonly environment: World["environment"];
  readonly hosts: readonly Host[];
  readonly stacks: readonly StackNow[];
  #byIp: Map<string, ContainerNow> | undefined;

  constructor(world: World) {
    this.environment = world.environment;
    this.hosts = world.hosts;
    this.stacks = world.stacks.map((stack) => ({ stack, services: stack.services.map(serviceNow) }));
  }

  get services(): readonly ServiceNow[] {
    return this.stacks.flatMap((stack) => stack.services);
  }

  get containers(): readonly ContainerNow[] {
    return this.services.flatMap((service) => service.containers);
  }

  /** The container that asks from an address; the first one where several have it. */
  containerAt(ip: string): ContainerNow | undefined {
    if (this.#byIp === undefined) {
      const withAddress = this.containers.filter((one) => one.hasAddress);
      this.#byIp = new Map(withAddress.reverse().map((one) => [one.container.ip, one]));
    }
    return this.#byIp.get(ip);
  }
}

function serviceNow(service: Service): ServiceNow {
  const containers: ContainerNow[] = [];
  const now: ServiceNow = { service, scale: service.scale, state: service.state, containers };
  for (const container of service.containers) {
    const { state, health } = container;
    const hasAddress = state === "running" || state === "stopped";
    containers.push({ container, service: now, state, health, hasAddress });
  }
  return now;
}
