import { type Closable, closable, closedAlready } from "../values/closable.js";
import type { Clock } from "./clock.js";
import type { Metrics } from "./env.js";
import { Histogram, type HistogramSummary } from "./histogram.js";
import { systemClock } from "./system-clock.js";

/** One series, as an exporter sees it. Scope segments may themselves contain slashes (bound ids do). */
export type Series = { readonly scope: readonly string[]; readonly name: string } & (
  | { readonly type: "counter" | "gauge"; readonly value: number }
  | { readonly type: "histogram"; readonly summary: HistogramSummary }
);

/** Metrics that are kept in memory, to be read by an exporter. */
export interface MemoryMetrics extends Metrics {
  /** Every series of this scope and below, in order of creation. A gauge that throws is left out. */
  series(): Iterable<Series>;
  /** Linkerd's flat metrics.json: scopes and name joined with "/"; a histogram gives `.count`, and if that is not 0 `.max` to `.avg`. */
  snapshot(): Record<string, number>;
}

/** A registry of its own: nothing is shared between two calls. */
export function memoryMetrics(
  options: { readonly clock?: Pick<Clock, "now">; readonly windowMs?: number } = {},
): MemoryMetrics {
  const clock = options.clock ?? systemClock;
  return new Scope(new Node(), [], () => new Histogram(clock, options.windowMs));
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
  readonly gauges = new Map<string, () => number>();
  readonly histograms = new Map<string, Histogram>();

  clear(): void {
    for (const all of [this.children, this.counters, this.gauges, this.histograms]) all.clear();
  }
}

class Scope implements MemoryMetrics {
  readonly #root: Node;
  readonly #path: readonly string[];
  readonly #newHistogram: () => Histogram;

  constructor(root: Node, path: readonly string[], newHistogram: () => Histogram) {
    this.#root = root;
    this.#path = path;
    this.#newHistogram = newHistogram;
  }

  counter(name: string): { add(n?: number): void } {
    return getOrMake(this.#node().counters, name, () => new Counter());
  }

  gauge(name: string, read: () => number): Closable {
    const { gauges } = this.#node();
    gauges.set(name, read);
    // Only its own: a newer gauge of the same name belongs to whoever took over.
    return closable(() => {
      if (gauges.get(name) === read) gauges.delete(name);
    });
  }

  histogram(name: string): { record(value: number): void } {
    return getOrMake(this.#node().histograms, name, this.#newHistogram);
  }

  scope(...names: string[]): MemoryMetrics {
    return new Scope(this.#root, [...this.#path, ...names], this.#newHistogram);
  }

  remove(): void {
    const last = this.#path.at(-1);
    const parent = this.#find(this.#path.slice(0, -1));
    if (last === undefined) this.#root.clear();
    else parent?.children.delete(last);
  }

  *series(): Iterable<Series> {
    const node = this.#find(this.#path);
    if (node !== undefined) yield* seriesOf(node, this.#path);
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

  #find(path: readonly string[]): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const name of path) node = node?.children.get(name);
    return node;
  }

  #node(): Node {
    let node = this.#root;
    for (const name of this.#path) node = getOrMake(node.children, name, () => new Node());
    return node;
  }
}

function* seriesOf(node: Node, scope: readonly string[]): Iterable<Series> {
  for (const [name, counter] of node.counters) yield { scope, name, type: "counter", value: counter.value };
  for (const [name, read] of node.gauges) {
    const value = readable(read);
    if (value !== undefined) yield { scope, name, type: "gauge", value };
  }
  for (const [name, one] of node.histograms) yield { scope, name, type: "histogram", summary: one.summary() };
  for (const [name, child] of node.children) yield* seriesOf(child, [...scope, name]);
}

/** One gauge that throws, or knows no number, must not take the whole scrape down. */
function readable(read: () => number): number | undefined {
  try {
    const value = read();
    return Number.isFinite(value) ? value : undefined;
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
