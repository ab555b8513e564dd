import { type Address, type Metrics, noMetrics } from "@namerkit/core";
import { ManualClock } from "@namerkit/core/testing";
import { Balancer } from "../src/balance/balancer.js";
import type { Endpoint, Use } from "../src/balance/endpoint.js";
import { type LoadBalancerOptions, strategy } from "../src/balance/options.js";
import { Accrual, type EndpointOutcome } from "../src/health/accrual.js";
import type { FailureAccrualOptions } from "../src/health/options.js";

export interface BenchOptions {
  readonly clock?: ManualClock;
  readonly random?: () => number;
  readonly loadBalancer?: LoadBalancerOptions;
  readonly failureAccrual?: FailureAccrualOptions;
  readonly failFast?: boolean;
  readonly metrics?: Metrics;
}

/** A balancer alone, on a clock turned by hand. */
export class Bench {
  readonly clock: ManualClock;
  readonly balancer: Balancer;
  readonly closed: string[] = [];
  readonly allDead: boolean[] = [];

  constructor(options: BenchOptions = {}) {
    const { clock = new ManualClock(), random = () => 0, metrics = noMetrics, failFast } = options;
    const { loadBalancer, failureAccrual = { kind: "io.l5d.consecutiveFailures", failures: 2 } } = options;
    this.clock = clock;
    const env = { label: "#/x", random, metrics, log: undefined };
    this.balancer = new Balancer({
      strategy: strategy(loadBalancer, random),
      accrual: new Accrual({ failureAccrual, failFast }, env),
      random,
      closed: ({ ip }) => this.closed.push(ip),
      allDead: (is) => this.allDead.push(is),
    });
  }

  update(addresses: readonly Address[]): void {
    this.balancer.update(addresses, this.clock.now());
  }

  pick(): Endpoint {
    const picked = this.balancer.pick(this.clock.now());
    if (picked === undefined) throw new Error("nothing to pick");
    return picked;
  }

  /** A request to whatever is picked. */
  start(): Use {
    return this.#use(this.pick());
  }

  /** A request to this one, picked or not. */
  startOn(ip: string): Use {
    // What a pick would have noticed: that time has passed.
    this.balancer.downCount(this.clock.now());
    return this.#use(this.at(ip));
  }

  at(ip: string): Endpoint {
    const found = this.balancer.endpoints.find(({ address }) => address.ip === ip);
    if (found === undefined) throw new Error(`no ${ip}`);
    return found;
  }

  end(use: Use, outcome: EndpointOutcome = "success"): void {
    this.balancer.judge(use, outcome, this.clock.now());
    this.balancer.end(use, this.clock.now());
  }

  /** Two failures, which are one too many unless the options say otherwise. */
  kill(ip: string): void {
    for (let i = 0; i < 2; i++) this.end(this.startOn(ip), "failure");
  }

  #use(endpoint: Endpoint): Use {
    const use: Use = { endpoint: undefined, startedAt: 0, deaths: 0, probe: false };
    this.balancer.start(use, endpoint, this.clock.now());
    return use;
  }
}

/** The same irregular sequence in [0, 1) on every run, for each seed from 1 on: Lehmer's generator. */
export function spread(seed = 20_191): () => number {
  let at = (seed % 2_147_483_646) + 1;
  return () => {
    at = (at * 48_271) % 2_147_483_647;
    return at / 2_147_483_647;
  };
}
