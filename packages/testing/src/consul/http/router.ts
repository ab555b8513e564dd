import type { Agent } from "../agent.js";
import { type Ask, type ConsulRequest, split, tokenOf } from "./ask.js";
import {
  agentSelf,
  catalogDatacenters,
  catalogNodes,
  catalogServices,
  executeQuery,
  healthState,
  statusLeader,
} from "./read-catalog.js";
import { readKeys } from "./read-keys.js";
import { catalogService, healthConnect, healthService } from "./read-services.js";
import { bareReply, type Outcome, reply, textReply } from "./reply.js";
import {
  deregisterFromCatalog,
  deregisterService,
  nodeMaintenance,
  registerInCatalog,
  registerService,
  serviceMaintenance,
  updateCheck,
} from "./write-catalog.js";
import { defineQuery, deleteKey, putKey } from "./write-keys.js";

type Handler = (ask: Ask, agent: Agent, target: string) => Outcome | Promise<Outcome>;
type Methods = Readonly<Partial<Record<"GET" | "PUT" | "POST" | "DELETE", Handler>>>;

/** By path; one that ends with a slash has everything below it. The order of methods is that of the Allow header. */
const routes: Readonly<Record<string, Methods>> = {
  "/v1/agent/check/fail/": { PUT: updateCheck("critical") },
  "/v1/agent/check/pass/": { PUT: updateCheck("passing") },
  "/v1/agent/check/warn/": { PUT: updateCheck("warning") },
  "/v1/agent/maintenance": { PUT: nodeMaintenance },
  "/v1/agent/self": { GET: agentSelf },
  "/v1/agent/service/deregister/": { PUT: deregisterService },
  "/v1/agent/service/maintenance/": { PUT: serviceMaintenance },
  "/v1/agent/service/register": { PUT: registerService },
  "/v1/catalog/datacenters": { GET: catalogDatacenters },
  "/v1/catalog/deregister": { PUT: deregisterFromCatalog },
  "/v1/catalog/nodes": { GET: catalogNodes },
  "/v1/catalog/register": { PUT: registerInCatalog },
  "/v1/catalog/service/": { GET: catalogService },
  "/v1/catalog/services": { GET: catalogServices },
  "/v1/health/connect/": { GET: healthConnect },
  "/v1/health/service/": { GET: healthService },
  "/v1/health/state/": { GET: healthState },
  "/v1/kv/": { GET: readKeys, PUT: putKey, DELETE: deleteKey },
  "/v1/query": { POST: defineQuery },
  "/v1/query/": { GET: executeQuery },
  "/v1/status/leader": { GET: statusLeader },
};

/** What the agent does with a request while it lives. */
export async function route(request: ConsulRequest, agent: Agent, signal: AbortSignal): Promise<Outcome> {
  const { method, target, headers, body = new Uint8Array() } = request;
  const parts = split(target);
  if (parts === undefined) return bareReply(400, "400 Bad Request", { "Content-Type": "text/plain; charset=utf-8" });
  const [path, parameters] = parts;
  const ui = { Location: "/ui/", "Content-Type": "text/html; charset=utf-8" };
  if (path === "/") return bareReply(301, '<a href="/ui/">Moved Permanently</a>.\n\n', ui);
  const found = path === "/v1/kv" ? "/v1/kv/" : matching(path);
  const methods = found === undefined ? undefined : routes[found];
  if (found === undefined || methods === undefined) return bareReply(404);
  const allow = { Allow: ["OPTIONS", ...Object.keys(methods)].join(",") };
  if (method === "OPTIONS") return reply(200, "", allow);
  const handler = methods[method as keyof Methods];
  if (handler === undefined) return textReply(405, `method ${method} not allowed`, allow);
  const token = tokenOf(headers, parameters);
  const rest = path.slice(found.length);
  const ask: Ask = {
    ...{ method, rest, parameters, token, headers, body, signal },
    get faults() {
      return agent.faultsFor(target);
    },
  };
  return handler(ask, agent, target);
}

function matching(path: string): string | undefined {
  if (path in routes) return path;
  return Object.keys(routes).find((one) => one.endsWith("/") && path.startsWith(one));
}
