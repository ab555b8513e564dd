import type { Container } from "../entries/container.js";
import { noLabels } from "../entries/labels.js";
import { isInactive, type Service } from "../entries/service.js";
import { type Groups, groupId } from "./groups.js";

/** The services of one version of the catalogue, by what they are called and by their uuid, each with its containers. */
export class Services {
  readonly #byUuid = new Map<string, Service>();
  readonly #byKey = new Map<string, Service>();
  /** By `stack/sidekick`; undefined where several services have one of that name. */
  readonly #sidekicks = new Map<string, Service | undefined>();
  readonly #groups: Groups;
  /** Of services with containers that do not tell both their uuid and their name. */
  readonly #more = new Map<Service, (readonly Container[])[]>();

  /** `services` is undefined where the server has no list of them: then they are what the containers say. */
  constructor(services: readonly Service[] | undefined, groups: Groups) {
    this.#groups = groups;
    const claimed = new Set<string>();
    for (const service of services ?? []) {
      this.#add(service);
      claimed.add(groupId(service.uuid, service.key));
    }
    for (const [id, containers] of groups.all) if (!claimed.has(id)) this.#place(containers);
  }

  /** Each with the name that tells it from the others, as it is found under. */
  get all(): Iterable<readonly [key: string, service: Service]> {
    return this.#byKey;
  }

  /**
   * `stack/service`, in lower case. A sidekick is `stack/sidekick.service`, as in Rancher's DNS; its own name alone will do as long as
   * neither a service nor another sidekick of the stack has it.
   */
  find(key: string): Service | undefined {
    return this.#byKey.get(key) ?? this.#sidekicks.get(key);
  }

  /** The same array as in the version before, as long as they are the same. */
  containersOf(service: Service): readonly Container[] {
    const own = this.#groups.of(groupId(service.uuid, service.key)) ?? none;
    const more = this.#more.get(service);
    if (more === undefined) return own;
    return own.length === 0 && more.length === 1 ? (more[0] ?? none) : [own, ...more].flat();
  }

  /**
   * What a service links to. Rancher writes the uuid of the linked service; files written by hand have `stack/service` there, or in
   * place of the alias. Links to what is not there are left out.
   */
  *linksOf({ links }: Service): Generator<Service> {
    for (const [alias, target] of links) {
      const linked = this.#byUuid.get(target) ?? this.find(target.toLowerCase()) ?? this.find(alias.toLowerCase());
      if (linked !== undefined) yield linked;
    }
  }

  #add(service: Service): void {
    const { uuid, stack, name, key, primary } = service;
    if (uuid !== undefined && (primary === undefined || !this.#byUuid.has(uuid))) this.#byUuid.set(uuid, service);
    if (primary === undefined) this.#name(key, service);
    else {
      this.#name(`${stack}/${name}.${primary}`, service);
      this.#sidekicks.set(key, this.#sidekicks.has(key) ? undefined : service);
    }
  }

  /** While a service is replaced by one of the same name, the one that works is meant. */
  #name(key: string, service: Service): void {
    const known = this.#byKey.get(key);
    if (known === undefined || (isInactive(known) && !isInactive(service))) this.#byKey.set(key, service);
  }

  /** Containers whose service is known by its name or its uuid alone, or not at all. */
  #place(containers: readonly Container[]): void {
    const [{ service: key, serviceUuid } = {}] = containers;
    let service = key === undefined ? undefined : this.find(key);
    service ??= serviceUuid === undefined ? undefined : this.#byUuid.get(serviceUuid);
    if (service === undefined && key !== undefined) {
      const [stack = "", name = ""] = key.split("/");
      service = { ...unlisted, stack, name, key, checked: containers.some(({ checked }) => checked) };
      this.#byKey.set(key, service);
    }
    if (service === undefined) return;
    const more = this.#more.get(service);
    if (more === undefined) this.#more.set(service, [containers]);
    else more.push(containers);
  }
}

const none: readonly Container[] = [];

/** What is known of a service that only its containers speak of. */
const unlisted: Omit<Service, "name" | "stack" | "key" | "checked"> = {
  uuid: undefined,
  primary: undefined,
  kind: "service",
  state: undefined,
  system: false,
  vip: undefined,
  externalIps: [],
  hostname: undefined,
  links: [],
  labels: noLabels,
};
