import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Bench, spread } from "../../test-support/bench.js";
import { host } from "../../test-support/world.js";
import type { EndpointOutcome } from "../health/accrual.js";
import type { FailureAccrualOptions } from "../health/options.js";
import type { Endpoint, Use } from "./endpoint.js";
import type { LoadBalancerOptions } from "./options.js";

const which = fc.nat({ max: 30 });
const step = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("set" as const),
      last: fc.array(fc.nat({ max: 9 }), { maxLength: 10 }),
      by: which,
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("start" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("other" as const), which }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("end" as const),
      which,
      outcome: fc.constantFrom<EndpointOutcome>("success", "failure", "failure", "refused", "ignorable"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(1, 400, 1000, 7000) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const loadBalancer = fc.constantFrom<LoadBalancerOptions>(
  { kind: "p2c" },
  { kind: "ewma", decayTimeMs: 100 },
  { kind: "aperture", smoothWindowMs: 100 },
  { kind: "aperture", smoothWindowMs: 100, minAperture: 4 },
  { kind: "heap" },
  { kind: "roundRobin" },
);
const backoff = { kind: "jittered", minMs: 500, maxMs: 5000 } as const;
const failureAccrual = fc.constantFrom<FailureAccrualOptions>(
  { kind: "none" },
  { kind: "io.l5d.consecutiveFailures", failures: 2, backoff },
  { kind: "io.l5d.successRate", successRate: 0.6, requests: 2, backoff },
  { kind: "io.l5d.successRateWindowed", successRate: 0.6, windowMs: 500, backoff },
);

/** Plays steps against a balancer and, beside it, a plain record of who is in the set and what is under way. */
class Play {
  readonly bench: Bench;
  set = new Set<string>();
  readonly uses: Use[] = [];

  constructor(options: ConstructorParameters<typeof Bench>[0]) {
    this.bench = new Bench(options);
  }

  async step(next: Step): Promise<void> {
    switch (next.do) {
      case "set":
        // Weights move as well, from one set to the next.
        this.bench.update(next.last.map((n) => host(n, ((n + next.by) % 4) / 2)));
        this.set = new Set(next.last.map((n) => host(n).ip));
        break;
      case "start":
        this.#start();
        break;
      case "other":
        this.#other(next.which);
        break;
      case "end": {
        const [use] = this.uses.splice(next.which % Math.max(1, this.uses.length), 1);
        if (use !== undefined) this.bench.end(use, next.outcome);
        break;
      }
      case "wait":
        await this.bench.clock.advance(next.ms);
    }
    this.check();
  }

  #start(): void {
    const now = this.bench.clock.now();
    const picked = this.bench.balancer.pick(now);
    expect(picked === undefined).toBe(this.set.size === 0);
    if (picked === undefined) return;
    this.#expectBest(picked, this.bench.balancer.endpoints);
    this.#use(picked);
  }

  #other(at: number): void {
    const tried = this.uses[at % Math.max(1, this.uses.length)]?.endpoint;
    const left = this.bench.balancer.endpoints.filter((one) => one.key !== tried?.key);
    const picked = this.bench.balancer.pickOther(tried === undefined ? [] : [tried], this.bench.clock.now());
    expect(picked === undefined).toBe(left.length === 0);
    if (picked === undefined) return;
    this.#expectBest(picked, left);
    this.#use(picked);
  }

  /** In the set; dead, and not to be probed, only where all are. */
  #expectBest(picked: Endpoint, among: readonly Endpoint[]): void {
    expect(this.set).toContain(picked.address.ip);
    expect(among).toContain(picked);
    const now = this.bench.clock.now();
    const shunned = (one: Endpoint) => one.dead && one.until > now;
    if (!among.every(shunned)) expect(shunned(picked)).toBe(false);
  }

  #use(endpoint: Endpoint): void {
    const use: Use = { endpoint: undefined, startedAt: 0, deaths: 0, probe: false };
    this.bench.balancer.start(use, endpoint, this.bench.clock.now());
    this.uses.push(use);
  }

  check(): void {
    const { balancer, allDead } = this.bench;
    const { counts, endpoints } = balancer;
    expect(new Set(endpoints.map((one) => one.address.ip))).toEqual(this.set);
    expect(counts.adds - counts.removes).toBe(endpoints.length);
    for (const one of endpoints) {
      expect(one.load).toBe(this.uses.filter((use) => use.endpoint === one).length);
      // A dead endpoint has one probe at a time.
      if (one.dead) {
        const probes = this.uses.filter((use) => use.endpoint === one && use.probe && use.deaths === one.deaths);
        expect(probes.length).toBeLessThanOrEqual(1);
      }
    }
    expect(allDead.at(-1) ?? false).toBe(endpoints.length > 0 && endpoints.every((one) => one.dead));
  }
}

describe("a balancer of any kind, whatever happens in whatever order", () => {
  it("picks only what is in the set, the dead only when all are, and ends with no load", async () => {
    const steps = fc.array(step, { maxLength: 80, size: "max" });
    await fc.assert(
      fc.asyncProperty(
        steps,
        loadBalancer,
        failureAccrual,
        fc.boolean(),
        fc.nat(),
        async (all, lb, fa, failFast, seed) => {
          const play = new Play({ random: spread(seed), loadBalancer: lb, failureAccrual: fa, failFast });
          for (const next of all) await play.step(next);
          for (const use of play.uses.splice(0)) play.bench.end(use, "ignorable");
          play.check();
          play.bench.update([]);
          // Every endpoint that ever was is reported when it is done with: as many as came, less those that came back in time.
          expect(play.bench.closed.length).toBeLessThanOrEqual(play.bench.balancer.counts.adds);
          expect(play.bench.clock.pending).toBe(0);
        },
      ),
      { numRuns: 500 },
    );
  }, 60_000);
});
