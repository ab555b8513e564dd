import type {
  CheckFields,
  CheckRecord,
  Instance,
  NodeFields,
  NodeRecord,
  ServiceFields,
  ServiceRecord,
} from "./records.js";
import { Table } from "./table.js";

/** Between the parts of a key; below every character of a name, so that keys sort as their parts do. */
const THEN = "\u0000";
const keyOf = (...parts: readonly string[]): string => parts.join(THEN).toLowerCase();

/** Groups, by a word and what follows it. */
const byNode = (node: string): string => keyOf("node", node);
const byName = (name: string): string => keyOf("name", name);
const byDestination = (name: string): string => keyOf("destination", name);
const byOwner = (node: string, serviceId: string): string => keyOf("owner", node, serviceId);

/**
 * Nodes, services and checks, and Consul's way of numbering what happens to them. A service that exists has an index of its own, which
 * moves with its instances, their checks and their nodes. One that does not has the index of the latest service to lose its last
 * instance, or, if none ever has, that of all tables together.
 */
export class Catalog {
  readonly #nodes = new Table<NodeRecord>();
  readonly #services = new Table<ServiceRecord>(({ node, name, kind, proxyFor, native }) => [
    byNode(node),
    byName(name),
    ...(kind === "connect-proxy" ? [byDestination(proxyFor)] : native ? [byDestination(name)] : []),
  ]);
  readonly #checks = new Table<CheckRecord>(({ node, serviceId }) => [byNode(node), byOwner(node, serviceId)]);
  readonly #serviceIndexes = new Map<string, number>();
  #lastExtinction: number | undefined;

  get nodes(): readonly NodeRecord[] {
    return this.#nodes.all();
  }
  get services(): readonly ServiceRecord[] {
    return this.#services.all();
  }
  get checks(): readonly CheckRecord[] {
    return this.#checks.all();
  }
  get nodesIndex(): number {
    return this.#nodes.index;
  }
  get servicesIndex(): number {
    return this.#services.index;
  }
  get checksIndex(): number {
    return this.#checks.index;
  }

  node(name: string): NodeRecord | undefined {
    return this.#nodes.get(keyOf(name));
  }

  service(node: string, id: string): ServiceRecord | undefined {
    return this.#services.get(keyOf(node, id));
  }

  check(node: string, id: string): CheckRecord | undefined {
    return this.#checks.get(keyOf(node, id));
  }

  putNode(fields: NodeFields, index: number): void {
    if (this.#nodes.put(keyOf(fields.name), fields, index)) this.#touchNode(fields.name, index);
  }

  putService(fields: ServiceFields, index: number): void {
    const before = this.service(fields.node, fields.id);
    if (!this.#services.put(keyOf(fields.node, fields.id), fields, index)) return;
    this.#touch(fields.name, index);
    if (before !== undefined && before.name.toLowerCase() !== fields.name.toLowerCase()) this.#left(before.name, index);
  }

  putCheck(fields: CheckFields, index: number): void {
    if (this.#checks.put(keyOf(fields.node, fields.id), fields, index)) this.#touchOwner(fields, index);
  }

  deleteCheck(node: string, id: string, index: number): boolean {
    const check = this.#checks.delete(keyOf(node, id), index);
    if (check !== undefined) this.#touchOwner(check, index);
    return check !== undefined;
  }

  deleteService(node: string, id: string, index: number): boolean {
    for (const check of this.#checks.group(byOwner(node, id))) this.deleteCheck(node, check.id, index);
    const service = this.#services.delete(keyOf(node, id), index);
    if (service !== undefined) this.#left(service.name, index);
    return service !== undefined;
  }

  deleteNode(name: string, index: number): boolean {
    for (const service of this.#services.group(byNode(name))) this.deleteService(name, service.id, index);
    for (const check of this.#checks.group(byNode(name))) this.deleteCheck(name, check.id, index);
    return this.#nodes.delete(keyOf(name), index) !== undefined;
  }

  /** Instances of a service, whose name matches in any case. */
  instances(name: string, peer = ""): readonly Instance[] {
    return this.#whole(this.#services.group(byName(name)).filter((service) => service.peer === peer));
  }

  /** What can be reached by Connect under that name: its proxies, and instances that speak Connect themselves. */
  connectInstances(name: string): readonly Instance[] {
    return this.#whole(this.#services.group(byDestination(name)));
  }

  /** What X-Consul-Index says of a service. `withChecks`: the health endpoint was asked, not the catalogue. */
  indexOf(name: string, withChecks: boolean): number {
    return this.#serviceIndexes.get(name.toLowerCase()) ?? this.#indexOfUnknown(withChecks);
  }

  connectIndexOf(name: string): number {
    const found = this.#services.group(byDestination(name)).map((service) => this.indexOf(service.name, true));
    return found.length > 0 ? Math.max(...found) : this.#indexOfUnknown(true);
  }

  #indexOfUnknown(withChecks: boolean): number {
    const tables = Math.max(this.#nodes.index, this.#services.index, withChecks ? this.#checks.index : 0);
    return this.#lastExtinction ?? tables;
  }

  #whole(services: readonly ServiceRecord[]): readonly Instance[] {
    return services.flatMap((service) => {
      const node = this.node(service.node);
      if (node === undefined) return [];
      const ofNode = this.#checks.group(byOwner(service.node, ""));
      return [{ node, service, checks: [...ofNode, ...this.#checks.group(byOwner(service.node, service.id))] }];
    });
  }

  #touch(name: string, index: number): void {
    this.#serviceIndexes.set(name.toLowerCase(), index);
  }

  #touchNode(node: string, index: number): void {
    for (const service of this.#services.group(byNode(node))) this.#touch(service.name, index);
  }

  #touchOwner(check: CheckFields, index: number): void {
    if (check.serviceId === "") this.#touchNode(check.node, index);
    else this.#touch(check.serviceName, index);
  }

  /** An instance of this name is gone; with the last one the name's own index goes. */
  #left(name: string, index: number): void {
    if (this.#services.count(byName(name)) > 0) {
      this.#touch(name, index);
      return;
    }
    this.#serviceIndexes.delete(name.toLowerCase());
    this.#lastExtinction = index;
  }
}
