import { type Clock, type Closable, closeAll, type Metrics } from "@namerkit/core";
import type { Balancer } from "./balance/balancer.js";
import type { RetryBudget } from "./retry-budget.js";

/** Shows a client's balancer and budget under `loadbalancer/…` and `retries/…`, with Linkerd's names, until closed. */
export function clientGauges(metrics: Metrics, clock: Clock, balancer: Balancer, budget: RetryBudget): Closable {
  const scope = metrics.scope("loadbalancer");
  const { counts, strategy } = balancer;
  const size = () => balancer.endpoints.length;
  const down = () => balancer.downCount(clock.now());
  const width = strategy.kind === "aperture_least_loaded" ? strategy.width?.bind(strategy) : undefined;
  return closeAll(
    scope.gauge("size", size),
    scope.gauge("available", () => size() - down()),
    // As in Linkerd, where a dead endpoint is busy, and closed is what no longer takes part: nothing, here as there.
    scope.gauge("busy", down),
    scope.gauge("closed", () => 0),
    scope.gauge("load", () => sum(balancer.endpoints, (endpoint) => endpoint.load)),
    scope.gauge("meanweight", () => {
      return size() === 0 ? 0 : sum(balancer.endpoints, (endpoint) => endpoint.address.weight) / size();
    }),
    scope.gauge(strategy.kind, () => 1),
    ...(width === undefined ? [] : [scope.gauge("logical_aperture", width)]),
    scope.gauge("updates", () => counts.updates),
    scope.gauge("rebuilds", () => counts.rebuilds),
    scope.gauge("adds", () => counts.adds),
    scope.gauge("removes", () => counts.removes),
    scope.gauge("max_effort_exhausted", () => counts.maxEffortExhausted),
    // Whether it could take a request.
    metrics.gauge("available", () => (size() > down() ? 1 : 0)),
    metrics.scope("retries").gauge("budget", () => budget.balance()),
  );
}

function sum<T>(all: readonly T[], number: (one: T) => number): number {
  let total = 0;
  for (const one of all) total += number(one);
  return total;
}
