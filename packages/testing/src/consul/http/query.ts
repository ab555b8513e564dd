import type { Agent } from "../agent.js";
import type { Permissions } from "../store/acl.js";
import type { Cluster } from "../store/cluster.js";
import { type Ask, type QueryOptions, queryOptions } from "./ask.js";
import { goJson } from "./go-json.js";
import { misleading, type Outcome, type Reply, reply, textReply } from "./reply.js";

/** How long a query waits for a leader before it gives up, in ms, with up to so much more. */
const LEADER_WAIT_MS = 7_000;
const LEADER_JITTER_MS = 200;

/** What a query sees of the datacenter that it asks. */
export interface Asked {
  readonly cluster: Cluster;
  readonly datacenter: string;
  readonly may: Permissions;
}

export interface Found {
  /** Undefined: an empty one. */
  readonly body?: unknown;
  /** Something was left out because the token may not see it. */
  readonly filtered?: boolean;
  /** 200 by default. */
  readonly status?: number;
  /** Instead of anything else, such an error. */
  readonly refusal?: string;
  /** The headers tell nothing, as those of an error, although it is none. */
  readonly misleading?: boolean;
}

export interface Query {
  /** What X-Consul-Index says; a blocking query waits until it is larger than the one it has. 0: it never blocks. */
  index(asked: Asked): number;
  find(asked: Asked): Found;
  /** Keys have their own ways: less in their headers, and nothing at all on errors. */
  readonly keys?: boolean;
}

/** A query by Consul's rules of blocking, consistency, datacenters and tokens. */
export async function runQuery(ask: Ask, agent: Agent, target: string, query: Query): Promise<Outcome> {
  const options = queryOptions(ask.parameters);
  if (typeof options === "string") return textReply(400, options);
  const refuse = (status: number, text: string): Reply => textReply(status, text, query.keys ? {} : misleading);
  const where = datacenter(agent, options.datacenter);
  if (typeof where === "string") return refuse(500, where);
  const { cluster } = where;
  const led = await waitForLeader(ask, agent, cluster, options);
  if (led !== "led") return led === "none" ? refuse(500, "No cluster leader") : "reset";
  const may = where.acl.of(ask.token);
  if (may === undefined) return refuse(403, "ACL not found");
  const asked: Asked = { cluster, datacenter: where.datacenter, may };

  const min = ask.faults.instant ? 0 : options.index;
  const index = query.index(asked);
  if (min > 0 && index > 0) {
    const waitMs = options.waitMs * (1 + agent.random() / 16);
    const woken = await agent.parking.park(cluster, () => query.index(asked) > min, waitMs, ask.signal);
    if (woken === "eof") return refuse(500, "rpc error making call: EOF");
    if (woken !== "over") return "reset";
  }
  const found = query.find(asked);
  if (found.refusal !== undefined) return refuse(found.status ?? 500, found.refusal);
  return answer({ ask, agent, target, query, options, asked }, found);
}

/** The agent that knows of this datacenter, or why there is none. */
function datacenter(agent: Agent, name: string | undefined): Agent | string {
  if (name === undefined || name === agent.datacenter) return agent;
  const other = agent.others.get(name);
  if (other?.alive) return other;
  if (other === undefined || !agent.stillGossipedOf(other)) return "No path to datacenter";
  const to = `${agent.address}:0->${other.address}:${other.rpcPort}`;
  return `rpc error getting client: failed to get conn: dial tcp ${to}: connect: connection refused`;
}

async function waitForLeader(
  { signal }: Ask,
  agent: Agent,
  cluster: Cluster,
  { consistency }: QueryOptions,
): Promise<"led" | "none" | "gone"> {
  if (cluster.hasLeader || (consistency === "stale" && cluster.staleReads)) return "led";
  const ms = LEADER_WAIT_MS + LEADER_JITTER_MS * agent.random();
  const woken = await agent.parking.park(cluster, () => cluster.hasLeader, ms, signal);
  if (woken === "gone" || woken === "killed") return "gone";
  return cluster.hasLeader ? "led" : "none";
}

interface Answering {
  readonly ask: Ask;
  readonly agent: Agent;
  readonly target: string;
  readonly query: Query;
  readonly options: QueryOptions;
  readonly asked: Asked;
}

function answer(answering: Answering, found: Found): Reply {
  const { ask, agent, target, query } = answering;
  const { status = 200, body, filtered = false } = found;
  const headers = {
    ...(status === 200 ? { "Content-Type": "application/json" } : {}),
    ...(found.misleading ? misleading : metaHeaders(answering)),
    ...(query.keys ? {} : cacheHeaders(ask, agent, target)),
    ...(agent.modern && filtered ? { "X-Consul-Results-Filtered-By-Acls": "true" } : {}),
  };
  return reply(status, body === undefined ? "" : goJson(body, indented(ask, agent)), headers);
}

export function indented({ parameters }: Pick<Ask, "parameters">, agent: Agent): boolean {
  return agent.indented || parameters.has("pretty");
}

/** What is said of how good the answer is. */
function metaHeaders({ ask, agent, target, query, options, asked }: Answering): Record<string, string> {
  const { faults } = ask;
  const index = Math.max(1, query.index(asked));
  const told = faults.index === undefined ? String(index) : faults.index(index, target);
  const { cluster } = asked;
  const policy = agent.acl.enabled ? agent.acl.defaultPolicy : "allow";
  return {
    ...(query.keys ? {} : { "X-Consul-Effective-Consistency": options.consistency }),
    ...(told === null ? {} : { "X-Consul-Index": told }),
    "X-Consul-Knownleader": String(faults.knownLeader ?? cluster.hasLeader),
    "X-Consul-Lastcontact": String(faults.lastContactMs ?? cluster.leaderlessMs),
    ...(agent.modern ? { "X-Consul-Query-Backend": "blocking-query", "X-Consul-Default-Acl-Policy": policy } : {}),
  };
}

/** The agent's own cache, which it only tells of here: what is in it is what the servers say. */
function cacheHeaders({ parameters }: Ask, agent: Agent, target: string): Record<string, string> {
  if (!parameters.has("cached")) return {};
  const since = agent.cached.get(target);
  if (since === undefined) {
    agent.cached.set(target, agent.clock.now());
    return { "X-Cache": "MISS" };
  }
  return { "X-Cache": "HIT", Age: String(Math.floor((agent.clock.now() - since) / 1_000)) };
}
