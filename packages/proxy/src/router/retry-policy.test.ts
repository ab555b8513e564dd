import { RetryBudget } from "@namerkit/client";
import { memoryMetrics } from "@namerkit/core";
import { ManualClock } from "@namerkit/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RetryPolicy } from "./retry-policy.js";

describe("a retry budget [parity: retries]", () => {
  it("allows 10 a second over 10 seconds, and a fifth of the requests, unless told otherwise", () => {
    const clock = new ManualClock();
    const budget = new RetryBudget(clock);
    expect(budget.balance()).toBe(100);
    for (let i = 0; i < 50; i++) budget.deposit(clock.now());
    expect(budget.balance()).toBe(110);
  });

  it("forgets both what came in and what went out after ttlSecs", async () => {
    const clock = new ManualClock();
    const budget = new RetryBudget(clock, { minRetriesPerSec: 1, percentCanRetry: 1, ttlSecs: 20 });
    for (let i = 0; i < 20; i++) expect(budget.withdraw()).toBe(true);
    expect(budget.withdraw()).toBe(false);
    budget.deposit(clock.now());
    expect([budget.withdraw(), budget.withdraw()]).toEqual([true, false]);
    await clock.advance(22_000);
    expect(budget.balance()).toBe(20);
  });

  it("never allows more than came in and the reserve, whatever happens in whatever order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(fc.constant("in"), fc.constant("out"), fc.nat(3_000))), async (script) => {
        const clock = new ManualClock();
        const budget = new RetryBudget(clock, { minRetriesPerSec: 1, percentCanRetry: 0.5, ttlSecs: 10 });
        const spans =
          Math.ceil(script.reduce<number>((sum, step) => sum + (typeof step === "number" ? step : 0), 0) / 10_000) + 1;
        let allowed = 10 * spans;
        let spent = 0;
        for (const step of script) {
          if (step === "in") {
            budget.deposit(clock.now());
            allowed += 0.5;
          } else if (step === "out") {
            if (budget.withdraw()) spent++;
          } else if (typeof step === "number") {
            await clock.advance(step);
          }
          expect(spent).toBeLessThanOrEqual(allowed);
          expect(budget.balance()).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});

describe("a retry policy [parity: retries]", () => {
  const env = (random: () => number) => {
    const clock = new ManualClock();
    return { clock, random, budget: new RetryBudget(clock) };
  };

  it("waits nothing by default", () => {
    const policy = new RetryPolicy({}, memoryMetrics(), env(Math.random));
    expect([policy.next(0, undefined), policy.next(1, 0)]).toEqual([0, 0]);
  });

  it("waits between the least and three times the wait before, with jitter, up to the most", () => {
    const backoff = { kind: "jittered", minMs: 10, maxMs: 100 } as const;
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (chance) => {
        const policy = new RetryPolicy(
          { retries: { backoff } },
          memoryMetrics(),
          env(() => chance),
        );
        let before: number | undefined;
        for (let retries = 0; retries < 20; retries++) {
          const wait = policy.next(retries, before) ?? Number.NaN;
          expect(wait).toBeGreaterThanOrEqual(10);
          expect(wait).toBeLessThanOrEqual(Math.min(100, (before ?? 10) * 3));
          before = wait;
        }
      }),
    );
  });

  it("takes its gauge away with it", () => {
    const metrics = memoryMetrics();
    const policy = new RetryPolicy({}, metrics, env(Math.random));
    expect(metrics.snapshot()["retries/budget"]).toBe(100);
    policy.close();
    expect(metrics.snapshot()["retries/budget"]).toBeUndefined();
  });
});
