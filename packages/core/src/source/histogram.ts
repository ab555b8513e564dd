import type { Clock } from "./clock.js";

/** What a histogram knows about the last one to two windows (minutes, by default). The quantiles are within 2.5 %. */
export interface HistogramSummary {
  readonly count: number;
  readonly sum: number;
  readonly avg: number;
  readonly min: number;
  readonly max: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p9990: number;
  readonly p9999: number;
  /** Since the histogram was made; these never go back, as rates need it. */
  readonly totalCount: number;
  readonly totalSum: number;
}

const LOWEST = 0.01;
const GROWTH = Math.log(1.05);
/** Up to about 1e9 in steps of 5 %, whatever lies beyond goes to the last bucket. */
const BUCKETS = 521;

const QUANTILES = [0.5, 0.9, 0.95, 0.99, 0.999, 0.9999] as const;

/**
 * A distribution in fixed memory (2 kB for each window in which something was recorded): counts in buckets that grow by 5 %. What is
 * older than two windows is forgotten, so that a quantile speaks of now and not of the day the process started. Keeps no timer.
 */
export class Histogram {
  readonly #clock: Pick<Clock, "now">;
  readonly #windowMs: number;
  #current: Window | undefined;
  #previous: Window | undefined;
  #startedAt: number;
  #totalCount = 0;
  #totalSum = 0;

  constructor(clock: Pick<Clock, "now">, windowMs = 60_000) {
    this.#clock = clock;
    this.#windowMs = windowMs;
    this.#startedAt = clock.now();
  }

  /** Values below 0.01 count as 0.01 in quantiles; NaN is ignored. */
  record(value: number): void {
    if (Number.isNaN(value)) return;
    this.#turn();
    this.#totalCount++;
    this.#totalSum += value;
    this.#current ??= new Window();
    this.#current.record(value);
  }

  summary(): HistogramSummary {
    this.#turn();
    const windows = [this.#previous, this.#current].filter((one) => one !== undefined);
    const count = windows.reduce((sum, one) => sum + one.count, 0);
    const sum = windows.reduce((total, one) => total + one.sum, 0);
    const min = count === 0 ? 0 : Math.min(...windows.map((one) => one.min));
    const max = count === 0 ? 0 : Math.max(...windows.map((one) => one.max));
    const found = count === 0 ? QUANTILES.map(() => 0) : quantiles(count, windows);
    const [p50, p90, p95, p99, p9990, p9999] = found.map((value) => Math.min(max, Math.max(min, value))) as Six;
    const avg = count === 0 ? 0 : sum / count;
    return {
      count,
      sum,
      avg,
      min,
      max,
      p50,
      p90,
      p95,
      p99,
      p9990,
      p9999,
      totalCount: this.#totalCount,
      totalSum: this.#totalSum,
    };
  }

  #turn(): void {
    const elapsed = this.#clock.now() - this.#startedAt;
    if (elapsed < this.#windowMs) return;
    this.#previous = elapsed < 2 * this.#windowMs ? this.#current : undefined;
    this.#current = undefined;
    this.#startedAt += Math.floor(elapsed / this.#windowMs) * this.#windowMs;
  }
}

type Six = [number, number, number, number, number, number];

class Window {
  readonly buckets = new Uint32Array(BUCKETS);
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;

  record(value: number): void {
    const bucket = value <= LOWEST ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log(value / LOWEST) / GROWTH));
    this.buckets[bucket] = (this.buckets[bucket] as number) + 1;
    this.count++;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }
}

/** For each of QUANTILES, in one pass, the middle of the bucket that holds the value of its rank. */
function quantiles(count: number, windows: readonly Window[]): number[] {
  const found: number[] = [];
  let passed = 0;
  let bucket = -1;
  for (const quantile of QUANTILES) {
    while (bucket < BUCKETS - 1 && (passed === 0 || passed < quantile * count)) {
      bucket++;
      for (const window of windows) passed += window.buckets[bucket] as number;
    }
    found.push(LOWEST * Math.exp(GROWTH * (bucket - 0.5)));
  }
  return found;
}
