import { noMetrics } from "@namerkit/core";
import { Balancer } from "../src/balance/balancer.js";
import type { Use } from "../src/balance/endpoint.js";
import { type LoadBalancerOptions, strategy } from "../src/balance/options.js";
import { Accrual } from "../src/health/accrual.js";
import { spread } from "./bench.js";
import { host } from "./world.js";

export interface Experiment {
  readonly loadBalancer: LoadBalancerOptions;
  readonly seed: number;
  /** How long it runs. */
  readonly ms: number;
  /** Requests a millisecond. */
  readonly rate: number;
  readonly endpoints: number;
  /** The last endpoint comes when so many milliseconds are over; requests are counted from then on. */
  readonly joinsAt?: number;
  /** What one request takes, in whole milliseconds, at least 1. */
  latency(endpoint: number, atMs: number, random: () => number): number;
}

/** Latencies of all requests, in milliseconds, in the order in which they began; and how many each endpoint got. */
export function simulate(options: Experiment): { readonly latencies: number[]; readonly counts: number[] } {
  const random = spread(options.seed);
  const balancer = new Balancer({
    strategy: strategy(options.loadBalancer, random),
    accrual: new Accrual(
      { failureAccrual: { kind: "none" } },
      { label: "x", random, metrics: noMetrics, log: undefined },
    ),
    random,
    closed() {},
  });
  const hosts = Array.from({ length: options.endpoints }, (_, i) => host(i + 1));
  const { joinsAt = 1 } = options;
  balancer.update(hosts.slice(0, -1), 0);
  const latencies: number[] = [];
  const counts = hosts.map(() => 0);
  const ending = new Map<number, Use[]>();
  for (let now = 1; now <= options.ms; now++) {
    if (now === joinsAt) balancer.update(hosts, now);
    for (const use of ending.get(now) ?? []) {
      balancer.judge(use, "success", now);
      balancer.end(use, now);
    }
    ending.delete(now);
    for (let due = random() < options.rate % 1 ? Math.ceil(options.rate) : Math.floor(options.rate); due > 0; due--) {
      const endpoint = balancer.pick(now);
      if (endpoint === undefined) throw new Error("nothing to pick");
      const use: Use = { endpoint: undefined, startedAt: 0, deaths: 0, probe: false };
      balancer.start(use, endpoint, now);
      const at = balancer.endpoints.indexOf(endpoint);
      if (now >= joinsAt) counts[at] = (counts[at] as number) + 1;
      const took = options.latency(at, now, random);
      latencies.push(took);
      const then = ending.get(now + took);
      if (then === undefined) ending.set(now + took, [use]);
      else then.push(use);
    }
  }
  return { latencies, counts };
}

/** The published experiment: eleven endpoints, one of which becomes slow after a quarter of the time. The share of requests within a second. */
export function slowEndpoint(loadBalancer: LoadBalancerOptions, seed: number): number {
  const ms = 60_000;
  const { latencies } = simulate({
    loadBalancer,
    seed,
    ms,
    rate: 1,
    endpoints: 11,
    // A few milliseconds mostly, now and then many.
    latency: (endpoint, at, random) =>
      endpoint === 0 && at > ms / 4 ? 2000 : Math.max(1, Math.round(4 * Math.exp(1.2 * normal(random)))),
  });
  return latencies.filter((took) => took <= 1000).length / latencies.length;
}

/** Normally distributed, by Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
