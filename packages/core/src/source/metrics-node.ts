import { type Closable, closable } from "../values/closable.js";
import type { Histogram } from "./histogram.js";

/** One scope of a registry. */
export class MetricsNode {
  readonly children = new Map<string, MetricsNode>();
  readonly counters = new Map<string, Counter>();
  /** By name, the newest last: that is the one that is read. */
  readonly gauges = new Map<string, (() => number)[]>();
  readonly histograms = new Map<string, Histogram>();

  child(name: string): MetricsNode {
    return getOrMake(this.children, name, () => new MetricsNode());
  }

  counter(name: string): Counter {
    return getOrMake(this.counters, name, () => new Counter());
  }

  gauge(name: string, read: () => number): Closable {
    const { gauges } = this;
    const reads = getOrMake(gauges, name, (): (() => number)[] => []);
    reads.push(read);
    // Whoever took over may leave before the one that it took over from: a reload that comes to nothing.
    return closable(() => {
      const at = reads.lastIndexOf(read);
      if (at !== -1) reads.splice(at, 1);
      if (reads.length === 0 && gauges.get(name) === reads) gauges.delete(name);
    });
  }

  histogram(name: string, make: () => Histogram): Histogram {
    return getOrMake(this.histograms, name, make);
  }

  /** What a gauge says. One that throws, or knows no number, must not take the whole scrape down. */
  read(gauge: string): number | undefined {
    try {
      const value = this.gauges.get(gauge)?.at(-1)?.();
      return value !== undefined && Number.isFinite(value) ? value : undefined;
    } catch {
      return undefined;
    }
  }

  clear(): void {
    for (const all of [this.children, this.counters, this.gauges, this.histograms]) all.clear();
  }
}

class Counter {
  value = 0;
  add(n = 1): void {
    this.value += n;
  }
}

function getOrMake<T>(map: Map<string, T>, key: string, make: () => T): T {
  let found = map.get(key);
  if (found === undefined) {
    found = make();
    map.set(key, found);
  }
  return found;
}
