import type { ClientAttachment, ServiceAttachment } from "@namerkit/client";
import type { Address, Clock, Closable, Metrics, Path } from "@namerkit/core";
import { type Connector, hostPort } from "../upstream/connect.js";
import { HostPool, type PoolLimits } from "../upstream/host-pool.js";
import { RequestStats, StatusStats } from "./stats.js";

/** What the proxy keeps per logical name. */
export class ServiceUse implements ServiceAttachment {
  readonly stats: RequestStats;
  /** The path as l5d-dst-service shows it. */
  readonly shown: string;
  readonly #metrics: Metrics;

  constructor(path: Path, router: Metrics) {
    this.shown = path.show();
    this.#metrics = router.scope("service", this.shown.slice(1));
    this.stats = new RequestStats(this.#metrics);
  }

  close(): void {
    this.stats.close();
    this.#metrics.remove();
  }
}

export interface ClientUseEnv {
  readonly clock: Clock;
  readonly limits: PoolLimits;
  readonly connector: Connector;
}

/** What the proxy keeps per bound name: statistics, and the connections to each of its endpoints. */
export class ClientUse implements ClientAttachment {
  readonly stats: RequestStats;
  readonly status: StatusStats;
  /** The id as l5d-dst-client shows it. */
  readonly shown: string;
  readonly #env: ClientUseEnv;
  readonly #metrics: Metrics;
  readonly #gauge: Closable;
  readonly #pools = new Map<string, HostPool>();
  #connections = 0;

  constructor(id: Path, router: Metrics, env: ClientUseEnv) {
    this.shown = id.show();
    this.#env = env;
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
