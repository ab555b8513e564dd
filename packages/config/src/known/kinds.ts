import type { Plugin } from "@namerkit/core";

export interface MissingKind {
  /** What it is, for people. */
  readonly what: string;
  /** Its own keys, beside those that every kind of its role has. */
  readonly keys: readonly string[];
  /** Why there is none; absent: nobody has come to it yet. */
  readonly why?: string;
  /** What to do instead, where something helps. */
  readonly instead?: string;
}

type Kinds = Readonly<Record<string, MissingKind>>;

const why = "it needs a ZooKeeper client";
const istio = "its Istio of 2017 is gone";
const k8sApi = ["host", "port"];
const namerd = ["dst", "namespace", "retry", "tls", "failureThreshold"];

const namers: Kinds = {
  "io.l5d.fs": { what: "looks names up in files of a directory", keys: ["rootDir"] },
  "io.l5d.rancher": { what: "looks names up in the metadata API of Rancher 1.x", keys: ["portMappings", "maxWait"] },
  "io.l5d.consul": {
    what: "looks names up in Consul",
    keys: [
      ...["host", "port", "includeTag", "useHealthCheck", "healthStatuses", "token", "setHost", "consistencyMode"],
      ...["failFast", "preferServiceAddress", "weights", "fixedLengthStreamedAfterKB", "tls", "transferMetadata"],
    ],
  },
  "io.l5d.k8s": { what: "looks endpoints up in Kubernetes", keys: [...k8sApi, "labelSelector"] },
  "io.l5d.k8s.ns": {
    what: "looks endpoints of one namespace up in Kubernetes",
    keys: [...k8sApi, "labelSelector", "envVar"],
  },
  "io.l5d.k8s.external": { what: "looks load balancers up in Kubernetes", keys: [...k8sApi, "labelSelector"] },
  "io.l5d.k8s.istio": { what: "looks names up in Istio", why: istio, keys: k8sApi },
  "io.l5d.marathon": {
    what: "looks apps up in Marathon",
    keys: ["host", "port", "dst", "uriPrefix", "ttlMs", "jitterMs", "useHealthCheck", "tls"],
  },
  "io.l5d.dnssrv": { what: "looks SRV records up in DNS", keys: ["refreshIntervalSeconds", "dnsHosts"] },
  "io.l5d.curator": { what: "looks names up in Curator", why, keys: ["zkAddrs", "basePath"] },
  "io.l5d.serversets": { what: "looks server sets up", why, keys: ["zkAddrs"] },
  "io.l5d.zkLeader": { what: "looks an elected leader up", why, keys: ["zkAddrs"] },
  "io.l5d.rewrite": { what: "rewrites a name by a pattern", keys: ["pattern", "name"] },
};

const istioIdentifier = ["discoveryHost", "discoveryPort", "apiserverHost", "apiserverPort"];
const identifiers: Kinds = {
  "io.l5d.header": { what: "names a request by a path in a header", keys: ["header"] },
  "io.l5d.header.token": { what: "names a request by a header", keys: ["header"] },
  "io.l5d.header.path": {
    what: "names a request of HTTP/2 by its path",
    why: "there is no HTTP/2",
    keys: ["header", "segments"],
    instead: "with http, io.l5d.path does the same",
  },
  "io.l5d.path": { what: "names a request by its path", keys: ["segments", "consume"] },
  "io.l5d.methodAndHost": { what: "names a request by method and host", keys: ["httpUriInDst"] },
  "io.l5d.static": { what: "gives every request one name", keys: ["path"] },
  "io.l5d.ingress": {
    what: "names a request by the Ingress resources of Kubernetes",
    keys: [...k8sApi, "namespace", "ingressClassAnnotation", "ignoreDefaultBackends"],
  },
  "io.l5d.k8s.istio": { what: "names a request by the rules of Istio", why: istio, keys: istioIdentifier },
  "io.l5d.k8s.istio-ingress": {
    what: "names a request by the ingress rules of Istio",
    why: istio,
    keys: [...istioIdentifier, ...k8sApi, "namespace", "ingressClassAnnotation"],
  },
};

const interpreters: Kinds = {
  default: { what: "binds by the router's dtab and the configured namers", keys: [] },
  "io.l5d.namerd": {
    what: "asks namerd over ThriftMux",
    why: "it needs Thrift over Mux",
    keys: namerd,
    instead: "put the dtab into the router and the namers into this file",
  },
  "io.l5d.namerd.http": { what: "asks namerd over HTTP", keys: namerd },
  "io.l5d.mesh": {
    what: "asks namerd over gRPC",
    why: "it needs HTTP/2",
    keys: ["dst", "root", "retry", "tls", "failureThreshold", "initialStreamWindowSizeKB"],
  },
  "io.l5d.fs": { what: "reads the dtab from a file", keys: ["dtabFile"], instead: "put the dtab into the router" },
  "io.l5d.k8s.configMap": {
    what: "reads the dtab from a ConfigMap of Kubernetes",
    keys: [...k8sApi, "name", "filename", "namespace"],
  },
  "io.l5d.consul.interpreter": {
    what: "reads the dtab from Consul's key-value store",
    keys: [
      ...["host", "port", "pathPrefix", "namespace", "token", "datacenter", "readConsistencyMode"],
      ...["writeConsistencyMode", "failFast", "backoff", "tls"],
    ],
  },
  "io.l5d.k8s.istio": {
    what: "binds by the rules of Istio",
    why: istio,
    keys: [...istioIdentifier, "k8sApiserverHost", "k8sApiserverPort", "envVar", "labelSelector"],
  },
};

const transformers: Kinds = {
  "io.l5d.port": { what: "replaces every port", keys: ["port"] },
  "io.l5d.localhost": { what: "keeps the addresses of this machine", keys: [] },
  "io.l5d.specificHost": { what: "keeps the addresses of one host", keys: ["host"] },
  "io.l5d.replace": { what: "replaces every bound name", keys: ["path"] },
  "io.l5d.const": { what: "replaces every answer", keys: ["path"] },
  "io.l5d.k8s.localnode": { what: "keeps the addresses on this node of Kubernetes", keys: ["hostNetwork"] },
  "io.l5d.k8s.daemonset": {
    what: "replaces addresses by those of a daemon set on the same node",
    keys: ["k8sHost", "k8sPort", "namespace", "service", "port", "hostNetwork"],
  },
};

/** Their keys are in telemetry.ts: an entry that nobody acts on is checked all the same, and does no harm. */
const telemeters: Kinds = {
  "io.l5d.prometheus": { what: "serves metrics in the text format of Prometheus", keys: [] },
  "io.l5d.influxdb": { what: "serves metrics in the line protocol of InfluxDB", keys: [] },
  "io.l5d.statsd": { what: "sends metrics to StatsD", keys: [] },
  "io.l5d.tracelog": { what: "writes traces to the log", keys: [] },
  "io.l5d.recentRequests": { what: "keeps the last requests for a page", keys: [] },
  "io.l5d.zipkin": { what: "sends traces to Zipkin over Scribe", keys: [] },
  "io.zipkin.http": { what: "sends traces to Zipkin over HTTP", keys: [] },
};

/** Every kind of Linkerd 1.7.5, for when no plug-in has it. What the registry knows always comes first. */
export const LINKERD_KINDS: Readonly<Record<Plugin["role"], Kinds>> = {
  namer: namers,
  identifier: identifiers,
  interpreter: interpreters,
  transformer: transformers,
  telemeter: telemeters,
};

/** Names that kinds had before Linkerd 1.0. */
export const RENAMED_KINDS: Readonly<Record<Plugin["role"], Readonly<Record<string, string>>>> = {
  namer: {},
  identifier: {
    "io.l5d.headerToken": "io.l5d.header.token",
    "io.l5d.headerPath": "io.l5d.header.path",
    "io.l5d.http.ingress": "io.l5d.ingress",
    "io.l5d.h2.ingress": "io.l5d.ingress",
  },
  interpreter: {},
  transformer: {},
  telemeter: {},
};

/** The keys that the loader reads itself, and takes off before the plug-in's schema sees an entry. */
export const LOADER_KEYS: Readonly<Record<Plugin["role"], readonly string[]>> = {
  namer: ["kind", "prefix", "experimental", "transformers"],
  identifier: ["kind", "experimental"],
  interpreter: ["kind", "experimental", "transformers"],
  transformer: ["kind", "prefix", "experimental"],
  telemeter: ["kind", "experimental"],
};

/** Protocols of Linkerd that no router here speaks. */
export const PROTOCOLS_NOT_BUILT: Readonly<Record<string, string>> = {
  h2: "HTTP/2 and gRPC",
  thrift: "Thrift",
  mux: "Mux",
  thriftmux: "Thrift over Mux",
};
