import type { Container } from "../entries/container.js";
import { noLabels } from "../entries/labels.js";
import { isInactive, type Service } from "../entries/service.js";
import { type Groups, groupId } from "./groups.js";
import { preferred } from "./preference.js";

/** The services of one version of the catalogue, by what they are called and by their uuid, each with its containers. */
export class Services {
  readonly #byUuid = new Map<string, Service>();
  readonly #byKey = new Map<string, Service>();
  /** By `stack/sidekick`: the names, as in `#byKey`, of those that are called so, each with another service. */
  readonly #sidekicks = new Map<string, Set<string>>();
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
    const unlisted = new Map<string, Service>();
    for (const [id, containers] of groups.all) if (!claimed.has(id)) this.#place(containers, unlisted);
    for (const [key, service] of unlisted) this.#byKey.set(key, service);
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
    return this.#byKey.get(key) ?? this.#sidekick(key);
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
    if (uuid !== undefined) claim(this.#byUuid, uuid, service);
    if (primary === undefined) {
      claim(this.#byKey, key, service);
      return;
    }
    const full = `${stack}/${name}.${primary}`;
    claim(this.#byKey, full, service);
    const alike = this.#sidekicks.get(key);
    if (alike === undefined) this.#sidekicks.set(key, new Set([full]));
    else alike.add(full);
  }

  /** The only one that is called so, or of which the others are on their way out. */
  #sidekick(key: string): Service | undefined {
    const all = [...(this.#sidekicks.get(key) ?? [])].map((full) => this.#byKey.get(full));
    const active = all.filter((one) => one !== undefined && !isInactive(one));
    return active.length === 1 ? active[0] : all.length === 1 ? all[0] : undefined;
  }

  /**
   * Containers whose service is known by its name or its uuid alone, or not at all. The name comes first: a sidekick has the uuid of
   * the service it goes with, and must not be taken for it.
   */
  #place(containers: readonly Container[], unlisted: Map<string, Service>): void {
    const [{ service: key, serviceUuid } = {}] = containers;
    let service: Service | undefined;
    if (key === undefined) service = serviceUuid === undefined ? undefined : this.#byUuid.get(serviceUuid);
    else {
      service = this.find(key) ?? unlisted.get(key);
      if (service === undefined) {
        const [stack = "", name = ""] = key.split("/");
        service = { ...unknown, stack, name, key };
        unlisted.set(key, service);
      }
    }
    if (service === undefined) return;
    const more = this.#more.get(service);
    if (more === undefined) this.#more.set(service, [containers]);
    else more.push(containers);
  }
}

/**
 * Of a service and its sidekicks, which have one uuid in Rancher, the service is meant, whatever becomes of it. While one is replaced
 * by another of the same name, it is the one that works.
 */
function claim(index: Map<string, Service>, id: string, service: Service): void {
  const other = index.get(id);
  const both = other === undefined ? 1 : rank(service) - rank(other);
  if (other === undefined || both > 0 || (both === 0 && preferred(service, other) === service)) index.set(id, service);
}

function rank(service: Service): number {
  return (service.primary === undefined ? 2 : 0) + (isInactive(service) ? 0 : 1);
}

const none: readonly Container[] = [];

/** What is known of a service that only its containers speak of. */
const unknown: Omit<Service, "name" | "stack" | "key"> = {
  uuid: undefined,
  primary: undefined,
  kind: "service",
  state: undefined,
  system: false,
  checked: undefined,
  vip: undefined,
  externalIps: [],
  hostname: undefined,
  links: [],
  labels: noLabels,
};
