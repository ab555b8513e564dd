import { type Closable, closeAll, type Metrics } from "@namerkit/core";
import type { Balancer } from "./balancer.js";
import type { RequeueBudget } from "./requeue-budget.js";

/** Shows a client's balancer and budget under `loadbalancer/…` and `retries/…`, with Linkerd's names, until closed. */
export function clientGauges(metrics: Metrics, balancer: Balancer, budget: RequeueBudget): Closable {
  const scope = metrics.scope("loadbalancer");
  const { counts } = balancer;
  const size = () => balancer.endpoints.length;
  return closeAll(
    scope.gauge("size", size),
    scope.gauge("available", () => size() - balancer.busyCount()),
    scope.gauge("busy", () => balancer.busyCount()),
    // Endpoints close with work C, where failures are accrued; until then none does.
    scope.gauge("closed", () => 0),
    scope.gauge("load", () => sum(balancer.endpoints, (endpoint) => endpoint.load)),
    scope.gauge("meanweight", () => {
      return size() === 0 ? 0 : sum(balancer.endpoints, (endpoint) => endpoint.address.weight) / size();
    }),
    scope.gauge("p2c", () => 1),
    scope.gauge("updates", () => counts.updates),
    scope.gauge("rebuilds", () => counts.rebuilds),
    scope.gauge("adds", () => counts.adds),
    scope.gauge("removes", () => counts.removes),
    scope.gauge("max_effort_exhausted", () => counts.maxEffortExhausted),
    metrics.scope("retries").gauge("budget", () => budget.balance()),
  );
}

function sum<T>(all: readonly T[], number: (one: T) => number): number {
  let total = 0;
  for (const one of all) total += number(one);
  return total;
}
