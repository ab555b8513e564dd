import type { Endpoint } from "./endpoint.js";
import { TwoChoices } from "./two-choices.js";

/**
 * What an endpoint without any latency yet costs while it has a request: more than any that has one. A new endpoint thus gets one
 * request, and the next only after that was answered: it starts clean, and is not flooded. Finagle's number: 2^63 - 1, shifted by 16.
 */
const PENALTY = 140_737_488_355_327;
const NS_PER_MS = 1e6;

type Cost = Pick<Endpoint, "cost" | "stamp" | "load">;

/**
 * The less costly of two, cost being the decayed peak latency times one more than the leases that have not ended. A slow answer
 * counts in full at once, faster ones are blended in: an endpoint that becomes slow is avoided after one answer. After Finagle's
 * PeakEwma.
 */
export class PeakEwma extends TwoChoices {
  override readonly kind = "p2c_peak_ewma";
  override readonly timed = true;
  readonly #decayMs: number;

  constructor(random: () => number, decayMs: number) {
    super(random);
    this.#decayMs = decayMs;
  }

  override loadOf(endpoint: Endpoint, now: number): number {
    return peakLoad(endpoint, now, this.#decayMs);
  }

  measured(endpoint: Endpoint, now: number, tookMs: number, answered: boolean): void {
    // One that was given up would have taken longer: that can make the endpoint worse, and never better.
    if (answered || tookMs * NS_PER_MS > endpoint.cost) observe(endpoint, tookMs, now, this.#decayMs);
  }
}

/** In nanoseconds times requests. Reading it is an observation of no latency at all: what is not used becomes attractive again. */
export function peakLoad(of: Cost, now: number, decayMs: number): number {
  observe(of, 0, now, decayMs);
  if (of.cost === 0 && of.load !== 0) return PENALTY + of.load;
  return of.cost * (of.load + 1);
}

/** Takes in one latency, in milliseconds. */
export function observe(of: Cost, tookMs: number, now: number, decayMs: number): void {
  const took = tookMs * NS_PER_MS;
  if (took > of.cost) of.cost = took;
  else if (of.cost > 0) {
    const kept = Math.exp(-Math.max(0, now - of.stamp) / decayMs);
    of.cost = of.cost * kept + took * (1 - kept);
  }
  of.stamp = now;
}
