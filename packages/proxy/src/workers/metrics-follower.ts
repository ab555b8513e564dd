import type { Closable, MetricsNews } from "@namerkit/core";
import type { SharedMetrics, Tenancy } from "../reload/shared-scopes.js";
import type { GaugeSums } from "./gauge-sums.js";

/** Takes what one worker counts into the registry of the primary. */
export class MetricsFollower implements Closable {
  readonly #tenancy: Tenancy;
  readonly #sums: GaugeSums;
  readonly #scopes = new Map<number, Scope>();
  #closed = false;

  /** `sums`: of all workers together. */
  constructor(tenancy: Tenancy, sums: GaugeSums) {
    this.#tenancy = tenancy;
    this.#sums = sums;
    this.#scopes.set(0, { metrics: tenancy.metrics, path: [], below: new Set(), gauges: new Map() });
  }

  /** How many scopes it knows, those that their parents still count included. */
  get size(): number {
    let size = this.#scopes.size;
    for (const { below } of this.#scopes.values()) size += below.size;
    return size;
  }

  apply({ gone, scopes, counters, gauges, histograms }: MetricsNews): void {
    if (this.#closed) return;
    for (const number of gone) this.#forget(number);
    for (const [number, above, name] of scopes) {
      const parent = this.#scopes.get(above);
      if (parent === undefined) continue;
      parent.below.add(number);
      const metrics = parent.metrics.scope(name);
      const path = [...parent.path, name];
      this.#scopes.set(number, { metrics, path, above: parent, below: new Set(), gauges: new Map() });
    }
    for (const [number, name, grown] of counters) this.#scopes.get(number)?.metrics.counter(name).add(grown);
    for (const [number, name, value] of gauges) this.#gauge(number, name, value);
    for (const [number, name, part] of histograms) {
      const histogram = this.#scopes.get(number)?.metrics.histogram(name);
      if (part !== null) histogram?.add(part);
    }
  }

  /** What it has counted stays, what it says of now does not: series that only this worker had go after a while, as after a reload. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#tenancy.retire();
    for (const number of this.#scopes.get(0)?.below ?? []) this.#forget(number);
    this.#dropGauges(0);
    this.#tenancy.leave();
  }
  [Symbol.dispose](): void {
    this.close();
  }

  #gauge(number: number, name: string, value: number | null): void {
    const scope = this.#scopes.get(number);
    if (scope === undefined) return;
    const { gauges, metrics, path } = scope;
    if (value === null) {
      gauges.get(name)?.close();
      gauges.delete(name);
      return;
    }
    let share = gauges.get(name);
    if (share === undefined) {
      share = this.#sums.share(metrics, path, name);
      gauges.set(name, share);
    }
    share.value = value;
  }

  #forget(number: number): void {
    const scope = this.#scopes.get(number);
    if (scope === undefined) return;
    scope.above?.below.delete(number);
    this.#drop(number);
    scope.metrics.remove();
  }

  #drop(number: number): void {
    this.#dropGauges(number);
    for (const below of this.#scopes.get(number)?.below ?? []) this.#drop(below);
    this.#scopes.delete(number);
  }

  #dropGauges(number: number): void {
    for (const share of this.#scopes.get(number)?.gauges.values() ?? []) share.close();
  }
}

interface Scope {
  readonly metrics: SharedMetrics;
  readonly path: readonly string[];
  /** Absent: it is the root. */
  readonly above?: Scope;
  readonly below: Set<number>;
  readonly gauges: Map<string, Closable & { value: number }>;
}
