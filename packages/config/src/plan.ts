import type {
  Dtab,
  IdentifierPlugin,
  InterpreterPlugin,
  NamerPlugin,
  Path,
  Plugin,
  TelemeterPlugin,
  TransformerPlugin,
} from "@namerkit/core";
import type {
  AccessLogPlan,
  ClientSettings,
  ForwardedHeaderPlan,
  SecurityPlan,
  ServerTlsPlan,
  ServiceSettings,
  SessionPlan,
  SettingsByName,
  SocketOptionsPlan,
} from "./plan-settings.js";

/** One thing that is wrong with a configuration, or will not have the effect it seems to have. */
export interface Problem {
  /** The file as it was named to `loadConfig`. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 code units. */
  readonly col: number;
  /** Where in the document, such as `namers.0.maxWait`; empty for the document itself. */
  readonly path: string;
  /** A configuration with errors is not run; warnings are for people. */
  readonly severity: "error" | "warning";
  /** Stable; see CONFIG_CODES. */
  readonly code: string;
  /** One sentence. Never holds the value of a secret. */
  readonly message: string;
  /** What to do about it, where we know. */
  readonly hint?: string;
}

/** A plug-in chosen by the configuration, with options that its own schema has accepted. */
export interface Planned<P> {
  readonly plugin: P;
  readonly kind: string;
  /** The whole prefix: /#/… for a namer, /%/… for a transformer, empty for what has none. */
  readonly prefix: Path;
  /** What `plugin.create` takes. */
  readonly options: unknown;
  /** In the order in which they are applied. Always empty but for namers and interpreters. */
  readonly transformers: readonly Planned<TransformerPlugin>[];
  /** Where it stands in the document, such as `namers.0`. */
  readonly at: string;
  /** The same for two entries that say the same, secrets included; tells a reload what may go on as it is. Holds no secret itself. */
  readonly fingerprint: string;
}

/** A configuration without errors: every default filled in, every name parsed, every plug-in loaded. Nothing is running yet. */
export interface Plan {
  /** Relative file names are relative to this folder. */
  readonly baseDir: string;
  readonly admin: AdminPlan;
  /** In file order. The last one whose prefix matches is asked first; `mountNamers` turns the list round. */
  readonly namers: readonly Planned<NamerPlugin>[];
  /** At least one. */
  readonly routers: readonly RouterPlan[];
  /** Where metrics and traces go, beside /admin/metrics.json. */
  readonly telemetry: readonly Planned<TelemeterPlugin>[];
  /** The configuration as it was written, as plain data, with every secret replaced: what /config.json shows. */
  readonly document: unknown;
}

export interface AdminPlan {
  /** An address literal. Default 127.0.0.1. */
  readonly ip: string;
  /** 0 means any free port. Default 9990. */
  readonly port: number;
  /** How long a drain may take in all, in milliseconds. Default 10,000. */
  readonly shutdownGraceMs: number;
  readonly socketOptions?: SocketOptionsPlan;
  /** Absent: plain. */
  readonly tls?: ServerTlsPlan;
  readonly security: SecurityPlan;
  /** Of a further server that tells how a request would be named, at the same address. Absent: none. */
  readonly httpIdentifierPort?: number;
}

export interface RouterPlan {
  readonly protocol: "http";
  /** Unique among the routers. Default: the protocol. */
  readonly label: string;
  /** What every identified name begins with. Default /svc. */
  readonly dstPrefix: Path;
  readonly dtab: Dtab;
  /** Tried in order until one identifies; at least one. Default io.l5d.header.token on Host. */
  readonly identifiers: readonly Planned<IdentifierPlugin>[];
  readonly interpreter: Planned<InterpreterPlugin>;
  /** For resolving a name and getting an endpoint together, in milliseconds. Default 10,000. */
  readonly bindingTimeoutMs: number;
  readonly bindingCache: BindingCachePlan;
  /** Ours. `unavailable`: an alternative whose endpoints are all dead counts as absent. Default never. */
  readonly failover: "never" | "unavailable";
  /** Sets the gauge rt/<label>/originator to 1. Default false. */
  readonly originator: boolean;
  /** Request headers larger than this are refused, in KB of 1024 bytes. Default 8. */
  readonly maxHeadersKB: number;
  /** The request line, larger than this, is refused with 414, in KB of 1024 bytes. Default 4. */
  readonly maxInitialLineKB: number;
  /** Longer error texts are cut, in KB of 1024 bytes. Default 5120. */
  readonly maxErrResponseKB: number;
  /** Of answers, for clients that accept it: -1 text, 0 none, 1 to 9 all but what is compressed already. Default -1. */
  readonly compressionLevel: number;
  /** Absent: none is written. */
  readonly accessLog?: AccessLogPlan;
  /** The headers that carry the context of a trace: l5d-ctx-trace, x-b3-*, or traceparent, which is ours. Default default. */
  readonly tracePropagator: "default" | "zipkin" | "w3c";
  /** By bound id. */
  readonly client: SettingsByName<ClientSettings>;
  /** By service path. */
  readonly service: SettingsByName<ServiceSettings>;
  /** At least one. */
  readonly servers: readonly ServerPlan[];
  /** The same for two entries that say the same, secrets included; tells a reload what may go on as it is. Holds no secret itself. */
  readonly fingerprint: string;
}

/** Entries beyond these sizes are served but not kept. All defaults 1000, the time to live 600 s. */
export interface BindingCachePlan {
  readonly paths: number;
  readonly trees: number;
  readonly bounds: number;
  readonly clients: number;
  readonly idleTtlSecs: number;
}

export interface ServerPlan {
  /** An address literal. Default 127.0.0.1. */
  readonly ip: string;
  /** 0 means any free port. Default 4140. */
  readonly port: number;
  /** Names the server in metrics, instead of ip/port. */
  readonly label?: string;
  /** Absent: plain. */
  readonly tls?: ServerTlsPlan;
  /** Drop l5d-* and Dtab-* request headers of clients, and trust none of them. Default false. */
  readonly clearContext: boolean;
  /** A request whose Via holds more hops than this is a loop. Default 1000. */
  readonly maxCallDepth: number;
  /** Requests beyond these are answered with 503 at once. Default: no limit. */
  readonly maxConcurrentRequests?: number;
  /** By when an answer has to begin. Default: no limit. */
  readonly timeoutMs?: number;
  readonly socketOptions?: SocketOptionsPlan;
  /** Of connections of clients. */
  readonly serverSession?: SessionPlan;
  readonly addForwardedHeader?: ForwardedHeaderPlan;
  /** Names a request header that gets the time, in milliseconds since 1970. */
  readonly timestampHeader?: string;
}

/** A kind that comes with the `namerkit` command and is imported the first time a configuration names it. */
export interface OfficialKind {
  /** The npm package that provides it, for the message when it is not installed. */
  readonly package: string;
  /** One kind may name several things: io.l5d.fs is a namer and an interpreter. */
  readonly role: Plugin["role"] | readonly Plugin["role"][];
  /** Imports it: the plug-in, or several of which one for each role has the kind. */
  load(): Promise<Plugin | readonly Plugin[]>;
}

/** The kinds a configuration may name. Immutable: `plugins:` of one configuration never reach another. */
export interface Registry {
  /** Every kind of a role, sorted, whether loaded yet or not. */
  kinds(role: Plugin["role"]): readonly string[];
  /** The plug-in; undefined when the kind is unknown. Rejects with KIND_NOT_INSTALLED or PLUGIN_LOAD when importing it fails. */
  find(role: Plugin["role"], kind: string): Promise<Plugin | undefined>;
  /** A registry with these as well. Throws NamerError KIND_DUPLICATE when a kind is there already. */
  with(plugins: readonly Plugin[]): Registry;
}
