import { type Clock, systemClock } from "@namerkit/core";
import type { ConsulFakeOptions, ConsulFaults } from "./options.js";
import { Parking } from "./parking.js";
import { AclTokens } from "./store/acl.js";
import { Cluster } from "./store/cluster.js";
import { nodeFields, serfCheck, serviceFields } from "./store/registration.js";

const DEFAULT_WAN_GOSSIP_MS = 60_000;
/** After its own registration the agent tells more of its node, in a write of its own. */
const NODE_SYNC = 2;

/** One agent, which is the server of its datacenter too: what handlers of requests know of it. */
export class Agent {
  readonly options: ConsulFakeOptions;
  readonly clock: Clock;
  readonly random: () => number;
  readonly datacenter: string;
  readonly nodeName: string;
  readonly nodeId: string;
  readonly address: string;
  readonly rpcPort: number;
  readonly acl: AclTokens;
  readonly parking: Parking;
  /** Datacenters that are joined, by name. */
  readonly others = new Map<string, Agent>();
  /** Targets of queries that have been answered from the agent's cache, and since when they are in it. */
  readonly cached = new Map<string, number>();
  cluster: Cluster;
  faults: ConsulFaults = {};
  /** When it died; undefined while it lives. */
  diedAt: number | undefined;

  constructor(options: ConsulFakeOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? Math.random;
    this.datacenter = options.datacenter ?? "dc1";
    this.nodeName = options.nodeName ?? "node1";
    this.address = options.address ?? "127.0.0.1";
    this.rpcPort = options.rpcPort ?? 8_300;
    this.nodeId = this.uuid();
    this.acl = new AclTokens(options.acl !== undefined, options.acl?.defaultPolicy ?? "allow");
    this.parking = new Parking(this.clock);
    this.cluster = this.freshCluster();
  }

  get alive(): boolean {
    return this.diedAt === undefined;
  }

  /** Whether answers are as later versions give them. */
  get modern(): boolean {
    return this.options.version === "1.15.0";
  }

  get version(): string {
    return this.options.version ?? "1.8.7";
  }

  get indented(): boolean {
    return this.options.dev ?? true;
  }

  /** Those that concern a request for this. */
  faultsFor(target: string): ConsulFaults {
    return (this.faults.only?.(target) ?? true) ? this.faults : {};
  }

  /** Whether a datacenter that died is still believed to be there. */
  stillGossipedOf(other: Agent): boolean {
    const { wanGossipMs = DEFAULT_WAN_GOSSIP_MS } = this.options;
    return other.diedAt !== undefined && this.clock.now() - other.diedAt < wanGossipMs;
  }

  /** As it is when nobody has registered anything: the agent itself. */
  freshCluster(): Cluster {
    const first = this.options.firstIndex ?? 10;
    const cluster = new Cluster(this.clock, first - 1);
    const { nodeName: name, nodeId: id, address } = this;
    const { catalog } = cluster;
    cluster.commit((index) => {
      catalog.putNode(nodeFields({ name, id, address }), index);
      const meta = {
        non_voter: "false",
        raft_version: "3",
        serf_protocol_current: "2",
        serf_protocol_max: "5",
        serf_protocol_min: "1",
        version: this.version,
      };
      catalog.putService(serviceFields(name, "consul", { port: this.rpcPort, meta }), index);
      catalog.putCheck(serfCheck(name), index);
    });
    cluster.skipTo(first + NODE_SYNC - 1);
    const taggedAddresses = { lan: address, lan_ipv4: address, wan: address, wan_ipv4: address };
    const meta = { "consul-network-segment": "" };
    cluster.commit((index) => catalog.putNode(nodeFields({ name, id, address, taggedAddresses, meta }), index));
    return cluster;
  }

  /** Of the form that Consul gives to ids. */
  uuid(): string {
    const digits = Array.from({ length: 32 }, () => Math.floor(this.random() * 16).toString(16)).join("");
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }
}
