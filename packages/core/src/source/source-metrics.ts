import type { Metrics } from "./env.js";

/** The counters that all sources of one namer share. */
export class SourceMetrics {
  readonly #metrics: Metrics;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** `updates`, `unchanged`, `opens`, `closes` … and whatever authors count. */
  count(name: string, n = 1): void {
    this.#metrics.counter(name).add(n);
  }

  error(code: string): void {
    this.#metrics.counter("errors").add();
    this.#metrics.scope("errors").counter(code).add();
  }

  /** Read at each scrape, for as long as the metrics live. */
  gauges(reads: Readonly<Record<string, () => number>>): void {
    for (const [name, read] of Object.entries(reads)) this.#metrics.gauge(name, read);
  }
}
