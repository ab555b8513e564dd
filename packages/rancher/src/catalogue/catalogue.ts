import { isIP } from "node:net";
import type { Lists } from "../api/lists.js";
import { usableHost, usableIp } from "../entries/addresses.js";
import { type Labels, noLabels } from "../entries/labels.js";
import { isInactive, type Service } from "../entries/service.js";
import { Containers, type InstanceBook } from "./containers.js";
import { Groups } from "./groups.js";
import type { Instance } from "./instance.js";
import type { CatalogueRules } from "./rules.js";
import { Services } from "./services.js";

/** One version of the catalogue: which services there are, and where each is to be found. */
export class Catalogue {
  readonly ownStack: string | undefined;
  /** What could not be understood, entries and labels of ours in them, and running containers without an address. */
  readonly skipped: number;
  readonly #rules: CatalogueRules;
  readonly #groups: Groups;
  readonly #services: Services;
  readonly #containers: Containers;
  readonly #instances = new Map<Service, readonly Instance[]>();
  #names: readonly string[] | undefined;

  /** `before` is another version, most of which still holds. */
  constructor(lists: Lists, rules: CatalogueRules, book: InstanceBook, before?: Catalogue) {
    const { containers, services, hosts, ownStack } = lists;
    this.#rules = rules;
    this.ownStack = ownStack;
    this.#groups = (before === undefined ? Groups.empty : before.#groups).next(containers.entries);
    this.#services = new Services(services?.entries, this.#groups);
    this.#containers = new Containers(lists, rules, book);
    const odd = containers.odd + (services?.odd ?? 0) + (hosts?.odd ?? 0);
    this.skipped = odd + oddLabels(containers.entries) + oddLabels(services?.entries ?? []) + this.#containers.lost;
  }

  /** The services that are to be found somewhere, as `stack/service` in lower case, in order: the API's own order is a new one each time. */
  get names(): readonly string[] {
    this.#names ??= [...this.#services.all]
      .filter(([, service]) => this.#instancesOf(service).length > 0)
      .map(([key]) => key)
      .sort();
    return this.#names;
  }

  /** `stack/service`, in lower case. Nothing for what does not exist, does not run, or is not healthy. */
  instancesOf(name: string): readonly Instance[] {
    const service = this.#services.find(name);
    return service === undefined ? none : this.#instancesOf(service);
  }

  /** The names of ports that labels give, for a service of `names`. */
  portNamesOf(name: string): ReadonlySet<string> {
    return new Set(this.instancesOf(name).flatMap(({ labels }) => labels.flatMap(({ ports }) => [...ports.keys()])));
  }

  /** For people. */
  toJSON(): object {
    const services = Object.fromEntries(
      this.names.map((name) => [name, [...new Set(this.instancesOf(name).map(({ at }) => at))].sort()]),
    );
    return { services, skipped: this.skipped, ...(this.ownStack === undefined ? {} : { ownStack: this.ownStack }) };
  }

  #instancesOf(service: Service): readonly Instance[] {
    const known = this.#instances.get(service);
    if (known !== undefined) return known;
    const all = this.#everythingOf(service);
    const chosen = this.#chosen(all);
    this.#instances.set(service, chosen);
    return chosen;
  }

  /** The very array where all are healthy: whoever sees it again knows that nothing has changed. */
  #chosen(all: readonly Instance[]): readonly Instance[] {
    if (all.every((one) => one.healthy)) return all;
    const healthy = all.filter((one) => one.healthy);
    return healthy.length === 0 && this.#rules.failOpen ? all : healthy;
  }

  /**
   * Healthy or not. Aliases may lead in a circle, to one service by several ways, and as deep as one likes: each service counts once,
   * and nothing here calls itself.
   */
  #everythingOf(service: Service): readonly Instance[] {
    if (service.kind !== "dnsservice") return this.#counts(service) ? this.#placesOf(service) : none;
    const found: Instance[] = [];
    const seen = new Set<Service>();
    const ways: { readonly to: Service; readonly labels: readonly Labels[] }[] = [{ to: service, labels: [] }];
    for (let way = ways.pop(); way !== undefined; way = ways.pop()) {
      const { to, labels } = way;
      if (seen.has(to) || !this.#counts(to)) continue;
      seen.add(to);
      if (to.kind === "dnsservice") {
        const own = to.labels === noLabels ? labels : [to.labels, ...labels];
        const next = Array.from(this.#services.linksOf(to), (linked) => ({ to: linked, labels: own }));
        for (const one of next.reverse()) ways.push(one);
        continue;
      }
      for (const one of this.#placesOf(to)) {
        found.push(labels.length === 0 ? one : { ...one, labels: [...one.labels, ...labels] });
      }
    }
    return found;
  }

  #counts(service: Service): boolean {
    return !isInactive(service) && !(service.system && this.#rules.excludeSystem);
  }

  /** Of a service that is no alias. */
  #placesOf(service: Service): readonly Instance[] {
    if (service.kind === "externalservice") return this.#external(service);
    // Kubernetes says "None" where there is no virtual address.
    const virtual = service.vip === undefined ? none : this.#addresses([service.vip], service);
    if (virtual.length > 0) return virtual;
    return this.#containers.instancesOf(this.#services.containersOf(service), service);
  }

  #external(service: Service): readonly Instance[] {
    const { externalIps, hostname, labels } = service;
    const addresses = this.#addresses(externalIps, service);
    if (hostname === undefined) return addresses;
    // What is an address all the same needs no looking up.
    if (isIP(hostname) !== 0) return [...addresses, ...this.#addresses([hostname], service)];
    const host = usableHost(hostname, this.#rules.allowLoopback);
    return host === undefined ? addresses : [...addresses, { ...elsewhere, at: host, named: true, labels: [labels] }];
  }

  /** Those that a service has without containers. */
  #addresses(ips: readonly string[], { labels }: Service): readonly Instance[] {
    const usable = ips.map((ip) => usableIp(ip, this.#rules.allowLoopback)).filter((ip) => ip !== undefined);
    return usable.map((at) => ({ ...elsewhere, at, labels: [labels] }));
  }
}

function oddLabels(entries: readonly { readonly labels: Labels }[]): number {
  let odd = 0;
  for (const { labels } of entries) odd += labels.odd;
  return odd;
}

const none: readonly Instance[] = [];

/** An instance that is no container, and that nobody checks. */
const elsewhere: Omit<Instance, "at" | "labels"> = {
  named: false,
  healthy: true,
  meta: Object.freeze({}),
  published: undefined,
  hostIp: undefined,
};
