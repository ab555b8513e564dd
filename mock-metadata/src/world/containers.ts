import type { ContainerDescription, StandaloneDescription } from "../description/types.js";
import { uuid } from "../uuid.js";
import type { Addresses } from "./addresses.js";
import type { Container, Host, Service } from "./entities.js";

/** Services in these states have containers that do not run. */
const stoppedIn = new Set(["inactive", "removed"]);

/** Makes containers, with their addresses, hosts and numbers. */
export class ContainerMaker {
  readonly #hosts: readonly Host[];
  readonly #addresses: Addresses;
  readonly #random: () => number;
  #created = 0;

  constructor(hosts: readonly Host[], addresses: Addresses, random: () => number) {
    this.#hosts = hosts;
    this.#addresses = addresses;
    this.#random = random;
  }

  /** The next container of a service. A sidekick's runs on the host of the primary's with the same number, which must be there. */
  next(service: Service): Container {
    const { description, stack, primary } = service;
    const index = service.containers.length + 1;
    const own = description.containers[index - 1];
    const beside = primary?.containers[index - 1];
    const names = [
      stack.description.name,
      ...(primary === undefined ? [] : [primary.description.name]),
      description.name,
    ];
    return {
      ...this.#make(`${names.join("-")}-${index}`, own, description.addresses[index - 1], beside?.host),
      index,
      service,
      system: service.main.system,
      state: own?.state ?? (stoppedIn.has(service.state) ? "stopped" : "running"),
      health: own?.health === undefined ? description.health : own.health,
      ports: own?.ports ?? description.ports,
      networkFrom: service.shareNetwork ? beside : undefined,
    };
  }

  standalone(description: StandaloneDescription): Container {
    return { ...this.#make(description.name, description, undefined, undefined), system: description.system };
  }

  #make(
    name: string,
    own: ContainerDescription | undefined,
    address: string | undefined,
    host: Host | undefined,
  ): Container {
    const createIndex = ++this.#created;
    const wanted = this.#hosts.find((one) => one.description.name === own?.host);
    return {
      uuid: uuid(this.#random),
      name,
      index: 1,
      createIndex,
      service: undefined,
      system: false,
      ip: own?.ip ?? address ?? this.#addresses.next(),
      // An address that is said of this very container is told in any state.
      showsIp: own?.ip === undefined ? undefined : own.ip !== null,
      host: wanted ?? host ?? (this.#hosts[createIndex % this.#hosts.length] as Host),
      state: own?.state ?? "running",
      health: own?.health ?? null,
      labels: { ...own?.labels },
      ports: own?.ports ?? [],
      networkFrom: undefined,
    };
  }
}
