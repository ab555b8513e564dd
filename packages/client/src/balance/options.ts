import { atLeast } from "../range.js";
import { Aperture } from "./aperture.js";
import { Heap } from "./heap.js";
import { PeakEwma } from "./peak-ewma.js";
import { RoundRobin } from "./round-robin.js";
import type { Strategy } from "./strategy.js";
import { TwoChoices } from "./two-choices.js";
import { WeightClasses } from "./weight-classes.js";

/**
 * How an endpoint is chosen: Linkerd's kinds, with its defaults. `maxEffort` is taken for its sake and changes nothing: Finagle draws
 * so many times before it makes do with a dead endpoint; here the open ones are kept apart, and one draw is always enough.
 */
export type LoadBalancerOptions =
  | { readonly kind: "p2c"; readonly maxEffort?: number }
  | { readonly kind: "ewma"; readonly maxEffort?: number; readonly decayTimeMs?: number }
  | {
      readonly kind: "aperture";
      readonly maxEffort?: number;
      readonly smoothWindowMs?: number;
      readonly lowLoad?: number;
      readonly highLoad?: number;
      readonly minAperture?: number;
    }
  | { readonly kind: "heap"; readonly maxEffort?: number }
  | { readonly kind: "roundRobin"; readonly maxEffort?: number };

/** `random`: uniform in [0, 1). Throws CLIENT_OPTIONS. */
export function strategy(options: LoadBalancerOptions = { kind: "p2c" }, random: () => number): Strategy {
  switch (options.kind) {
    case "p2c":
      return new WeightClasses(() => new TwoChoices(random), random);
    case "ewma": {
      const decayMs = atLeast(1, "decayTimeMs", options.decayTimeMs ?? 10_000);
      return new WeightClasses(() => new PeakEwma(random, decayMs), random);
    }
    case "aperture": {
      const lowLoad = atLeast(0, "lowLoad", options.lowLoad ?? 0.5);
      const aperture = {
        smoothWindowMs: atLeast(1, "smoothWindowMs", options.smoothWindowMs ?? 5000),
        lowLoad,
        highLoad: atLeast(lowLoad, "highLoad", options.highLoad ?? 2),
        minAperture: atLeast(1, "minAperture", options.minAperture ?? 1),
      };
      return new WeightClasses(() => new Aperture(random, aperture), random);
    }
    case "heap":
      return new WeightClasses(() => new Heap(random), random);
    case "roundRobin":
      return new RoundRobin(random);
  }
}
