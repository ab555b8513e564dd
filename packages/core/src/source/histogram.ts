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

/** What several histograms have recorded, to be added up. JSON. */
export interface HistogramPart {
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** Index and count of each bucket that has any, one after the other. */
  readonly buckets: readonly number[];
}

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
  /** What has been recorded since the last `take`, once somebody takes. */
  #untaken: Window | undefined;
  #taken = false;

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
    const bucket = bucketOf(value);
    this.#current.record(value, bucket);
    if (!this.#taken) return;
    this.#untaken ??= new Window();
    this.#untaken.record(value, bucket);
  }

  /** What has been recorded since the last call; undefined if nothing was. The first call gives what there is of now. */
  take(): HistogramPart | undefined {
    let part = this.#untaken;
    if (!this.#taken) {
      this.#taken = true;
      this.#turn();
      part = new Window();
      for (const window of this.#windows) part.add(window.part());
    }
    this.#untaken = undefined;
    return part === undefined || part.count === 0 ? undefined : part.part();
  }

  /** As if all of it had been recorded here, now. */
  add(part: HistogramPart): void {
    this.#turn();
    this.#current ??= new Window();
    const before = this.#current.count;
    this.#current.add(part);
    this.#totalCount += this.#current.count - before;
    this.#totalSum += part.sum;
  }

  summary(): HistogramSummary {
    this.#turn();
    const windows = this.#windows;
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

  get #windows(): readonly Window[] {
    return [this.#previous, this.#current].filter((one) => one !== undefined);
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

  record(value: number, bucket: number): void {
    this.buckets[bucket] = (this.buckets[bucket] as number) + 1;
    this.count++;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  add({ sum, min, max, buckets }: HistogramPart): void {
    for (let i = 0; i + 1 < buckets.length; i += 2) {
      const bucket = Math.min(BUCKETS - 1, buckets[i] as number);
      const count = buckets[i + 1] as number;
      this.buckets[bucket] = (this.buckets[bucket] as number) + count;
      this.count += count;
    }
    this.sum += sum;
    this.min = Math.min(this.min, min);
    this.max = Math.max(this.max, max);
  }

  part(): HistogramPart {
    const buckets: number[] = [];
    this.buckets.forEach((count, bucket) => {
      if (count > 0) buckets.push(bucket, count);
    });
    return { sum: this.sum, min: this.min, max: this.max, buckets };
  }
}

function bucketOf(value: number): number {
  return value <= LOWEST ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log(value / LOWEST) / GROWTH));
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
