import type { HistogramPart } from "./histogram.js";
import type { MetricsNode } from "./metrics-node.js";

/** What has happened in a registry since the last time. JSON; scopes are numbered, 0 is the root. */
export interface MetricsNews {
  /** New ones: number, the one above, name. Each comes after the one above it. */
  readonly scopes: readonly (readonly [number, number, string])[];
  /** By how much each has grown; 0 where it is new. */
  readonly counters: readonly (readonly [number, string, number])[];
  /** Those that say something else than before; null: nothing any more. */
  readonly gauges: readonly (readonly [number, string, number | null])[];
  readonly histograms: readonly (readonly [number, string, HistogramPart | null])[];
  /** Scopes that have been removed, those below them not told. Their numbers are not used again. */
  readonly gone: readonly number[];
}

/** Tells what happens in a registry, piece by piece. */
export class MetricsFeed {
  readonly #root: MetricsNode;
  readonly #told = new Map<MetricsNode, Told>();
  #scopes = 0;
  #round = 0;

  constructor(root: MetricsNode) {
    this.#root = root;
  }

  /** Everything at first, then what is new. */
  next(): MetricsNews {
    const news: Writable = { scopes: [], counters: [], gauges: [], histograms: [], gone: [] };
    this.#round++;
    const root = this.#told.get(this.#root) ?? this.#meet(this.#root, undefined);
    this.#tell(this.#root, root, news);
    for (const [node, told] of this.#told) {
      if (told.round === this.#round) continue;
      this.#told.delete(node);
      if (told.above === undefined || told.above.round === this.#round) news.gone.push(told.scope);
    }
    return news;
  }

  #tell(node: MetricsNode, told: Told, news: Writable): void {
    told.round = this.#round;
    const { scope } = told;
    for (const [name, { value }] of node.counters) {
      const before = told.counters.get(name);
      if (value === before) continue;
      told.counters.set(name, value);
      news.counters.push([scope, name, value - (before ?? 0)]);
    }
    for (const name of node.gauges.keys()) {
      const value = node.read(name);
      if (value === undefined || told.gauges.get(name) === value) continue;
      told.gauges.set(name, value);
      news.gauges.push([scope, name, value]);
    }
    for (const name of told.gauges.keys()) {
      if (node.gauges.has(name)) continue;
      told.gauges.delete(name);
      news.gauges.push([scope, name, null]);
    }
    for (const [name, histogram] of node.histograms) {
      const part = histogram.take();
      if (part === undefined && told.histograms.has(name)) continue;
      told.histograms.add(name);
      news.histograms.push([scope, name, part ?? null]);
    }
    for (const [name, child] of node.children) {
      let below = this.#told.get(child);
      if (below === undefined) {
        below = this.#meet(child, told);
        news.scopes.push([below.scope, scope, name]);
      }
      this.#tell(child, below, news);
    }
  }

  #meet(node: MetricsNode, above: Told | undefined): Told {
    const told: Told = {
      scope: above === undefined ? 0 : ++this.#scopes,
      above,
      round: 0,
      counters: new Map(),
      gauges: new Map(),
      histograms: new Set(),
    };
    this.#told.set(node, told);
    return told;
  }
}

/** What is known outside of a scope. */
interface Told {
  readonly scope: number;
  readonly above: Told | undefined;
  /** When it was seen last. */
  round: number;
  readonly counters: Map<string, number>;
  readonly gauges: Map<string, number>;
  readonly histograms: Set<string>;
}

type Writable = { -readonly [K in keyof MetricsNews]: MetricsNews[K][number][] };
