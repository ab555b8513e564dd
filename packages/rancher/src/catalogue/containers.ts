import type { Lists } from "../api/lists.js";
import type { Container } from "../entries/container.js";
import type { Host } from "../entries/host.js";
import type { Service } from "../entries/service.js";
import type { Instance } from "./instance.js";
import { indexed } from "./preference.js";
import type { CatalogueRules } from "./rules.js";

type Meta = Readonly<Record<string, string>>;
type Hosts = ReadonlyMap<string, Host>;
type Checks = Pick<Service, "labels" | "checked">;

/**
 * What containers came to in earlier versions. What says the same is the same object from one version to the next, so that address
 * sets are told to be equal at a glance, and one container that changes costs its own service alone.
 */
export class InstanceBook {
  readonly #metas = new WeakMap<Container, { readonly host: Host | undefined; readonly meta: Meta }>();
  readonly #groups = new WeakMap<
    readonly Container[],
    { readonly hosts: Hosts; readonly checks: Checks; readonly instances: readonly Instance[] }
  >();
  #hosts: { readonly list: Lists["hosts"]; readonly byUuid: Hosts } | undefined;

  hosts(list: Lists["hosts"]): Hosts {
    if (this.#hosts === undefined || this.#hosts.list !== list) {
      this.#hosts = { list, byUuid: indexed(list?.entries ?? [], ({ uuid }) => uuid) };
    }
    return this.#hosts.byUuid;
  }

  metaOf(container: Container, host: Host | undefined): Meta {
    const known = this.#metas.get(container);
    if (known !== undefined && known.host === host) return known.meta;
    const node: Record<string, string> = host?.name === undefined ? {} : { nodeName: host.name };
    const meta: Meta = Object.freeze({ ...host?.told, ...container.labels.told, ...node });
    this.#metas.set(container, { host, meta });
    return meta;
  }

  instancesOf(
    group: readonly Container[],
    hosts: Hosts,
    checks: Checks,
    make: () => readonly Instance[],
  ): readonly Instance[] {
    // Of these, the address may change with another container.
    if (group.some(sharesNetwork)) return make();
    const known = this.#groups.get(group);
    if (known?.hosts === hosts && known.checks.labels === checks.labels && known.checks.checked === checks.checked) {
      return known.instances;
    }
    const instances = make();
    this.#groups.set(group, { hosts, checks, instances });
    return instances;
  }
}

/** The containers of one version, as instances of their services. */
export class Containers {
  readonly #rules: CatalogueRules;
  readonly #book: InstanceBook;
  readonly #all: readonly Container[];
  readonly #hosts: Hosts;
  #byUuid: ReadonlyMap<string, Container> | undefined;

  constructor({ containers, hosts }: Pick<Lists, "containers" | "hosts">, rules: CatalogueRules, book: InstanceBook) {
    this.#rules = rules;
    this.#book = book;
    this.#all = containers.entries;
    this.#hosts = book.hosts(hosts);
  }

  /** How many run, of a service, and have no address that can be used. */
  get lost(): number {
    return this.#all.filter(
      (one) => one.ip === undefined && isOfService(one) && this.#runs(one) && this.#owner(one) === undefined,
    ).length;
  }

  /** Those of a service that run and have an address, healthy or not. The same array as long as it says the same. */
  instancesOf(group: readonly Container[], service: Service): readonly Instance[] {
    return this.#book.instancesOf(group, this.#hosts, service, () => {
      const running = group.filter((one) => this.#runs(one));
      return running.map((one) => this.#instance(one, service)).filter((one) => one !== undefined);
    });
  }

  /** Whether it is there at all. Servers of before 2016 tell no state, and are believed. */
  #runs({ state, system }: Container): boolean {
    if (system && this.#rules.excludeSystem) return false;
    return state === undefined || state === "running" || (state === "starting" && this.#rules.includeStarting);
  }

  #instance(container: Container, service: Service): Instance | undefined {
    const owner = this.#owner(container);
    if (owner?.ip === undefined) return undefined;
    const host = container.hostUuid === undefined ? undefined : this.#hosts.get(container.hostUuid);
    return {
      at: owner.ip,
      named: false,
      healthy: !this.#rules.useHealthCheck || isHealthy(container, service),
      labels: [container.labels, service.labels],
      meta: this.#book.metaOf(container, host),
      published: owner === container ? container.published : [...container.published, ...owner.published],
      hostIp: host?.ip,
    };
  }

  /** The container that has the address: itself, or the one whose network it shares. Undefined if there is none. */
  #owner(container: Container): Container | undefined {
    let one: Container | undefined = container;
    for (let hops = 0; one !== undefined && hops < MAX_HOPS; hops++) {
      if (one.ip !== undefined) return one;
      if (one.networkFrom === undefined) return undefined;
      this.#byUuid ??= indexed(this.#all, ({ uuid }) => uuid);
      one = this.#byUuid.get(one.networkFrom);
    }
    return undefined;
  }
}

/** Docker allows one; a ring must not be followed for ever. */
const MAX_HOPS = 8;

function isOfService({ service, serviceUuid }: Container): boolean {
  return service !== undefined || serviceUuid !== undefined;
}

function sharesNetwork({ ip, networkFrom }: Container): boolean {
  return ip === undefined && networkFrom !== undefined;
}

/** As Rancher's DNS server has it: being checked by nobody is healthy, being checked without a result is not. */
function isHealthy({ health, checked: itself }: Container, { checked = itself }: Checks): boolean {
  if (health === undefined) return !checked;
  return health === "healthy" || health === "updating-healthy";
}
