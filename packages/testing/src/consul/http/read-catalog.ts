import type { Agent } from "../agent.js";
import type { Instance } from "../store/records.js";
import type { Ask } from "./ask.js";
import { goJson } from "./go-json.js";
import { indented, runQuery } from "./query.js";
import { allPass, hasTags, mayBeSeen } from "./read-services.js";
import { type Outcome, reply, textReply } from "./reply.js";
import { Shapes } from "./shapes.js";

const JSON_TYPE = { "Content-Type": "application/json" };

/** GET /v1/catalog/services: names with the tags of all their instances. */
export function catalogServices(ask: Ask, agent: Agent, target: string): Promise<Outcome> {
  return runQuery(ask, agent, target, {
    index: ({ cluster }) => cluster.catalog.servicesIndex,
    find: ({ cluster, may }) => {
      const all = ask.faults.empty ? [] : cluster.catalog.services.filter(({ peer }) => peer === "");
      const visible = all.filter(({ name }) => may.may("read", "service", name));
      const tags = new Map<string, Set<string>>();
      for (const service of visible) {
        const known = tags.get(service.name) ?? new Set();
        tags.set(service.name, known);
        for (const tag of service.tags) known.add(tag);
      }
      const names = [...tags].sort(([a], [b]) => (a < b ? -1 : 1));
      return {
        body: Object.fromEntries(names.map(([name, known]) => [name, [...known]])),
        filtered: visible.length < all.length,
      };
    },
  });
}

/** GET /v1/catalog/nodes */
export function catalogNodes(ask: Ask, agent: Agent, target: string): Promise<Outcome> {
  return runQuery(ask, agent, target, {
    index: ({ cluster }) => cluster.catalog.nodesIndex,
    find: ({ cluster, datacenter, may }) => {
      const all = ask.faults.empty ? [] : cluster.catalog.nodes;
      const visible = all.filter(({ name }) => may.may("read", "node", name));
      const shapes = new Shapes(datacenter, agent.modern);
      return { body: visible.map((node) => shapes.node(node)), filtered: visible.length < all.length };
    },
  });
}

/** GET /v1/catalog/datacenters: the nearest first. It is answered without a leader, and never blocks. */
export function catalogDatacenters(ask: Ask, agent: Agent): Outcome {
  const known = [...agent.others.values()].filter((other) => other.alive || agent.stillGossipedOf(other));
  const names = [agent.datacenter, ...known.map(({ datacenter }) => datacenter).sort()];
  return reply(200, goJson(names, indented(ask, agent)), JSON_TYPE);
}

/** GET /v1/health/state/STATUS */
export function healthState(ask: Ask, agent: Agent, target: string): Promise<Outcome> {
  return runQuery(ask, agent, target, {
    index: ({ cluster }) => cluster.catalog.checksIndex,
    find: ({ cluster, datacenter, may }) => {
      const all = ask.faults.empty ? [] : cluster.catalog.checks;
      const wanted = all.filter(({ status }) => ask.rest === "any" || status === ask.rest);
      const visible = wanted.filter(
        ({ node, serviceName }) =>
          may.may("read", "node", node) && (serviceName === "" || may.may("read", "service", serviceName)),
      );
      const shapes = new Shapes(datacenter, agent.modern);
      return { body: visible.map((check) => shapes.check(check)), filtered: visible.length < wanted.length };
    },
  });
}

/** GET /v1/status/leader: its address, or "" while there is none. */
export function statusLeader(ask: Ask, agent: Agent): Outcome {
  const leader = agent.cluster.hasLeader ? `${agent.address}:${agent.rpcPort}` : "";
  return reply(200, goJson(leader, indented(ask, agent)), JSON_TYPE);
}

/** GET /v1/query/NAME/execute: never blocks, and its index says nothing. */
export async function executeQuery(ask: Ask, agent: Agent, target: string): Promise<Outcome> {
  const name = /^(.*)\/execute$/.exec(ask.rest)?.[1];
  const query = agent.cluster.queries.get(name ?? ask.rest);
  const elsewhere = ask.parameters.get("dc") || agent.datacenter;
  if (query === undefined && elsewhere === agent.datacenter) return textReply(404, "Query not found");
  return runQuery(ask, agent, target, {
    index: () => 0,
    find: ({ cluster, datacenter, may }) => {
      const found = cluster.queries.get(name ?? ask.rest);
      if (found === undefined) return { status: 404, refusal: "Query not found" };
      const { service, onlyPassing = false, tags = [] } = found;
      const all = ask.faults.empty ? [] : cluster.catalog.instances(service);
      const visible = all.filter((instance) => mayBeSeen(instance, may));
      const wanted = visible.filter(
        (one) =>
          hasTags(one, tags) && (onlyPassing ? allPass(one) : one.checks.every(({ status }) => status !== "critical")),
      );
      const shapes = new Shapes(datacenter, agent.modern);
      const body = {
        Service: service,
        Nodes: shuffled(wanted, agent.random).map((instance) => shapes.queried(instance)),
        DNS: { TTL: "" },
        Datacenter: datacenter,
        Failovers: 0,
        Index: 0,
        LastContact: ask.faults.lastContactMs ?? cluster.leaderlessMs,
        KnownLeader: ask.faults.knownLeader ?? cluster.hasLeader,
        ConsistencyLevel: ask.parameters.has("stale") ? "stale" : "leader",
      };
      return { body, filtered: visible.length < all.length };
    },
  });
}

/** So that clients which take the first one spread. */
function shuffled(instances: readonly Instance[], random: () => number): readonly Instance[] {
  return instances
    .map((instance) => ({ instance, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ instance }) => instance);
}

/** GET /v1/agent/self */
export function agentSelf(ask: Ask, agent: Agent): Outcome {
  const may = agent.acl.of(ask.token);
  if (may === undefined) return textReply(403, "ACL not found");
  if (!may.may("read", "agent", agent.nodeName)) return textReply(403, "Permission denied");
  const { datacenter, nodeName, nodeId, address, version } = agent;
  const body = {
    Config: {
      Datacenter: datacenter,
      NodeName: nodeName,
      NodeID: nodeId,
      Revision: "",
      Server: true,
      Version: version,
    },
    DebugConfig: {
      ACLDefaultPolicy: agent.acl.defaultPolicy,
      ACLsEnabled: agent.acl.enabled,
      AdvertiseAddrLAN: address,
      AdvertiseAddrWAN: address,
      DNSDomain: "consul.",
      Datacenter: datacenter,
      NodeName: nodeName,
      ServerMode: true,
    },
    Coord: { Vec: [0, 0, 0, 0, 0, 0, 0, 0], Error: 1.5, Adjustment: 0, Height: 0.00001 },
    Member: { Name: nodeName, Addr: address, Port: 8301, Tags: { dc: datacenter, role: "consul" }, Status: 1 },
    Meta: { "consul-network-segment": "" },
  };
  return reply(200, goJson(body, indented(ask, agent)), JSON_TYPE);
}
