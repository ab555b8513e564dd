import { Dtab, Path } from "@namerkit/core";
import type { Listener } from "./conflicts.js";
import { entryOf, isNull, join, type MapNode } from "./document/node.js";
import { readFields } from "./fields/containers.js";
import type { Values } from "./fields/field.js";
import { shown } from "./fields/kinded.js";
import { wrongType } from "./fields/scalars.js";
import { PROTOCOLS_NOT_BUILT } from "./known/kinds.js";
import { type httpRouterFields, routerFields } from "./known/router.js";
import { withoutFiles } from "./known/tls.js";
import type { RouterPlan, ServerPlan } from "./plan.js";
import type { ClientSettings, ServiceSettings } from "./plan-settings.js";
import type { Loading } from "./plugins/loading.js";
import { fingerprintOf, planList, planPlugin } from "./plugins/plan-plugin.js";
import type { Place } from "./reporter.js";
import { clientSettings } from "./settings/client-settings.js";
import { serviceSettings } from "./settings/service-settings.js";
import { suggestion } from "./suggest.js";

/** A router as far as it could be read: what takes part in conflicts, and the plan if nothing about it is wrong. */
export interface ReadRouter {
  readonly label: string;
  readonly labelPlace: Place;
  readonly labelGiven: boolean;
  readonly listeners: readonly Listener[];
  readonly plan: RouterPlan | undefined;
}

type HttpRouter = Values<typeof httpRouterFields>;
type Server = NonNullable<HttpRouter["servers"]>[number];

export async function planRouter(node: MapNode, path: string, loading: Loading): Promise<ReadRouter | undefined> {
  const protocol = protocolOf(node, path, loading);
  if (protocol === undefined) return undefined;
  // Of a protocol that is not built, nothing else is wanted.
  const reading = protocol === "http" ? loading : withoutFiles(loading);
  const values = readFields(node, routerFields[protocol], path, reading) as HttpRouter;
  const label = values.label ?? protocol;
  const labelEntry = entryOf(node, "label");
  const labelPlace = { offset: labelEntry?.value.start ?? node.start, path: join(path, "label") };
  const listeners = listenersOf(node, values.servers ?? [], label, path);
  const read = { label, labelPlace, labelGiven: values.label !== undefined, listeners };
  if (protocol !== "http") return { ...read, plan: undefined };
  checkStreaming(node, path, values, loading);
  if (values.servers?.length === 0) {
    const servers = entryOf(node, "servers");
    const place = { offset: servers?.value.start ?? node.start, path: join(path, "servers") };
    loading.reporter.error("CONFIG_MISSING", place, `the router ${shown(label)} has no servers`, "add - port: 4140");
  }
  return { ...read, plan: await plannedHttp(values, label, node, path, loading) };
}

async function plannedHttp(
  values: HttpRouter,
  label: string,
  node: MapNode,
  path: string,
  loading: Loading,
): Promise<RouterPlan | undefined> {
  const identifiers = await planIdentifiers(node, path, loading);
  const interpreter = await planInterpreter(node, path, loading);
  if (identifiers === undefined || interpreter === undefined) return undefined;
  const { bindingTimeoutMs, bindingCache, failover, originator, tracePropagator } = values;
  const { maxHeadersKB, maxInitialLineKB, maxErrResponseKB, compressionLevel } = values;
  return {
    protocol: "http",
    label,
    dstPrefix: values.dstPrefix ?? Path.of("svc"),
    dtab: values.dtab ?? values.baseDtab ?? Dtab.empty,
    identifiers,
    interpreter,
    ...{ bindingTimeoutMs, bindingCache, failover, originator, tracePropagator },
    ...{ maxHeadersKB, maxInitialLineKB, maxErrResponseKB, compressionLevel },
    ...accessLogPlan(values),
    client: clientSettings(olderClient(values), values.client),
    service: serviceSettings(olderService(values), values.service),
    servers: (values.servers ?? []).map(serverPlan),
    fingerprint: fingerprintOf(node, "http"),
  };
}

function protocolOf(node: MapNode, path: string, { reporter }: Loading): keyof typeof routerFields | undefined {
  const entry = entryOf(node, "protocol");
  const place = { offset: entry?.value.start ?? node.start, path: join(path, "protocol") };
  if (entry === undefined || isNull(entry.value)) {
    reporter.error("CONFIG_MISSING", place, "protocol is missing", "write protocol: http");
    return undefined;
  }
  const given = entry.value.type === "scalar" ? String(entry.value.value) : "";
  const name = Object.hasOwn(PROTOCOLS_NOT_BUILT, given) ? PROTOCOLS_NOT_BUILT[given] : undefined;
  if (name !== undefined)
    reporter.error(
      "KIND_NOT_BUILT",
      place,
      `the protocol ${given} (${name}) is known, and not built yet`,
      "http is there",
    );
  if (name !== undefined || given === "http") return given as keyof typeof routerFields;
  reporter.error(
    "KIND_UNKNOWN",
    place,
    `there is no protocol ${shown(given)}`,
    suggestion(given, Object.keys(routerFields)),
  );
  return undefined;
}

const DEFAULT_IDENTIFIER = "io.l5d.header.token";

async function planIdentifiers(
  node: MapNode,
  path: string,
  loading: Loading,
): Promise<RouterPlan["identifiers"] | undefined> {
  const at = join(path, "identifier");
  const given = entryOf(node, "identifier")?.value;
  if (given !== undefined && given.type === "list" && given.items.length > 0)
    return planList("identifier", given, at, loading);
  if (given !== undefined && given.type === "scalar" && given.value !== null)
    return wrongType(given, at, "a mapping with a kind, or a list of them,", loading);
  const one = given?.type === "map" ? given : emptyMap(node);
  const planned = await planPlugin(
    "identifier",
    one,
    at,
    loading,
    given?.type === "map" ? undefined : DEFAULT_IDENTIFIER,
  );
  return planned === undefined ? undefined : [planned];
}

async function planInterpreter(
  node: MapNode,
  path: string,
  loading: Loading,
): Promise<RouterPlan["interpreter"] | undefined> {
  const at = join(path, "interpreter");
  const given = entryOf(node, "interpreter")?.value;
  if (given !== undefined && given.type !== "map" && !isNull(given)) return undefined;
  return planPlugin(
    "interpreter",
    given?.type === "map" ? given : emptyMap(node),
    at,
    loading,
    given?.type === "map" ? undefined : "default",
  );
}

/** Stands for an entry that is not given, at the place where it would be missed. */
function emptyMap(near: MapNode): MapNode {
  return { type: "map", entries: [], start: near.start, end: near.start };
}

function serverPlan({ tls, announce: _, ...server }: Server): ServerPlan {
  return { ...server, ...(tls === undefined || tls === "off" ? {} : { tls }) };
}

function accessLogPlan(values: HttpRouter): Pick<RouterPlan, "accessLog"> {
  const { httpAccessLog: file, httpAccessLogRollPolicy: rollPolicy, httpAccessLogAppend: append } = values;
  if (file === undefined) return {};
  const keep = values.httpAccessLogRotateCount;
  return { accessLog: { file, rollPolicy, append, keep: keep < 0 ? undefined : keep } };
}

/** What older Linkerds had for all clients in the router itself. */
function olderClient({ failureAccrual, loadBalancer, failFast }: HttpRouter): ClientSettings {
  return {
    ...(failureAccrual === undefined ? {} : { failureAccrual }),
    ...(loadBalancer === undefined ? {} : { loadBalancer }),
    ...(failFast === undefined ? {} : { failFast }),
  };
}

/** What older Linkerds had for all services in the router itself. */
function olderService({ timeoutMs, retries, responseClassifier }: HttpRouter): ServiceSettings {
  return {
    ...(timeoutMs === undefined ? {} : { totalTimeoutMs: timeoutMs }),
    ...(retries === undefined ? {} : { retries }),
    ...(responseClassifier === undefined ? {} : { responseClassifier }),
  };
}

/** Linkerd has no name for bodies that are streamed only beyond a size and never streamed at all. */
function checkStreaming(node: MapNode, path: string, { streamingEnabled }: HttpRouter, { reporter }: Loading): void {
  const after = entryOf(node, "streamAfterContentLengthKB");
  if (streamingEnabled !== false || after === undefined || isNull(after.value)) return;
  const place = { offset: after.keyAt, path: join(path, after.key) };
  reporter.error("CONFIG_VALUE", place, "streamingEnabled: false says that nothing is streamed", "remove one of them");
}

function listenersOf(node: MapNode, servers: readonly Server[], label: string, path: string): readonly Listener[] {
  const list = entryOf(node, "servers")?.value;
  if (list?.type !== "list" || list.items.length !== servers.length) return [];
  return servers.map((server, index) => {
    const item = list.items[index];
    const port = item?.type === "map" ? entryOf(item, "port") : undefined;
    const at = join(join(path, "servers"), index);
    const place = { offset: port?.value.start ?? item?.start ?? node.start, path: join(at, "port") };
    return { name: `a server of ${label}`, ip: server.ip, port: server.port, place };
  });
}
