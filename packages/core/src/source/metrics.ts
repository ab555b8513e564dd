import { type Closable, closable, closedAlready } from "../values/closable.js";
import type { Clock } from "./clock.js";
import type { Metrics } from "./env.js";
import { Histogram, type HistogramSummary } from "./histogram.js";
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
}

/** A registry of its own: nothing is shared between two calls. */
export function memoryMetrics(
  options: { readonly clock?: Pick<Clock, "now">; readonly windowMs?: number } = {},
): MemoryMetrics {
  const clock = options.clock ?? systemClock;
  return new Scope(new Node(), undefined, [], () => new Histogram(clock, options.windowMs));
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

class Counter {
  value = 0;
  add(n = 1): void {
    this.value += n;
  }
}

class Node {
  readonly children = new Map<string, Node>();
  readonly counters = new Map<string, Counter>();
  /** By name, the newest last: that is the one that is read. */
  readonly gauges = new Map<string, (() => number)[]>();
  readonly histograms = new Map<string, Histogram>();

  clear(): void {
    for (const all of [this.children, this.counters, this.gauges, this.histograms]) all.clear();
  }
}

/** Holds its node, so that once that is removed whoever still counts here counts into nothing instead of bringing it back. */
class Scope implements MemoryMetrics {
  readonly #node: Node;
  readonly #parent: Node | undefined;
  readonly #path: readonly string[];
  readonly #newHistogram: () => Histogram;

  constructor(node: Node, parent: Node | undefined, path: readonly string[], newHistogram: () => Histogram) {
    this.#node = node;
    this.#parent = parent;
    this.#path = path;
    this.#newHistogram = newHistogram;
  }

  counter(name: string): { add(n?: number): void } {
    return getOrMake(this.#node.counters, name, () => new Counter());
  }

  gauge(name: string, read: () => number): Closable {
    const { gauges } = this.#node;
    const reads = getOrMake(gauges, name, (): (() => number)[] => []);
    reads.push(read);
    // Whoever took over may leave before the one that it took over from: a reload that comes to nothing.
    return closable(() => {
      const at = reads.lastIndexOf(read);
      if (at !== -1) reads.splice(at, 1);
      if (reads.length === 0 && gauges.get(name) === reads) gauges.delete(name);
    });
  }

  histogram(name: string): { record(value: number): void } {
    return getOrMake(this.#node.histograms, name, this.#newHistogram);
  }

  scope(...names: string[]): MemoryMetrics {
    let parent = this.#parent;
    let node = this.#node;
    for (const name of names) {
      parent = node;
      node = getOrMake(node.children, name, () => new Node());
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

function* seriesOf(node: Node, scope: readonly string[]): Iterable<Series> {
  for (const [name, counter] of node.counters) yield { scope, name, type: "counter", value: counter.value };
  for (const [name, reads] of node.gauges) {
    const value = readable(reads.at(-1));
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

/** One gauge that throws, or knows no number, must not take the whole scrape down. */
function readable(read: (() => number) | undefined): number | undefined {
  try {
    const value = read?.();
    return value !== undefined && Number.isFinite(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const stats = ["max", "min", "p50", "p90", "p95", "p99", "p9990", "p9999", "sum", "avg"] as const;

function flatten(flat: Record<string, number>, key: string, summary: HistogramSummary): void {
  flat[`${key}.count`] = summary.count;
  if (summary.count > 0) for (const stat of stats) flat[`${key}.${stat}`] = summary[stat];
}

function getOrMake<T>(map: Map<string, T>, key: string, make: () => T): T {
  let found = map.get(key);
  if (found === undefined) {
    found = make();
    map.set(key, found);
  }
  return found;
}
