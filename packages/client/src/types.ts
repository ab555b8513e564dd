import type {
  Address,
  AddrMeta,
  BoundName,
  Clock,
  Closable,
  Dtab,
  Interpreter,
  Logger,
  Metrics,
  NameTree,
  Path,
  SourceStatus,
} from "@namerkit/core";
import type { LoadBalancerOptions } from "./balance/options.js";
import type { FailureAccrualOptions } from "./health/options.js";
import type { BudgetOptions } from "./retry-budget.js";

/** Sizes of the four linked caches, as Linkerd's `bindingCache`. A full cache serves one-shot entries; it never refuses. */
export interface BindingCacheOptions {
  /** Live bindings, by path and local dtab. Default 1000. */
  readonly paths: number;
  /** Distributors, by bound tree. Default 1000. */
  readonly trees: number;
  /** Bound names, by id and residual. Default 1000. */
  readonly bounds: number;
  /** Balancers, by id. Default 1000. */
  readonly clients: number;
  /** How long an entry without leases is kept, in milliseconds. Default 600,000. */
  readonly idleTtlMs: number;
}

/** What a door keeps per client, made when the client is and closed with it. */
export interface ClientAttachment {
  /** The endpoint has left the address set and its last lease is released: close its connections. */
  endpointClosed?(address: Address): void;
  close?(): void;
}

/** What a door keeps per service (logical name), closed with the last live binding of that path. */
export interface ServiceAttachment {
  close?(): void;
}

export interface NameClientOptions<
  S extends ServiceAttachment | undefined = undefined,
  C extends ClientAttachment | undefined = undefined,
> {
  readonly interpreter: Interpreter;
  /** The router's base dtab; a request's local dtab is appended to it. */
  readonly dtab: Dtab;
  readonly clock: Clock;
  /** Uniform in [0, 1), like Math.random. */
  readonly random: () => number;
  /**
   * The router's scope, such as rt/http. Written below it: `bindcache/…`, `service/<path>/tree_updates` and
   * `client/<id>/{addr_updates,loadbalancer/…,retries/…}`. Counting requests, successes and latencies is left to the door.
   */
  readonly metrics: Metrics;
  /** Told when a service or client is reaped, and when a binding fails. Absent: silence. */
  readonly log?: Logger | undefined;
  /** How long `acquire` waits for the name and its addresses together, in milliseconds. Default 10,000. */
  readonly bindingTimeoutMs?: number | undefined;
  readonly cache?: Partial<BindingCacheOptions> | undefined;
  /** Requests that may wait at the same time, over all names. Default 10,000. */
  readonly maxWaiting?: number | undefined;
  /** Requests that may wait for one name. Default 2,500. */
  readonly maxWaitingPerName?: number | undefined;
  /**
   * "unavailable": an alternative whose endpoints are all dead counts as absent, so that `a | b` falls to b, and back once a request
   * to a has succeeded; a is left alone for 5 s at least, and for longer if it dies again. Default "never", as in Linkerd.
   */
  readonly failover?: "never" | "unavailable" | undefined;
  /**
   * Freshness of the catalogue behind a name, for the text of a binding timeout. `name` is the service's path while that is
   * unresolved, and the bound id once it is resolved.
   */
  readonly statusOf?: ((name: Path, local: Dtab) => SourceStatus | undefined) | undefined;
  /** How a client's endpoints are chosen, watched and tried again; asked once, when the client is made. Absent: Linkerd's defaults. */
  readonly tuning?: ((id: Path) => ClientTuning) | undefined;
  /** Makes what `lease.serviceAttachment` carries: statistics, policies. `metrics` is `service/<path>`, pruned when the service goes. */
  readonly attachService?: ((path: Path, metrics: Metrics) => S) | undefined;
  /** Makes what `lease.clientAttachment` carries: statistics, connection pools. `metrics` is `client/<id>`, pruned when the client goes. */
  readonly attachClient?: ((id: Path, metrics: Metrics) => C) | undefined;
}

/** What can be set per client. Whatever is absent is as in Linkerd. A value out of range fails requests with CLIENT_OPTIONS. */
export interface ClientTuning {
  /** Default p2c. */
  readonly loadBalancer?: LoadBalancerOptions | undefined;
  /** Default: 5 consecutive failures. */
  readonly failureAccrual?: FailureAccrualOptions | undefined;
  /** Of connections that were refused, and are tried elsewhere. */
  readonly requeueBudget?: BudgetOptions | undefined;
  /** The first refused connection marks an endpoint dead, unless it is the only one. Default false. */
  readonly failFast?: boolean | undefined;
}

/** How a request ended, in the eyes of the door's response classifier. "ignorable" says nothing about the endpoint. */
export type Outcome = "success" | "failure" | "ignorable";

/** The right to send one request to one endpoint. It counts as load until released. */
export interface Lease<
  S extends ServiceAttachment | undefined = ServiceAttachment | undefined,
  C extends ClientAttachment | undefined = ClientAttachment | undefined,
> {
  /** The bound id: the client's name. */
  readonly id: Path;
  /** What the namer did not consume; empty for most. */
  readonly residual: Path;
  /** The path that was acquired. */
  readonly service: Path;
  /** The bound tree that the leaf was drawn from. */
  readonly tree: NameTree<BoundName>;
  /** The endpoint to send to. */
  readonly address: Address;
  /** The metadata of the client's address set, such as `authority`. */
  readonly addrMeta: AddrMeta;
  /** Every address of the client now, for error texts. */
  readonly addresses: readonly Address[];
  readonly serviceAttachment: S;
  readonly clientAttachment: C;
  /**
   * For a request that provably never reached `address` (refused, unreachable): a lease on an endpoint of the same client that
   * this request has not tried, or undefined when there is none or the requeue budget is spent. It ends this lease either way;
   * its fields stay readable. The refused endpoint is passed over for about a second, and has a failure on its record.
   * If this lease was a probe of an alternative that is away, the other one is of the alternative in use: take everything from it.
   */
  another(reason: unknown): Lease<S, C> | undefined;
  /**
   * The answer has begun, and says this much about the endpoint; optional. Without it, what the endpoint did and how long it took
   * counts from `release`, which for a long body or a tunnel comes late. Only the first call counts; a failure after it counts, too.
   */
  answered(outcome: Outcome): void;
  /** Ends the lease. Only the first call counts. */
  release(outcome: Outcome): void;
}

export interface AcquireOptions {
  /** Rejects with code ABORTED as soon as it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** Of one bound id, as in /client_state.json: "bound", "neg", "pending", or "Failed: <why>" before there was an answer. */
export interface ClientState {
  readonly state: string;
  /** "ip:port", IPv6 in brackets; sorted. */
  readonly addresses: readonly string[];
  /** Those of them that are taken for dead; absent when none is. */
  readonly dead?: readonly string[];
  /** With failover on death: its alternatives are used instead. Absent otherwise. */
  readonly away?: true;
}

/** How often things moved, counted from the start of the name client. */
export interface UpdateCounts {
  /** Outer changes: a name got its first tree, or another one. */
  readonly treeUpdates: number;
  /** Inner changes: a client got its first address set, or another one. */
  readonly addrUpdates: number;
  /** The same by service path; of those cached now. */
  readonly trees: Readonly<Record<string, number>>;
  /** The same by bound id; of those cached now. */
  readonly addrs: Readonly<Record<string, number>>;
}

/** Names in, endpoints out. */
export interface NameClient<
  S extends ServiceAttachment | undefined = ServiceAttachment | undefined,
  C extends ClientAttachment | undefined = ClientAttachment | undefined,
> extends Closable {
  /**
   * The fast path: a lease if the name and its addresses are at hand, else undefined, and then `acquire` waits or says what is
   * wrong: `client.tryAcquire(path, local) ?? (await client.acquire(path, local, { signal }))`.
   */
  tryAcquire(path: Path, local: Dtab): Lease<S, C> | undefined;
  /** Rejects with a NamerError of CLIENT_ERROR_CODES, or ABORTED, or CLOSED. Waits for bindingTimeoutMs at most. */
  acquire(path: Path, local: Dtab, options?: AcquireOptions): Promise<Lease<S, C>>;
  /** For /client_state.json: by bound id. */
  state(): Readonly<Record<string, ClientState>>;
  updates(): UpdateCounts;
  /** Fails those who wait with code CLOSED and lets go of every observation and timer; leases in flight may finish. */
  close(): void;
  /** Resolves when, after `close`, the last lease is released. */
  drained(): Promise<void>;
}
