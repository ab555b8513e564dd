import { type Closable, closedAlready } from "../values/closable.js";
import type { Clock } from "./clock.js";
import type { Metrics } from "./env.js";
import { Histogram, type HistogramPart, type HistogramSummary } from "./histogram.js";
import { MetricsFeed } from "./metrics-feed.js";
import { MetricsNode } from "./metrics-node.js";
import { systemClock } from "./system-clock.js";

/**
 * One series, as an exporter sees it. Scope segments may themselves contain slashes (bound ids do); all series of one scope share
 * one array. A summary is worked out anew each time it is read.
 */
export type Series = { readonly scope: readonly string[]; readonly name: string } & (
  | { readonly type: "counter" | "gauge"; readonly value: number }
  | { readonly type: "histogram"; readonly summary: HistogramSummary }
);

/** Metrics that are kept in memory, to be read by an exporter. */
export interface MemoryMetrics extends Metrics {
  /** Every series of this scope and below, in order of creation; may be read bit by bit. A gauge that throws is left out. */
  series(): Iterable<Series>;
  /** Linkerd's flat metrics.json: scopes and name joined with "/"; a histogram gives `.count`, and if that is not 0 `.max` to `.avg`. */
  snapshot(): Record<string, number>;
  scope(...names: string[]): MemoryMetrics;
  /** Takes in what another histogram has recorded, too. */
  histogram(name: string): { record(value: number): void; add(part: HistogramPart): void };
  /** What happens here, for a registry in another process. One at a time: what one has read, no other reads. */
  feed(): MetricsFeed;
}

/** A registry of its own: nothing is shared between two calls. */
export function memoryMetrics(
  options: { readonly clock?: Pick<Clock, "now">; readonly windowMs?: number } = {},
): MemoryMetrics {
  const clock = options.clock ?? systemClock;
  return new Scope(new MetricsNode(), undefined, [], () => new Histogram(clock, options.windowMs));
}

/** Metrics that go nowhere. */
export const noMetrics: Metrics = {
  counter: () => nowhere,
  gauge: () => closedAlready,
  histogram: () => nowhere,
  scope: () => noMetrics,
  remove() {},
};
const nowhere = { add() {}, record() {} };

/** Holds its node, so that once that is removed whoever still counts here counts into nothing instead of bringing it back. */
class Scope implements MemoryMetrics {
  readonly #node: MetricsNode;
  readonly #parent: MetricsNode | undefined;
  readonly #path: readonly string[];
  readonly #newHistogram: () => Histogram;

  constructor(
    node: MetricsNode,
    parent: MetricsNode | undefined,
    path: readonly string[],
    newHistogram: () => Histogram,
  ) {
    this.#node = node;
    this.#parent = parent;
    this.#path = path;
    this.#newHistogram = newHistogram;
  }

  counter(name: string): { add(n?: number): void } {
    return this.#node.counter(name);
  }

  gauge(name: string, read: () => number): Closable {
    return this.#node.gauge(name, read);
  }

  histogram(name: string): Histogram {
    return this.#node.histogram(name, this.#newHistogram);
  }

  scope(...names: string[]): MemoryMetrics {
    let parent = this.#parent;
    let node = this.#node;
    for (const name of names) {
      parent = node;
      node = node.child(name);
    }
    return new Scope(node, parent, [...this.#path, ...names], this.#newHistogram);
  }

  remove(): void {
    const name = this.#path.at(-1);
    if (name === undefined) this.#node.clear();
    // Not a newer one of the same name.
    else if (this.#parent?.children.get(name) === this.#node) this.#parent.children.delete(name);
  }

  series(): Iterable<Series> {
    return seriesOf(this.#node, this.#path);
  }

  feed(): MetricsFeed {
    return new MetricsFeed(this.#node);
  }

  snapshot(): Record<string, number> {
    const flat: Record<string, number> = {};
    for (const one of this.series()) {
      const key = [...one.scope, one.name].join("/");
      if (one.type !== "histogram") flat[key] = one.value;
      else flatten(flat, key, one.summary);
    }
    return flat;
  }
}

function* seriesOf(node: MetricsNode, scope: readonly string[]): Iterable<Series> {
  for (const [name, counter] of node.counters) yield { scope, name, type: "counter", value: counter.value };
  for (const name of node.gauges.keys()) {
    const value = node.read(name);
    if (value !== undefined) yield { scope, name, type: "gauge", value };
  }
  for (const [name, one] of node.histograms) yield new HistogramSeries(scope, name, one);
  for (const [name, child] of node.children) yield* seriesOf(child, [...scope, name]);
}

/** Summed up only for who asks: with thousands of histograms that takes a while. */
class HistogramSeries {
  readonly scope: readonly string[];
  readonly name: string;
  readonly type = "histogram";
  readonly #histogram: Histogram;

  constructor(scope: readonly string[], name: string, histogram: Histogram) {
    this.scope = scope;
    this.name = name;
    this.#histogram = histogram;
  }

  get summary(): HistogramSummary {
    return this.#histogram.summary();
  }
}

const stats = ["max", "min", "p50", "p90", "p95", "p99", "p9990", "p9999", "sum", "avg"] as const;

function flatten(flat: Record<string, number>, key: string, summary: HistogramSummary): void {
  flat[`${key}.count`] = summary.count;
  if (summary.count > 0) for (const stat of stats) flat[`${key}.${stat}`] = summary[stat];
}
