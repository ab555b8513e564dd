import { type Closable, closeAll, type Metrics } from "@namerkit/core";
import { ConnectionStats } from "./connection-stats.js";

/** What is to be seen of a pool at any time. */
export interface PoolCounts {
  /** Open connections nobody uses. */
  readonly idle: number;
  /** Requests that wait for a connection. */
  readonly waiting: number;
}

/** What is counted of all pools of a client, under Linkerd's names. */
export class PoolStats implements Closable {
  readonly connections: ConnectionStats;
  readonly #connectMs;
  readonly #failedConnectMs;
  readonly #cancelled;
  readonly #waited;
  readonly #tooManyWaiters;
  readonly #gauges: Closable;

  /** `pools`: those that there are at the time. */
  constructor(metrics: Metrics, pools: () => Iterable<PoolCounts>) {
    this.connections = new ConnectionStats(metrics);
    this.#connectMs = metrics.histogram("connect_latency_ms");
    this.#failedConnectMs = metrics.histogram("failed_connect_latency_ms");
    this.#cancelled = metrics.counter("cancelled_connects");
    this.#waited = metrics.counter("pool_num_waited");
    this.#tooManyWaiters = metrics.counter("pool_num_too_many_waiters");
    const sum = (count: (pool: PoolCounts) => number) => () => {
      let total = 0;
      for (const pool of pools()) total += count(pool);
      return total;
    };
    this.#gauges = closeAll(
      this.connections,
      metrics.gauge("pool_size", () => this.connections.open),
      metrics.gauge(
        "pool_cached",
        sum((pool) => pool.idle),
      ),
      metrics.gauge(
        "pool_waiters",
        sum((pool) => pool.waiting),
      ),
    );
  }

  connected(ms: number): void {
    this.#connectMs.record(ms);
  }
  connectFailed(ms: number): void {
    this.#failedConnectMs.record(ms);
  }
  /** Nobody wanted it any more. */
  connectCancelled(): void {
    this.#cancelled.add();
  }
  waits(): void {
    this.#waited.add();
  }
  turnedAway(): void {
    this.#tooManyWaiters.add();
  }

  close(): void {
    this.#gauges.close();
  }
  [Symbol.dispose](): void {
    this.close();
  }
}
