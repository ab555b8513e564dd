import { built, ignored, required, withDefault } from "../fields/field.js";
import { kinded } from "../fields/kinded.js";
import { refined } from "../fields/refined.js";
import { flag, integer, milliseconds, number, someMilliseconds } from "../fields/scalars.js";
import type { FailureAccrualPlan, LoadBalancerPlan } from "../plan-settings.js";
import { backoff } from "./shared.js";

const probation = {
  enableProbation: ignored(flag, "Keeps endpoints that the catalogue dropped for as long as they answer.", {
    harmless: (value) => !value,
  }),
};
const maxEffort = {
  maxEffort: withDefault(integer(1), 5, "How often a dead endpoint is passed over. Default 5."),
  ...probation,
};

/** How an endpoint is chosen. */
export const loadBalancer = refined(
  kinded({
    p2c: maxEffort,
    ewma: {
      ...maxEffort,
      decayTimeMs: withDefault(someMilliseconds, 10_000, "How long a latency is remembered. Default 10000."),
    },
    aperture: {
      ...maxEffort,
      smoothWindowMs: withDefault(someMilliseconds, 5_000, "Over how long load is averaged. Default 5000."),
      lowLoad: withDefault(number(0), 0.5, "The load below which fewer endpoints are used. Default 0.5."),
      highLoad: withDefault(number(0), 2, "The load above which more are. Default 2.0."),
      minAperture: withDefault(integer(1), 1, "The least number of endpoints. Default 1."),
    },
    heap: probation,
    roundRobin: maxEffort,
  }),
  ({ enableProbation: _, ...plan }, { node, path, reading }): LoadBalancerPlan | undefined => {
    if (plan.kind !== "aperture" || plan.lowLoad <= plan.highLoad) return plan;
    const place = { offset: node.start, path };
    reading.reporter.error("CONFIG_VALUE", place, "lowLoad is above highLoad");
    return undefined;
  },
);

const waits = { backoff: built(backoff, "How long a dead endpoint is left alone. Default 5 s to 300 s, jittered.") };
const share = required(number(0, 1), "The least share of successes.");

/** When an endpoint counts as dead. */
export const failureAccrual = refined(
  kinded({
    "io.l5d.consecutiveFailures": { failures: required(integer(1), "Failures in a row."), ...waits },
    "io.l5d.successRate": {
      successRate: share,
      requests: required(integer(1), "Over so many requests."),
      ...waits,
    },
    "io.l5d.successRateWindowed": {
      successRate: share,
      window: required(number(0.001, 2_147_483), "Over so many seconds."),
      ...waits,
    },
    none: {},
  }),
  (value): FailureAccrualPlan | undefined => {
    if (value.kind === "none") return { kind: "none" };
    const waits = value.backoff === undefined ? {} : { backoff: value.backoff };
    if (value.kind === "io.l5d.consecutiveFailures") {
      const { kind, failures } = value;
      return failures === undefined ? undefined : { kind, failures, ...waits };
    }
    const { successRate } = value;
    if (successRate === undefined) return undefined;
    if (value.kind === "io.l5d.successRate") {
      const { kind, requests } = value;
      return requests === undefined ? undefined : { kind, successRate, requests, ...waits };
    }
    const { kind, window } = value;
    return window === undefined ? undefined : { kind, successRate, windowMs: Math.round(window * 1_000), ...waits };
  },
);

/** Connections to each endpoint. */
export const hostConnectionPoolFields = {
  minSize: built(integer(0), "Connections kept open. Default 0."),
  maxSize: built(integer(1), "Connections to one endpoint. Default: the proxy's own limit."),
  idleTimeMs: built(milliseconds, "How long an unused one is kept."),
  maxWaiters: built(integer(0), "Requests that may wait for one."),
};
