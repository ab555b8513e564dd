import type { Clock, Series } from "@namerkit/core";
import { type Sample, sampleOf } from "./sample.js";

/** Between two samples; several people who look share them. */
const restMs = 900;
/** With thousands of clients a sample takes a while; it may take so much of the time at the most. */
const share = 0.05;
/** A sample older than this says nothing of what is going on now. */
const forgetMs = 15_000;

export interface Sampled {
  readonly sample: Sample;
  readonly at: number;
  /** The sample before, while it is recent. */
  readonly before: { readonly sample: Sample; readonly at: number } | undefined;
}

/** Samples only while somebody looks, and never at more than its share of the time. */
export class Sampler {
  readonly #registry: { series(): Iterable<Series> };
  readonly #clock: Pick<Clock, "now">;
  #last: Sampled | undefined;
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(registry: { series(): Iterable<Series> }, clock: Pick<Clock, "now">) {
    this.#registry = registry;
    this.#clock = clock;
  }

  get(): Sampled {
    const at = this.#clock.now();
    const last = this.#last;
    if (last !== undefined && at < this.#notBefore) return last;
    const sample = sampleOf(this.#registry.series());
    const tookMs = this.#clock.now() - at;
    this.#notBefore = at + Math.max(restMs, tookMs / share);
    const recent = last !== undefined && at - last.at < forgetMs + tookMs / share;
    this.#last = { sample, at, before: recent ? { sample: last.sample, at: last.at } : undefined };
    return this.#last;
  }
}
