import type { AdminPlan, Plan, RouterPlan } from "@namerkit/config";
import type {
  Clock,
  Identifier,
  Interpreter,
  Logger,
  LogLevels,
  MemoryMetrics,
  MountedNamer,
  Path,
  RequestObserver,
  SourceStatus,
  Telemeter,
} from "@namerkit/core";
import type { HttpLimits } from "./http/limits.js";
import type { ReloadOutcome } from "./reload/outcome.js";
import type { Connector } from "./upstream/connect.js";

/** What a proxy is made of once the plug-ins of a plan exist. Nothing in it is running yet. */
export interface Assembly {
  readonly admin: AdminPlan;
  readonly mounted: readonly MountedNamer[];
  readonly routers: readonly AssembledRouter[];
  /** The configuration as it was written, without secrets: what /config.json shows. */
  readonly document?: unknown;
  /** Closed with the proxy. */
  readonly telemeters?: readonly Telemeter[];
}

export interface AssembledRouter {
  readonly plan: RouterPlan;
  readonly interpreter: Interpreter;
  readonly identifiers: readonly Identifier[];
  /** What is known of a catalogue's trouble with a name; absent: what the namers of the assembly say. */
  readonly statusOf?: (name: Path) => SourceStatus | undefined;
}

/** The world outside. */
export interface ProxyEnv {
  readonly clock: Clock;
  /** Uniform in [0, 1), like Math.random. */
  readonly random: () => number;
  readonly log: Logger;
  /** Of the loggers of this proxy, to be changed at /logging; absent: there is no such page. */
  readonly logLevels?: LogLevels | undefined;
  /** Everything the proxy counts; /admin/metrics.json shows all of it. */
  readonly metrics: MemoryMetrics;
  readonly limits?: Partial<HttpLimits> | undefined;
  /** Host names by which the admin server may be asked, beside loopback and the address it is bound to. */
  readonly adminHosts?: readonly string[] | undefined;
  /** Who is told of the requests of a router, by its label, once each is over. */
  readonly observers?: ((router: string) => readonly RequestObserver[]) | undefined;
  /** The share of traces that is sampled where nobody has decided; absent: it stays undecided. */
  readonly sampleRate?: number | undefined;
  /** Opens connections to endpoints: plain TCP unless given. */
  readonly connector?: Connector | undefined;
}

/** One server of a router, as it came to listen. */
export interface ServingAt {
  /** The router's label. */
  readonly label: string;
  readonly host: string;
  readonly port: number;
}

/** A proxy that takes requests. */
export interface RunningProxy {
  readonly admin: { readonly host: string; readonly port: number };
  /** Those of now. */
  readonly servers: readonly ServingAt[];
  /** Aborts when somebody asks by the admin server for an end: whoever has started the proxy is to drain it then. */
  readonly shutdown: AbortSignal;
  /**
   * Goes on with another configuration without dropping a request: `plan`, or what the configuration says when it is read anew. What
   * has not changed goes on as it is; if anything stands in the way, all of it does. One reload at a time; never rejects.
   */
  reload(plan?: Plan): Promise<ReloadOutcome>;
  /** How often names and address sets have moved, over all routers. */
  updates(): { readonly treeUpdates: number; readonly addrUpdates: number };
  /**
   * Takes no more connections, lets requests in flight finish, cuts what is left after `admin.shutdownGraceMs`, and closes
   * everything. The admin interface answers until the end. Never rejects.
   */
  drain(): Promise<void>;
  /** Cuts everything at once. */
  close(): void;
}
