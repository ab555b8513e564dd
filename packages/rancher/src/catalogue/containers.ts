import type { Container } from "../entries/container.js";
import type { Host } from "../entries/host.js";
import type { Service } from "../entries/service.js";
import type { Instance } from "./instance.js";
import type { CatalogueRules } from "./rules.js";

type Meta = Readonly<Record<string, string>>;
type Told = { readonly host: Host | undefined; readonly meta: Meta };

/**
 * The metadata of containers. It is made once for a container and its host, and both are the same objects for as long as the API says
 * the same of them: address sets are then told to be equal at a glance.
 */
export class MetaBook {
  readonly #told = new WeakMap<Container, Told>();

  of(container: Container, host: Host | undefined): Meta {
    const known = this.#told.get(container);
    if (known !== undefined && known.host === host) return known.meta;
    const node: Record<string, string> = host?.name === undefined ? {} : { nodeName: host.name };
    const meta: Meta = Object.freeze({ ...host?.told, ...container.labels.told, ...node });
    this.#told.set(container, { host, meta });
    return meta;
  }
}

/** Turns containers into instances of their service, knowing all others and the hosts. */
export class Containers {
  readonly #rules: CatalogueRules;
  readonly #book: MetaBook;
  readonly #byUuid: ReadonlyMap<string, Container>;
  readonly #hosts: ReadonlyMap<string, Host>;

  constructor(rules: CatalogueRules, book: MetaBook, containers: readonly Container[], hosts: readonly Host[]) {
    this.#rules = rules;
    this.#book = book;
    this.#byUuid = new Map(containers.flatMap((one) => (one.uuid === undefined ? [] : [[one.uuid, one]])));
    this.#hosts = new Map(hosts.map((host) => [host.uuid, host]));
  }

  /** Whether it is there at all. Servers of before 2016 tell no state, and are believed. */
  runs({ state, system }: Container): boolean {
    if (system && this.#rules.excludeSystem) return false;
    return state === undefined || state === "running" || (state === "starting" && this.#rules.includeStarting);
  }

  hasAddress(container: Container): boolean {
    return this.#networkOf(container)?.ip !== undefined;
  }

  /** Undefined for one without an address. */
  instance(container: Container, service: Service): Instance | undefined {
    const owner = this.#networkOf(container);
    if (owner?.ip === undefined) return undefined;
    const host = container.hostUuid === undefined ? undefined : this.#hosts.get(container.hostUuid);
    return {
      at: owner.ip,
      named: false,
      healthy: !this.#rules.useHealthCheck || isHealthy(container, service),
      labels: [container.labels, service.labels],
      meta: this.#book.of(container, host),
      published: owner === container ? container.published : [...container.published, ...owner.published],
      hostIp: host?.ip,
    };
  }

  /** The container that has the address: itself, or the one whose network it shares. */
  #networkOf(container: Container): Container | undefined {
    let one: Container | undefined = container;
    for (let hops = 0; one !== undefined && hops < MAX_HOPS; hops++) {
      if (one.ip !== undefined || one.networkFrom === undefined) return one;
      one = this.#byUuid.get(one.networkFrom);
    }
    return undefined;
  }
}

/** Docker allows one; a ring must not be followed for ever. */
const MAX_HOPS = 8;

/** As Rancher's DNS server has it: being checked by nobody is healthy, being checked without a result is not. */
function isHealthy({ health }: Container, { checked }: Service): boolean {
  if (health === undefined) return !checked;
  return health === "healthy" || health === "updating-healthy";
}
