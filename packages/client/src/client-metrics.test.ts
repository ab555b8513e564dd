import { describe, expect, it } from "vitest";
import { host, noDtab, World, web } from "../test-support/world.js";
import type { LoadBalancerOptions } from "./balance/options.js";

async function shown(loadBalancer: LoadBalancerOptions) {
  const world = new World();
  const client = world.client({
    tuning: () => ({ loadBalancer, failureAccrual: { kind: "io.l5d.consecutiveFailures", failures: 1 } }),
  });
  world.resolve("/svc/web", world.leaf("/#/web"));
  world.addr("/#/web").update({ type: "bound", addresses: [host(1, 1), host(2, 3)], meta: {} });
  (await client.acquire(web, noDtab)).release("failure");
  await client.acquire(web, noDtab);
  const scope = "client/#/web/loadbalancer/";
  const all = Object.entries(world.metrics.snapshot()).filter(([name]) => name.startsWith(scope));
  return Object.fromEntries(all.map(([name, value]) => [name.slice(scope.length), value]));
}

describe("what a client shows of its balancer", () => {
  const same = {
    size: 2,
    available: 1,
    busy: 1,
    closed: 0,
    load: 1,
    meanweight: 2,
    adds: 2,
    removes: 0,
    updates: 1,
    rebuilds: 1,
    max_effort_exhausted: 0,
  };

  it.each([
    { options: { kind: "p2c" }, own: { p2c: 1 } },
    { options: { kind: "ewma" }, own: { p2c_peak_ewma: 1 } },
    { options: { kind: "aperture" }, own: { aperture_least_loaded: 1, logical_aperture: 2 } },
    { options: { kind: "heap" }, own: { heap_least_loaded: 1 } },
    { options: { kind: "roundRobin" }, own: { round_robin: 1 } },
  ] as const)("has Linkerd's names for $options.kind", async ({ options, own }) => {
    expect(await shown(options)).toEqual({ ...same, ...own });
  });
});
