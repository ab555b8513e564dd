import { NamerError } from "@namerkit/core";
import { Agent } from "./agent.js";
import type { ConsulRequest } from "./http/ask.js";
import type { Outcome } from "./http/reply.js";
import { respond } from "./http/respond.js";
import type { ConsulFakeOptions, ConsulFaults } from "./options.js";
import { type ConsulPort, listen } from "./port.js";
import type { AclTokens } from "./store/acl.js";
import type { PreparedQuery } from "./store/cluster.js";
import type { CheckStatus } from "./store/records.js";
import {
  checkFields,
  type InstanceDescription,
  maintenanceCheck,
  NODE_MAINTENANCE,
  type NodeDescription,
  nodeFields,
  nodeMaintenanceCheck,
  serfCheck,
  serviceFields,
} from "./store/registration.js";

export interface RestartOptions {
  /** Whether it still has what was registered. An agent with -dev has not, and its index begins anew; "kept" by default. */
  readonly data?: "kept" | "lost";
  /** How long its datacenter is without a leader after it is back, in ms; 0 by default. */
  readonly leaderAfterMs?: number;
}

/** How long the process lives on after it was asked to end. */
const EXIT_MS = 500;

/**
 * A Consul agent, the server of its datacenter, in memory: its HTTP API by Consul's own rules, held against recordings and against a
 * real Consul 1.8.7. Serve it by `listen`, or by `consulHandlers` without a network.
 */
export class ConsulFake implements AsyncDisposable {
  readonly #agent: Agent;
  readonly #ports = new Set<ConsulPort>();

  constructor(options: ConsulFakeOptions = {}) {
    this.#agent = new Agent(options);
  }

  get datacenter(): string {
    return this.#agent.datacenter;
  }
  /** Of the last write, to whatever it was. */
  get index(): number {
    return this.#agent.cluster.index;
  }
  /** How many blocking queries are open. */
  get parked(): number {
    return this.#agent.parking.size;
  }
  get alive(): boolean {
    return this.#agent.alive;
  }
  /** Tokens, if `acl` was given. */
  get acl(): AclTokens {
    return this.#agent.acl;
  }
  /** Set as a whole; `{}` heals. */
  get faults(): ConsulFaults {
    return this.#agent.faults;
  }
  set faults(faults: ConsulFaults) {
    this.#agent.faults = faults;
  }

  /** Answers a request as the agent would. Never rejects. */
  handle(request: ConsulRequest, signal: AbortSignal = new AbortController().signal): Promise<Outcome> {
    return respond(request, this.#agent, signal);
  }

  /** Serves it on a free port of the loopback, until `close`. */
  async listen(): Promise<ConsulPort> {
    const port = await listen(this.#agent, () => this.#ports.delete(port));
    this.#ports.add(port);
    return port;
  }

  /** Puts an instance into the catalogue, or changes it; node, instance and checks in one write, passing unless told otherwise. */
  register(service: string, description: InstanceDescription = {}): void {
    const { cluster, nodeName } = this.#agent;
    const { node } = description;
    const where: NodeDescription | undefined = typeof node === "string" ? { name: node } : node;
    const fields = serviceFields(where?.name ?? nodeName, service, description);
    cluster.commit((index) => {
      if (where !== undefined) cluster.catalog.putNode(nodeFields(where), index);
      if (where?.serfHealth) cluster.catalog.putCheck(serfCheck(where.name), index);
      cluster.catalog.putService(fields, index);
      for (const [i, check] of (description.checks ?? []).entries()) {
        cluster.catalog.putCheck(checkFields(fields, check, i), index);
      }
    });
  }

  /** The ids of a service's instances. */
  instancesOf(service: string): readonly string[] {
    return this.#agent.cluster.catalog.instances(service).map((one) => one.service.id);
  }

  /** Several changes in one write, as by Consul's transactions: they have one index, and whoever waits is woken once. */
  together(changes: () => void): void {
    this.#agent.cluster.commit(changes);
  }

  /** Takes out one instance, several, or all of a service, each by a write of its own. @throws NamerError TESTING_CONSUL_UNKNOWN */
  deregister(service: string, ids?: string | readonly string[]): void {
    const { cluster } = this.#agent;
    const wanted = ids === undefined ? undefined : new Set(typeof ids === "string" ? [ids] : ids);
    const found = cluster.catalog.instances(service).filter((one) => wanted?.has(one.service.id) ?? true);
    if (found.length === 0) throw unknown(`instance ${ids ?? ""} of ${service}`);
    for (const one of found) {
      cluster.commit((index) => cluster.catalog.deleteService(one.service.node, one.service.id, index));
    }
  }

  /** Takes out a node with everything on it. @throws NamerError TESTING_CONSUL_UNKNOWN */
  deregisterNode(node: string): void {
    const { cluster } = this.#agent;
    if (!cluster.commit((index) => cluster.catalog.deleteNode(node, index))) throw unknown(`node ${node}`);
  }

  /** What a check has found. Another output alone is a change too, which wakes. @throws NamerError TESTING_CONSUL_UNKNOWN */
  check(id: string, status: CheckStatus, output = "", node = this.#agent.nodeName): void {
    const { cluster } = this.#agent;
    const check = cluster.catalog.check(node, id);
    if (check === undefined) throw unknown(`check ${id} of node ${node}`);
    const { createIndex: _, modifyIndex: __, ...fields } = check;
    cluster.commit((index) => cluster.catalog.putCheck({ ...fields, status, output }, index));
  }

  /** Takes an instance out of service, or back. @throws NamerError TESTING_CONSUL_UNKNOWN */
  maintenance(instance: string, on: boolean, reason = "", node = this.#agent.nodeName): void {
    const { cluster } = this.#agent;
    const service = cluster.catalog.service(node, instance);
    if (service === undefined) throw unknown(`instance ${instance} of node ${node}`);
    const check = maintenanceCheck(service, reason);
    cluster.commit((index) => {
      if (on) cluster.catalog.putCheck(check, index);
      else cluster.catalog.deleteCheck(node, check.id, index);
    });
  }

  /** The same for everything on a node. */
  nodeMaintenance(on: boolean, reason = "", node = this.#agent.nodeName): void {
    const { cluster } = this.#agent;
    cluster.commit((index) => {
      if (on) cluster.catalog.putCheck(nodeMaintenanceCheck(node, reason), index);
      else cluster.catalog.deleteCheck(node, NODE_MAINTENANCE, index);
    });
  }

  /** Sets a key. The same value with other flags is a change too, which wakes. */
  put(key: string, value: string | Uint8Array, flags = 0): void {
    const { cluster } = this.#agent;
    const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
    cluster.commit((index) => cluster.keys.put(key, bytes, flags, index));
  }

  /** Deletes a key, if it is there. */
  delete(key: string): void {
    const { cluster } = this.#agent;
    cluster.commit((index) => cluster.keys.delete(key, index));
  }

  /** Defines a prepared query, or takes it out. */
  query(name: string, query: PreparedQuery | undefined): void {
    const { cluster } = this.#agent;
    cluster.commit(() => {
      if (query === undefined) cluster.queries.delete(name);
      else cluster.queries.set(name, query);
    });
  }

  /** Writes that nobody asks for have taken the indexes up to this one. */
  skipTo(index: number): void {
    this.#agent.cluster.skipTo(index);
  }

  /** Federates two datacenters, each of which then answers for the other. */
  join(other: ConsulFake): void {
    const [here, there] = [this.#agent, other.#agent];
    here.others.set(there.datacenter, there);
    there.others.set(here.datacenter, here);
  }

  /**
   * From now on nobody leads: what is asked waits for 7 s and is then refused, queries that are parked stay so. `staleReads`: whoever
   * asks for ?stale is answered nevertheless, as by servers that have had a leader.
   */
  loseLeader(options: { readonly staleReads?: boolean } = {}): void {
    this.#agent.cluster.staleReads = options.staleReads ?? false;
    this.#agent.cluster.loseLeader();
  }

  electLeader(): void {
    this.#agent.cluster.electLeader();
  }

  /** SIGKILL: connections are reset, and then refused. */
  async kill(): Promise<void> {
    this.#dies();
    this.#agent.parking.wakeAll("killed");
    await Promise.all([...this.#ports].map((port) => port.server.refuse()));
  }

  /** SIGTERM: nobody can connect any more, open queries are answered with what there is, and the process ends a little later. */
  async terminate(): Promise<void> {
    for (const port of this.#ports) port.accepting = false;
    this.#agent.parking.wakeAll("over");
    await this.#agent.clock.sleep(EXIT_MS);
    this.#dies();
    await Promise.all([...this.#ports].map((port) => port.server.refuse()));
  }

  /** Starts it again on the same ports. */
  async restart(options: RestartOptions = {}): Promise<void> {
    const { data = "kept", leaderAfterMs = 0 } = options;
    const agent = this.#agent;
    if (agent.alive) await this.kill();
    if (data === "lost") agent.cluster = agent.freshCluster();
    agent.cached.clear();
    agent.diedAt = undefined;
    if (leaderAfterMs > 0) {
      const { cluster } = agent;
      cluster.loseLeader();
      agent.clock.after(leaderAfterMs, () => cluster.electLeader());
    }
    for (const port of this.#ports) port.accepting = true;
    await Promise.all([...this.#ports].map((port) => port.server.revive()));
  }

  /** Ends everything that is open. */
  async close(): Promise<void> {
    this.#dies();
    this.#agent.parking.wakeAll("killed");
    await Promise.all([...this.#ports].map((port) => port.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The other datacenters see it at once by what they had passed on. */
  #dies(): void {
    const agent = this.#agent;
    agent.diedAt ??= agent.clock.now();
    for (const other of agent.others.values()) other.parking.wakeAll("eof", agent.cluster);
  }
}

function unknown(what: string): NamerError {
  return new NamerError("TESTING_CONSUL_UNKNOWN", `the fake Consul has no ${what}`);
}
