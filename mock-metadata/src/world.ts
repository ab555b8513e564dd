import { NamerError } from "@namerkit/core";
import type { Description, HostDescription, ServiceDescription, StackDescription } from "./description.js";
import { uuid } from "./uuid.js";

/** A container as it runs, or no longer does. */
export interface Container {
  readonly uuid: string;
  readonly name: string;
  /** 1-based, of its service. */
  readonly index: number;
  readonly createIndex: number;
  readonly service: Service;
  readonly ip: string;
  readonly host: Host;
  state: string;
  health: string | null;
}
export interface Service {
  readonly uuid: string;
  readonly description: ServiceDescription;
  readonly stack: Stack;
  /** A secret of its containers. */
  readonly token: string;
  scale: number;
  state: "active" | "inactive";
  containers: Container[];
}
export interface Stack {
  readonly uuid: string;
  readonly description: StackDescription;
  readonly services: Service[];
}
export interface Host {
  readonly uuid: string;
  readonly description: HostDescription;
}

/** 10.42 to 10.241: twelve million addresses, before one is given again. */
const NETWORKS = 200;

/** What runs now: a description brought to life, and changed by the control calls. */
export class World {
  readonly environment: { readonly name: string; readonly uuid: string; readonly networkUuid: string };
  readonly hosts: readonly Host[];
  readonly stacks: readonly Stack[];
  readonly #random: () => number;
  #created = 0;
  /** Promised to a container by the description, and so not given to another. */
  readonly #promised: ReadonlySet<string>;
  #addresses = 0;

  constructor(description: Description, random: () => number) {
    if (description.hosts.length === 0) throw new NamerError("MOCK_DESCRIPTION", "there must be a host to run on");
    this.#random = random;
    this.#promised = new Set(description.stacks.flatMap(({ services }) => services.flatMap((one) => one.addresses)));
    this.environment = { name: description.environment, uuid: uuid(random), networkUuid: uuid(random) };
    this.hosts = description.hosts.map((host) => ({ uuid: uuid(random), description: host }));
    this.stacks = description.stacks.map((stack) => {
      const made: Stack = { uuid: uuid(random), description: stack, services: [] };
      for (const service of stack.services) {
        made.services.push({
          uuid: uuid(random),
          description: service,
          stack: made,
          token: uuid(random).replaceAll("-", ""),
          scale: 0,
          state: "active",
          containers: [],
        });
      }
      return made;
    });
    for (const service of this.services) this.#scale(service, service.description.scale);
  }

  get services(): readonly Service[] {
    return this.stacks.flatMap((stack) => stack.services);
  }

  get containers(): readonly Container[] {
    return this.services.flatMap((service) => service.containers);
  }

  /** `name` is stack/service, in any case. Throws MOCK_UNKNOWN. */
  service(name: string): Service {
    const wanted = name.toLowerCase();
    const found = this.services.find((one) => serviceName(one).toLowerCase() === wanted);
    if (found !== undefined) return found;
    const known = this.services.map(serviceName).join(", ");
    throw new NamerError("MOCK_UNKNOWN", `there is no service "${name}"; there are: ${known}`);
  }

  /** Starts or removes containers, the newest first, until there are `scale`. */
  scale(name: string, scale: number): void {
    if (!Number.isInteger(scale) || scale < 0 || scale > 100_000) {
      throw new NamerError("MOCK_CONTROL", `a scale is a whole number from 0 to 100000, not ${scale}`);
    }
    this.#scale(this.service(name), scale);
  }

  /** All containers of the service stop, and stay listed, as Rancher lists them. */
  stop(name: string): void {
    const service = this.service(name);
    service.state = "inactive";
    for (const container of service.containers) container.state = "stopped";
  }

  start(name: string): void {
    const service = this.service(name);
    service.state = "active";
    for (const container of service.containers) container.state = "running";
  }

  /** The health of all containers of a service, or of the one with this index. */
  health(name: string, health: string | null, index?: number): void {
    const service = this.service(name);
    const chosen = service.containers.filter((one) => index === undefined || one.index === index);
    if (chosen.length === 0) throw new NamerError("MOCK_UNKNOWN", `${name} has no container ${index ?? "at all"}`);
    for (const container of chosen) container.health = health;
  }

  #scale(service: Service, scale: number): void {
    service.scale = scale;
    service.containers = service.containers.slice(0, scale);
    while (service.containers.length < scale) service.containers.push(this.#container(service));
  }

  #container(service: Service): Container {
    const { description, stack } = service;
    const index = service.containers.length + 1;
    const createIndex = ++this.#created;
    return {
      uuid: uuid(this.#random),
      name: `${stack.description.name}-${description.name}-${index}`,
      index,
      createIndex,
      service,
      ip: description.addresses[index - 1] ?? this.#address(),
      host: this.hosts[createIndex % this.hosts.length] as Host,
      state: service.state === "active" ? "running" : "stopped",
      health: description.health,
    };
  }

  /** Of Rancher's managed network, 10.42.0.0/16, and when that is used up, of the next ones. */
  #address(): string {
    for (;;) {
      const n = this.#addresses++ % (NETWORKS * 254 * 254);
      const third = Math.floor(n / 254);
      const address = `10.${42 + Math.floor(third / 254)}.${1 + (third % 254)}.${1 + (n % 254)}`;
      if (!this.#promised.has(address)) return address;
    }
  }
}

export function serviceName(service: Service): string {
  return `${service.stack.description.name}/${service.description.name}`;
}
