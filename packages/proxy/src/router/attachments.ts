import { type ClientAttachment, RetryBudget, type ServiceAttachment } from "@namerkit/client";
import type { ClassifierKind, ClientSettings, ServiceSettings } from "@namerkit/config";
import type { Address, Clock, Metrics, Path } from "@namerkit/core";
import type { HttpLimits } from "../http/limits.js";
import { type Connector, hostPort } from "../upstream/connect.js";
import { HostPool, type PoolLimits } from "../upstream/host-pool.js";
import { PoolStats } from "../upstream/pool-stats.js";
import { RetryPolicy } from "./retry-policy.js";
import { RequestStats, StatusStats } from "./stats.js";

export interface ServiceUseEnv {
  readonly settings: ServiceSettings;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** What the proxy keeps per logical name: statistics, and what is tried again. */
export class ServiceUse implements ServiceAttachment {
  readonly stats: RequestStats;
  readonly settings: ServiceSettings;
  readonly classifier: ClassifierKind;
  readonly retries: RetryPolicy;
  /** The path as l5d-dst-service shows it. */
  readonly shown: string;
  readonly #metrics: Metrics;
  /** Called when the name is no longer used. */
  readonly #atClose = new Set<() => void>();

  constructor(path: Path, router: Metrics, { settings, clock, random }: ServiceUseEnv) {
    this.shown = path.show();
    this.#metrics = router.scope("service", this.shown.slice(1));
    this.stats = new RequestStats(this.#metrics);
    this.settings = settings;
    this.classifier = settings.responseClassifier ?? "io.l5d.http.nonRetryable5XX";
    const budget = new RetryBudget(clock, settings.retries?.budget);
    this.retries = new RetryPolicy(settings, this.#metrics, { clock, random, budget });
  }

  /** The clients that it leads to keep figures of it: they are to go with it. Returns how to think better of it. */
  atClose(forget: () => void): () => void {
    this.#atClose.add(forget);
    return () => this.#atClose.delete(forget);
  }

  close(): void {
    for (const forget of [...this.#atClose]) forget();
    this.retries.close();
    this.stats.close();
    this.#metrics.remove();
  }
}

export interface ClientUseEnv {
  readonly clock: Clock;
  readonly limits: PoolLimits;
  readonly connector: Connector;
  readonly settings: ClientSettings;
}

/** What the proxy keeps per bound name: statistics, and the connections to each of its endpoints. */
export class ClientUse implements ClientAttachment {
  readonly stats: RequestStats;
  readonly status: StatusStats;
  readonly settings: ClientSettings;
  /** The id as l5d-dst-client shows it. */
  readonly shown: string;
  readonly #env: ClientUseEnv;
  readonly #metrics: Metrics;
  readonly #acquisition;
  readonly #poolStats: PoolStats;
  readonly #pools = new Map<string, HostPool>();
  readonly #services = new Map<ServiceUse, ServiceAtClient>();

  constructor(id: Path, router: Metrics, env: ClientUseEnv) {
    this.shown = id.show();
    this.settings = env.settings;
    this.#env = { ...env, limits: poolLimits(env.limits, env.settings) };
    this.#metrics = router.scope("client", this.shown.slice(1));
    this.stats = new RequestStats(this.#metrics);
    this.status = new StatusStats(this.#metrics);
    this.#acquisition = this.#metrics.scope("service_creation").histogram("service_acquisition_latency_ms");
    this.#poolStats = new PoolStats(this.#metrics, () => this.#pools.values());
  }

  /** What of this client's requests are for one service. */
  statsOf(service: ServiceUse): RequestStats {
    let found = this.#services.get(service);
    if (found === undefined) {
      const scope = this.#metrics.scope("service", service.shown.slice(1));
      const stats = new RequestStats(scope);
      const forget = () => {
        this.#services.delete(service);
        stats.close();
        scope.remove();
      };
      found = { stats, stay: service.atClose(forget) };
      this.#services.set(service, found);
    }
    return found.stats;
  }

  /** A request has waited so long for its connection. */
  acquired(ms: number): void {
    this.#acquisition.record(ms);
  }

  pool(address: Address): HostPool {
    const key = hostPort(address.ip, address.port);
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      pool = new HostPool(address, { ...this.#env, stats: this.#poolStats });
      this.#pools.set(key, pool);
    }
    return pool;
  }

  /** `limits`, with the times that the configuration has for the sockets of this client. */
  limits(limits: HttpLimits): HttpLimits {
    const { readTimeoutMs, writeTimeoutMs } = this.settings.socketOptions ?? {};
    if (readTimeoutMs === undefined && writeTimeoutMs === undefined) return limits;
    const silence = readTimeoutMs ?? Number.POSITIVE_INFINITY;
    // Before the head nobody can tell an endpoint that does not answer from one that does not take the request.
    const responseMs = Math.min(limits.responseMs, silence, writeTimeoutMs ?? Number.POSITIVE_INFINITY);
    return { ...limits, responseMs, responseIdleMs: Math.min(limits.responseIdleMs, silence) };
  }

  endpointClosed(address: Address): void {
    const key = hostPort(address.ip, address.port);
    this.#pools.get(key)?.close();
    this.#pools.delete(key);
  }

  /** Requests in flight may finish; their connections close after them. */
  close(): void {
    for (const pool of this.#pools.values()) pool.close();
    this.#pools.clear();
    for (const { stats, stay } of this.#services.values()) {
      stay();
      stats.close();
    }
    this.#services.clear();
    this.stats.close();
    this.#poolStats.close();
    this.#metrics.remove();
  }
}

interface ServiceAtClient {
  readonly stats: RequestStats;
  /** It need not be forgotten when the service closes. */
  stay(): void;
}

/** The limits of a client's pools: those of all, unless its own settings say otherwise. */
function poolLimits(limits: PoolLimits, settings: ClientSettings): PoolLimits {
  const { hostConnectionPool: pool, clientSession: session, socketOptions } = settings;
  const idle = [pool?.idleTimeMs, session?.idleTimeMs].filter((ms) => ms !== undefined);
  return {
    ...limits,
    connectionsPerEndpoint: pool?.maxSize ?? limits.connectionsPerEndpoint,
    waitersPerEndpoint: pool?.maxWaiters ?? limits.waitersPerEndpoint,
    upstreamIdleMs: idle.length === 0 ? limits.upstreamIdleMs : Math.min(...idle),
    keptPerEndpoint: pool?.minSize ?? 0,
    // Those that are kept go by the limit of all sessions alone.
    keptIdleMs: session?.idleTimeMs,
    lifeMs: session?.lifeTimeMs,
    socketOptions,
  };
}
