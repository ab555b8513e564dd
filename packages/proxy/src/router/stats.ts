import type { Closable, Metrics } from "@namerkit/core";

/** Requests, successes, failures, latency and how many are pending, under Linkerd's names. */
export class RequestStats {
  #pending = 0;
  readonly #requests;
  readonly #success;
  readonly #failures;
  readonly #latency;
  readonly #gauge: Closable;

  constructor(metrics: Metrics) {
    this.#requests = metrics.counter("requests");
    this.#success = metrics.counter("success");
    this.#failures = metrics.counter("failures");
    this.#latency = metrics.histogram("request_latency_ms");
    this.#gauge = metrics.gauge("pending", () => this.#pending);
  }

  get pending(): number {
    return this.#pending;
  }

  begin(): void {
    this.#pending++;
  }

  end(success: boolean, ms: number): void {
    this.#pending--;
    this.#requests.add();
    if (success) this.#success.add();
    else this.#failures.add();
    this.#latency.record(ms);
  }

  close(): void {
    this.#gauge.close();
  }
}

/** Counts answers by status: `status/200`, `status/2XX`, and `status/error` where there was none. */
export class StatusStats {
  readonly #metrics: Metrics;
  readonly #byStatus = new Map<number, readonly { add(): void }[]>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics.scope("status");
  }

  /** `status` 0: no answer. */
  count(status: number): void {
    let counters = this.#byStatus.get(status);
    if (counters === undefined) {
      const metrics = this.#metrics;
      counters =
        status === 0
          ? [metrics.counter("error")]
          : [metrics.counter(String(status)), metrics.counter(`${Math.floor(status / 100)}XX`)];
      this.#byStatus.set(status, counters);
    }
    for (const counter of counters) counter.add();
  }
}
