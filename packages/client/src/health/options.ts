import { atLeast, within } from "../range.js";
import { type Backoff, type BackoffOptions, backoff } from "./backoff.js";
import { ConsecutiveFailures, type FailurePolicy, SuccessRateOfRequests, SuccessRateOfTime } from "./policy.js";

/**
 * When an endpoint is taken for dead, and for how long it is then left alone before it is probed. Linkerd's kinds and defaults; the
 * back-off of all is equally jittered from 5 s to 300 s unless given.
 */
export type FailureAccrualOptions =
  /** Never. */
  | { readonly kind: "none" }
  /** After so many failures in a row. */
  | { readonly kind: "io.l5d.consecutiveFailures"; readonly failures: number; readonly backoff?: BackoffOptions }
  /** When less than `successRate` (0 to 1) of about the last `requests` succeeded. */
  | {
      readonly kind: "io.l5d.successRate";
      readonly successRate: number;
      readonly requests: number;
      readonly backoff?: BackoffOptions;
    }
  /** When less than `successRate` of those within `windowMs` succeeded, if they were at least five. */
  | {
      readonly kind: "io.l5d.successRateWindowed";
      readonly successRate: number;
      readonly windowMs: number;
      readonly backoff?: BackoffOptions;
    };

const DEFAULT_ACCRUAL: FailureAccrualOptions = { kind: "io.l5d.consecutiveFailures", failures: 5 };
const DEFAULT_BACKOFF: BackoffOptions = { kind: "equalJittered", minMs: 5000, maxMs: 300_000 };

/** How policies of one client are made, and what they are called in the log. */
export interface Policies {
  readonly text: string;
  make(now: number): FailurePolicy;
}

/** Undefined: nothing is accrued. Throws CLIENT_OPTIONS. */
export function policies(options: FailureAccrualOptions = DEFAULT_ACCRUAL, random: () => number): Policies | undefined {
  if (options.kind === "none") return undefined;
  const pause = (): Backoff => backoff(options.backoff ?? DEFAULT_BACKOFF, random);
  // Checked now, and not with the first endpoint.
  pause();
  if (options.kind === "io.l5d.consecutiveFailures") {
    const failures = atLeast(1, "failures", options.failures);
    return {
      text: `consecutiveFailures(failures=${failures})`,
      make: () => new ConsecutiveFailures(failures, pause()),
    };
  }
  const rate = within("successRate", options.successRate, 0, 1);
  if (options.kind === "io.l5d.successRate") {
    const requests = atLeast(1, "requests", options.requests);
    return {
      text: `successRate(successRate=${rate}, requests=${requests})`,
      make: () => new SuccessRateOfRequests(rate, requests, pause()),
    };
  }
  const windowMs = atLeast(1, "windowMs", options.windowMs);
  return {
    text: `successRateWindowed(successRate=${rate}, windowMs=${windowMs})`,
    make: (now) => new SuccessRateOfTime(rate, windowMs, pause(), now),
  };
}
