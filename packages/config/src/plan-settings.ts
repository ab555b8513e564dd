import type { Path } from "@namerkit/core";

/**
 * Settings of what a configuration calls `client` and `service`: each name gets those of every prefix that covers it, later ones
 * winning key by key (`io.l5d.static`), or the same for all (`io.l5d.global`). Absent keys were not set; what is done then stands
 * with each key.
 */
export interface SettingsByName<T> {
  /** Of a bound id without /%/… prefixes taken off, or of a service path. Computed anew each time: keep it per client or service. */
  of(name: Path): T;
}

/** How an endpoint is chosen. Defaults are filled in. */
export type LoadBalancerPlan =
  | { readonly kind: "p2c"; readonly maxEffort: number }
  | { readonly kind: "ewma"; readonly maxEffort: number; readonly decayTimeMs: number }
  | {
      readonly kind: "aperture";
      readonly maxEffort: number;
      readonly smoothWindowMs: number;
      readonly lowLoad: number;
      readonly highLoad: number;
      readonly minAperture: number;
    }
  | { readonly kind: "heap" }
  | { readonly kind: "roundRobin"; readonly maxEffort: number };

export type BackoffPlan =
  | { readonly kind: "constant"; readonly ms: number }
  /** Decorrelated: somewhere between the least and three times the wait before, and never more than the most. */
  | { readonly kind: "jittered"; readonly minMs: number; readonly maxMs: number };

/**
 * When an endpoint counts as dead, and for how long it is then left alone before it is probed. Without `backoff`: Linkerd's default,
 * 5 s to 300 s with equal jitter, which no configuration can write.
 */
export type FailureAccrualPlan =
  | { readonly kind: "none" }
  | { readonly kind: "io.l5d.consecutiveFailures"; readonly failures: number; readonly backoff?: BackoffPlan }
  | {
      readonly kind: "io.l5d.successRate";
      /** Between 0 and 1. */
      readonly successRate: number;
      readonly requests: number;
      readonly backoff?: BackoffPlan;
    }
  | {
      readonly kind: "io.l5d.successRateWindowed";
      readonly successRate: number;
      readonly windowMs: number;
      readonly backoff?: BackoffPlan;
    };

/** How much may be tried again: Linkerd's retry budget. Defaults are filled in: 10 a second, 0.2, 10 s. */
export interface RetryBudgetPlan {
  readonly minRetriesPerSec: number;
  readonly percentCanRetry: number;
  readonly ttlSecs: number;
}

export interface HostConnectionPoolPlan {
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly idleTimeMs?: number;
  readonly maxWaiters?: number;
}

/** How long connections live. */
export interface SessionPlan {
  readonly idleTimeMs?: number;
  readonly lifeTimeMs?: number;
}

export interface SocketOptionsPlan {
  readonly noDelay?: boolean;
  readonly keepAlive?: boolean;
  readonly readTimeoutMs?: number;
  readonly writeTimeoutMs?: number;
  /** Of listening sockets. */
  readonly backlog?: number;
  readonly reusePort?: boolean;
}

/** TLS towards endpoints. File names are absolute. */
export interface ClientTlsPlan {
  /** SNI, and the name that the certificate has to carry; captures of the prefix are filled in. Absent only without validation. */
  readonly commonName?: string;
  /** Accepts any certificate. */
  readonly disableValidation: boolean;
  /** PEM files of authorities beside, or instead of, those that Node brings; empty: Node's. */
  readonly trustFiles: readonly string[];
  readonly clientAuth?: {
    readonly certPath: string;
    readonly keyPath: string;
    readonly intermediateCertsPath?: string;
  };
  /** Such as TLSv1.2; empty: Node's. */
  readonly protocols: readonly string[];
}

export type ClassifierKind =
  | "io.l5d.http.nonRetryable5XX"
  | "io.l5d.http.retryableRead5XX"
  | "io.l5d.http.retryableIdempotent5XX"
  | "io.l5d.http.retryableAll5XX"
  | "io.l5d.http.allSuccessful";

/** Per bound id. */
export interface ClientSettings {
  /** Absent: p2c, maxEffort 5. */
  readonly loadBalancer?: LoadBalancerPlan;
  /** Absent: 5 consecutive failures, 5 s to 300 s. */
  readonly failureAccrual?: FailureAccrualPlan;
  readonly hostConnectionPool?: HostConnectionPoolPlan;
  readonly requeueBudget?: RetryBudgetPlan;
  /** Marks an endpoint dead at the first refused connection. */
  readonly failFast?: boolean;
  readonly requestAttemptTimeoutMs?: number;
  readonly clientSession?: SessionPlan;
  readonly socketOptions?: SocketOptionsPlan;
  readonly forwardClientCert?: boolean;
  /** Absent: plain. */
  readonly tls?: ClientTlsPlan;
}

/** Per service path. */
export interface ServiceSettings {
  /** Over all attempts. */
  readonly totalTimeoutMs?: number;
  readonly retries?: { readonly budget?: RetryBudgetPlan; readonly backoff?: BackoffPlan };
  /** Absent: io.l5d.http.nonRetryable5XX. */
  readonly responseClassifier?: ClassifierKind;
}

/** TLS towards clients. File names are absolute. */
export interface ServerTlsPlan {
  readonly certPath: string;
  readonly keyPath: string;
  readonly intermediateCertsPath?: string;
  /** The authority that client certificates have to come from. */
  readonly caCertPath?: string;
  readonly requireClientAuth: boolean;
  /** Empty: Node's. */
  readonly ciphers: readonly string[];
  readonly protocols: readonly string[];
}

/** How a party is named in the Forwarded header (RFC 7239). */
export type LabelerPlan =
  | { readonly kind: "ip" | "ip:port" | "connectionRandom" | "requestRandom" | "router" }
  | { readonly kind: "static"; readonly label: string };

export interface ForwardedHeaderPlan {
  readonly by: LabelerPlan;
  readonly for: LabelerPlan;
}

export interface AccessLogPlan {
  /** Absolute. */
  readonly file: string;
  readonly rollPolicy:
    | { readonly kind: "never" | "hourly" | "daily" }
    | { readonly kind: "weekly"; readonly day: number }
    | { readonly kind: "size"; readonly bytes: number };
  readonly append: boolean;
  /** Old files kept; undefined: all. */
  readonly keep: number | undefined;
}

/** Which parts of the admin server answer. */
export interface SecurityPlan {
  readonly uiEnabled: boolean;
  readonly controlEnabled: boolean;
  readonly diagnosticsEnabled: boolean;
  /** Each matches a whole path. */
  readonly pathWhitelist: readonly RegExp[];
  readonly pathBlacklist: readonly RegExp[];
}
