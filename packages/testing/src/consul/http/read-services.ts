import type { Agent } from "../agent.js";
import { FilterError, parseFilter } from "../filter/filter.js";
import type { Permissions } from "../store/acl.js";
import type { Instance } from "../store/records.js";
import { type Ask, goBool } from "./ask.js";
import { type Asked, type Found, type Query, runQuery } from "./query.js";
import { type Outcome, textReply } from "./reply.js";
import { Shapes } from "./shapes.js";

interface Wanted {
  index(asked: Asked): number;
  instances(asked: Asked): readonly Instance[];
  shape(shapes: Shapes, instance: Instance): object;
  readonly passing: boolean;
  /** What says an answer that nothing may be seen of. */
  refused?(asked: Asked): Found | undefined;
}

/** GET /v1/health/service/NAME */
export function healthService(ask: Ask, agent: Agent, target: string): Promise<Outcome> {
  return readHealth(ask, agent, target, {
    index: ({ cluster }) => cluster.catalog.indexOf(ask.rest, true),
    instances: ({ cluster }) => cluster.catalog.instances(ask.rest, ask.parameters.get("peer") ?? ""),
  });
}

/** GET /v1/health/connect/NAME */
export function healthConnect(ask: Ask, agent: Agent, target: string): Promise<Outcome> {
  return readHealth(ask, agent, target, {
    index: ({ cluster }) => cluster.catalog.connectIndexOf(ask.rest),
    instances: ({ cluster }) => cluster.catalog.connectInstances(ask.rest),
    // Whoever may not see the service is told of nothing, in a way that looks as if there were no leader.
    refused: ({ may }) => (may.may("read", "service", ask.rest) ? undefined : { body: [], misleading: true }),
  });
}

/** GET /v1/catalog/service/NAME */
export function catalogService(ask: Ask, agent: Agent, target: string): Promise<Outcome> {
  return read(ask, agent, target, {
    index: ({ cluster }) => cluster.catalog.indexOf(ask.rest, false),
    instances: ({ cluster }) => cluster.catalog.instances(ask.rest, ask.parameters.get("peer") ?? ""),
    shape: (shapes, instance) => shapes.catalog(instance),
    passing: false,
  });
}

async function readHealth(
  ask: Ask,
  agent: Agent,
  target: string,
  wanted: Omit<Wanted, "shape" | "passing">,
): Promise<Outcome> {
  const passing = ask.parameters.get("passing");
  const onlyPassing = passing === null ? false : goBool(passing);
  if (onlyPassing === undefined) return textReply(400, "Invalid value for ?passing");
  const shape = (shapes: Shapes, instance: Instance) => shapes.health(instance);
  return read(ask, agent, target, { ...wanted, shape, passing: onlyPassing });
}

async function read(ask: Ask, agent: Agent, target: string, wanted: Wanted): Promise<Outcome> {
  if (ask.rest === "") return textReply(400, "Missing service name");
  const query: Query = {
    index: wanted.index,
    find: (asked) => wanted.refused?.(asked) ?? find(ask, agent, asked, wanted),
  };
  return runQuery(ask, agent, target, query);
}

function find({ parameters, faults }: Ask, agent: Agent, asked: Asked, { instances, shape, passing }: Wanted): Found {
  const tags = parameters.getAll("tag");
  const metas = parameters.getAll("node-meta");
  const all = faults.empty ? [] : instances(asked);
  const visible = all.filter((instance) => mayBeSeen(instance, asked.may));
  const wanted = visible.filter(
    (instance) => hasTags(instance, tags) && hasMeta(instance, metas) && (!passing || allPass(instance)),
  );
  const shapes = new Shapes(asked.datacenter, agent.modern);
  const body = wanted.map((instance) => shape(shapes, instance));
  const filtered = visible.length < all.length;
  const expression = parameters.get("filter");
  if (expression === null || expression === "") return { body, filtered };
  try {
    return { body: body.filter(parseFilter(expression, shape(shapes, example))), filtered };
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    return { refusal: `Failed to create boolean expression evaluator: ${error.message}` };
  }
}

export function mayBeSeen({ node, service }: Instance, may: Permissions): boolean {
  return may.may("read", "node", node.name) && may.may("read", "service", service.name);
}

export function hasTags({ service }: Instance, tags: readonly string[]): boolean {
  const has = new Set(service.tags.map((tag) => tag.toLowerCase()));
  return tags.every((tag) => has.has(tag.toLowerCase()));
}

export function allPass({ checks }: Instance): boolean {
  return checks.every(({ status }) => status === "passing");
}

function hasMeta({ node }: Instance, pairs: readonly string[]): boolean {
  return pairs.every((pair) => {
    const at = pair.indexOf(":");
    const [key, value] = at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
    return node.meta?.[key] === value;
  });
}

/** Only for its shape: what a filter may speak of. */
const stamp = { createIndex: 0, modifyIndex: 0 };
const example: Instance = {
  node: { id: "", name: "", address: "", taggedAddresses: {}, meta: {}, ...stamp },
  service: {
    node: "",
    id: "",
    name: "",
    tags: [],
    address: "",
    taggedAddresses: {},
    meta: {},
    port: 0,
    weights: { passing: 1, warning: 1 },
    kind: "connect-proxy",
    proxyFor: "x",
    native: true,
    peer: "",
    ...stamp,
  },
  checks: [
    {
      node: "",
      id: "",
      name: "",
      status: "passing",
      notes: "",
      output: "",
      serviceId: "",
      serviceName: "",
      serviceTags: [],
      type: "",
      ...stamp,
    },
  ],
};
