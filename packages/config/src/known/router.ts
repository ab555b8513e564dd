import { anything, entry, list, object } from "../fields/containers.js";
import { built, type Fields, ignored, quiet, removed, required, withDefault } from "../fields/field.js";
import { kinded } from "../fields/kinded.js";
import { dtab, path } from "../fields/names.js";
import { refined } from "../fields/refined.js";
import { flag, integer, milliseconds, number, oneOf, someMilliseconds, text } from "../fields/scalars.js";
import { h2AccessLogFields, httpAccessLogFields } from "./access-log.js";
import { failureAccrual, loadBalancer } from "./balancing.js";
import { h2Client, httpClient, thriftClient } from "./client.js";
import { h2ServerFields, httpServerFields, muxServerFields, thriftServerFields } from "./server.js";
import { h2Service, httpClassifier, httpService, otherService, retries } from "./service.js";

const size = (doc: string) => withDefault(integer(0), 1000, `${doc} Default 1000.`);
const bindingCache = object({
  paths: size("Names."),
  trees: size("Bound trees."),
  bounds: size("Bound names with what they left over."),
  clients: size("Bound ids, each with its connections."),
  idleTtlSecs: withDefault(integer(1, 2_147_483), 600, "How long an unused entry is kept. Default 600."),
});
const cacheDefaults = { paths: 1000, trees: 1000, bounds: 1000, clients: 1000, idleTtlSecs: 600 };

const announcer = kinded({
  "io.l5d.serversets": {
    zkAddrs: quiet(list(anything), "Where ZooKeeper is."),
    pathPrefix: quiet(path, "Where servers are published. Default /discovery."),
    prefix: quiet(path, "What names of servers begin with."),
    experimental: quiet(flag, "Enables what is experimental."),
  },
});

/** What every router has, whatever its protocol. Entries of plug-ins are read by the plug-ins' own schemas. */
const common = {
  protocol: required(oneOf("http", "h2", "thrift", "mux", "thriftmux"), "What is spoken: http."),
  label: built(text, "Names the router in metrics and in the admin API; unique. Default: the protocol."),
  dtab: built(dtab, "How names are rewritten; later entries win."),
  interpreter: built(entry({ $ref: "#/$defs/interpreter" }), "How names are bound. Default: kind default."),
  bindingTimeoutMs: withDefault(someMilliseconds, 10_000, "For a name and an endpoint together. Default 10000."),
  bindingCache: withDefault(bindingCache, cacheDefaults, "How many names and clients are kept."),
  failover: withDefault(
    oneOf("never", "unavailable"),
    "never",
    "unavailable: an alternative whose endpoints are all dead counts as absent. Ours. Default never.",
  ),
  originator: withDefault(flag, false, "Marks the router as where requests come in. Default false."),
  announcers: ignored(list(announcer), "Publish servers in ZooKeeper.", {
    harmless: (value) => value.length === 0,
  }),
  experimental: quiet(flag, "Enables what is experimental; nothing of a router is, here."),
  baseDtab: removed(dtab, "The dtab.", "write dtab"),
  timeoutMs: removed(
    milliseconds,
    "How long a request may take.",
    "taken as totalTimeoutMs of service; write it there",
  ),
  responseClassifier: removed(httpClassifier, "What a failure is.", "taken as if it stood in service; write it there"),
  retries: removed(retries, "Trying again.", "taken as if it stood in service; write it there"),
  failureAccrual: removed(
    failureAccrual,
    "When an endpoint is dead.",
    "taken as if it stood in client; write it there",
  ),
  loadBalancer: removed(loadBalancer, "How an endpoint is chosen.", "taken as if it stood in client; write it there"),
  failFast: removed(flag, "Marks endpoints dead at once.", "taken as if it stood in client; write it there"),
};

/** Of protocols whose first path element is fixed by configuration. */
const dstPrefix = built(path, "What every name begins with. Default /svc.");
const identifierSchema = { $ref: "#/$defs/identifier" };
const identifier = built(
  anythingBut({ anyOf: [identifierSchema, { type: "array", items: identifierSchema }] }),
  "What names a request; a list is tried in order.",
);

function anythingBut(schema: Readonly<Record<string, unknown>>) {
  return { ...anything, schema };
}

/** How the context of a trace is read and written. `io.l5d.w3c` is ours. */
const tracePropagator = refined(
  kinded({ "io.l5d.default": {}, "io.l5d.zipkin": {}, "io.l5d.w3c": {} }),
  ({ kind }) => kind.slice("io.l5d.".length) as "default" | "zipkin" | "w3c",
);
const propagation =
  "How the context of a trace is read and written: io.l5d.default (l5d-ctx-trace), io.l5d.zipkin (x-b3-*), io.l5d.w3c (traceparent). Default io.l5d.default.";

export const httpRouterFields = {
  ...common,
  dstPrefix,
  identifier,
  servers: required(list(object(httpServerFields)), "Where requests come in; at least one."),
  client: built(httpClient, "Settings for each client."),
  service: built(httpService, "Settings for each service."),
  maxHeadersKB: withDefault(integer(1, 1024), 8, "The most that the headers of a request may take. Default 8."),
  maxInitialLineKB: withDefault(integer(1, 1024), 4, "The most that the first line may take. Default 4."),
  maxErrResponseKB: withDefault(integer(0, 1_048_576), 5120, "Longer error answers are cut. Default 5120."),
  streamAfterContentLengthKB: quiet(integer(0), "Bodies above this are streamed; all are, here."),
  streamingEnabled: ignored(flag, "Whether bodies are streamed; all are, here.", { harmless: (value) => value }),
  compressionLevel: withDefault(
    integer(-1, 9),
    -1,
    "How answers are compressed for clients that accept it: -1 text, 0 nothing, 1 (fast) to 9 (small) all but what is compressed already. Default -1.",
  ),
  tracePropagator: withDefault(tracePropagator, "default", propagation),
  maxRequestKB: removed(integer(0), "The largest request.", "bodies are streamed; there is no such limit"),
  maxResponseKB: removed(integer(0), "The largest answer.", "bodies are streamed; there is no such limit"),
  maxChunkKB: removed(integer(0), "The largest chunk.", "bodies are streamed; there is no such limit"),
  ...httpAccessLogFields,
};

const thriftRouterFields = {
  ...common,
  dstPrefix,
  servers: quiet(list(object(thriftServerFields)), "Where requests come in."),
  client: quiet(thriftClient, "Settings for each client."),
  service: quiet(otherService, "Settings for each service."),
  thriftMethodInDst: quiet(flag, "Whether the method is part of the name. Default false."),
  thriftProtocol: quiet(oneOf("binary", "compact"), "The encoding. Default binary."),
};

/** Every protocol of Linkerd; those but http are read to find mistakes, and refused. */
export const routerFields: Readonly<Record<"http" | "h2" | "thrift" | "mux" | "thriftmux", Fields>> = {
  http: httpRouterFields,
  h2: {
    ...common,
    dstPrefix,
    identifier,
    servers: quiet(list(object(h2ServerFields)), "Where requests come in."),
    client: quiet(h2Client, "Settings for each client."),
    service: quiet(h2Service, "Settings for each service."),
    ...h2AccessLogFields,
    tracePropagator: built(tracePropagator, propagation),
    initialStreamWindowBytes: quiet(integer(0), "Flow control window of a stream."),
    windowUpdateRatio: quiet(number(0), "When a window is opened again."),
  },
  thrift: thriftRouterFields,
  mux: {
    ...common,
    dstPrefix,
    servers: quiet(list(object(muxServerFields)), "Where requests come in."),
    client: quiet(httpClient, "Settings for each client."),
    service: quiet(otherService, "Settings for each service."),
  },
  thriftmux: thriftRouterFields,
};
