import { type ClientAttachment, RetryBudget, type ServiceAttachment } from "@namerkit/client";
import type { ClassifierKind, ClientSettings, ServiceSettings } from "@namerkit/config";
import type { Address, Clock, Closable, Metrics, Path } from "@namerkit/core";
import type { HttpLimits } from "../http/limits.js";
import { type Connector, hostPort } from "../upstream/connect.js";
import { HostPool, type PoolLimits } from "../upstream/host-pool.js";
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

  constructor(path: Path, router: Metrics, { settings, clock, random }: ServiceUseEnv) {
    this.shown = path.show();
    this.#metrics = router.scope("service", this.shown.slice(1));
    this.stats = new RequestStats(this.#metrics);
    this.settings = settings;
    this.classifier = settings.responseClassifier ?? "io.l5d.http.nonRetryable5XX";
    const budget = new RetryBudget(clock, settings.retries?.budget);
    this.retries = new RetryPolicy(settings, this.#metrics, { clock, random, budget });
  }

  close(): void {
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
  readonly #gauge: Closable;
  readonly #pools = new Map<string, HostPool>();
  #connections = 0;

  constructor(id: Path, router: Metrics, env: ClientUseEnv) {
    this.shown = id.show();
    this.settings = env.settings;
    this.#env = { ...env, limits: poolLimits(env.limits, env.settings) };
    this.#metrics = router.scope("client", this.shown.slice(1));
    this.stats = new RequestStats(this.#metrics);
    this.status = new StatusStats(this.#metrics);
    this.#gauge = this.#metrics.gauge("connections", () => this.#connections);
  }

  pool(address: Address): HostPool {
    const key = hostPort(address.ip, address.port);
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      const opened = (delta: 1 | -1) => {
        this.#connections += delta;
      };
      pool = new HostPool(address, { ...this.#env, metrics: this.#metrics, opened });
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
    this.stats.close();
    this.#gauge.close();
    this.#metrics.remove();
  }
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
