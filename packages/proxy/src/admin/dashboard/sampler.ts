import type { Clock, Series } from "@namerkit/core";
import { Turns } from "../../telemetry/turns.js";
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
  #next: Promise<Sampled> | undefined;
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(registry: { series(): Iterable<Series> }, clock: Pick<Clock, "now">) {
    this.#registry = registry;
    this.#clock = clock;
  }

  /** The last one, or a new one if it is time: for all who ask meanwhile. */
  get(): Promise<Sampled> {
    if (this.#last !== undefined && this.#clock.now() < this.#notBefore) return Promise.resolve(this.#last);
    this.#next ??= this.#sample().finally(() => {
      this.#next = undefined;
    });
    return this.#next;
  }

  async #sample(): Promise<Sampled> {
    const at = this.#clock.now();
    const turns = new Turns(this.#clock);
    const sample = await sampleOf(this.#registry.series(), turns);
    const restedMs = Math.max(restMs, turns.workedMs / share);
    const last = this.#last;
    const recent = last !== undefined && at - last.at < forgetMs + restedMs;
    // Rates are known from the second one on, so that one comes soon.
    this.#notBefore = at + (recent ? restedMs : restMs);
    this.#last = { sample, at, before: recent ? { sample: last.sample, at: last.at } : undefined };
    return this.#last;
  }
}
