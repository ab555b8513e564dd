import { ManualClock } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { type BudgetOptions, RetryBudget } from "./retry-budget.js";

function drain(budget: RetryBudget): number {
  let taken = 0;
  while (budget.withdraw()) taken++;
  return taken;
}

describe("RetryBudget", () => {
  it("has ten a second over ten seconds without any traffic, and again once they are past", async () => {
    const clock = new ManualClock();
    const budget = new RetryBudget(clock);
    expect(drain(budget)).toBe(100);
    await clock.advance(9000);
    expect(drain(budget)).toBe(0);
    await clock.advance(1000);
    expect(drain(budget)).toBe(100);
  });

  it("grows by a fifth of the successes of the last ten seconds", async () => {
    const clock = new ManualClock();
    const budget = new RetryBudget(clock);
    for (let i = 0; i < 500; i++) budget.deposit(clock.now());
    expect(budget.balance()).toBe(200);
    await clock.advance(10_000);
    expect(budget.balance()).toBe(100);
  });

  it("gives one request a fifth of what there is", () => {
    const budget = new RetryBudget(new ManualClock());
    expect(budget.perRequest()).toBe(20);
    for (let i = 0; i < 99; i++) budget.withdraw();
    expect(budget.perRequest()).toBe(1);
    budget.withdraw();
    expect(budget.perRequest()).toBe(0);
  });

  it("lets each request be tried twice more at 2, and nothing without a reserve before that", () => {
    const clock = new ManualClock();
    const budget = new RetryBudget(clock, { minRetriesPerSec: 0, percentCanRetry: 2, ttlSecs: 60 });
    expect(drain(budget)).toBe(0);
    budget.deposit(clock.now());
    expect(drain(budget)).toBe(2);
  });

  it("has its reserve alone where no share may be tried again, and never anything without both", () => {
    const clock = new ManualClock();
    const reserve = new RetryBudget(clock, { minRetriesPerSec: 1, percentCanRetry: 0 });
    const never = new RetryBudget(clock, { minRetriesPerSec: 0, percentCanRetry: 0 });
    for (let i = 0; i < 100; i++) for (const budget of [reserve, never]) budget.deposit(clock.now());
    expect([drain(reserve), drain(never)]).toEqual([10, 0]);
  });

  it("refuses what is out of range", () => {
    const make = (options: BudgetOptions) => () => new RetryBudget(new ManualClock(), options);
    for (const options of [
      { ttlSecs: 0 },
      { ttlSecs: 61 },
      { percentCanRetry: -1 },
      { minRetriesPerSec: Number.NaN },
    ]) {
      expect(make(options)).toThrow(expect.objectContaining({ code: "CLIENT_OPTIONS" }));
    }
  });
});
