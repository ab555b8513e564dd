import { ManualClock } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { RequeueBudget } from "./requeue-budget.js";

function drain(budget: RequeueBudget): number {
  let taken = 0;
  while (budget.withdraw()) taken++;
  return taken;
}

describe("RequeueBudget", () => {
  it("has ten a second over ten seconds without any traffic, and again once they are past", async () => {
    const clock = new ManualClock();
    const budget = new RequeueBudget(clock);
    expect(drain(budget)).toBe(100);
    await clock.advance(9000);
    expect(drain(budget)).toBe(0);
    await clock.advance(1000);
    expect(drain(budget)).toBe(100);
  });

  it("grows by a fifth of the successes of the last ten seconds", async () => {
    const clock = new ManualClock();
    const budget = new RequeueBudget(clock);
    for (let i = 0; i < 500; i++) budget.deposit(clock.now());
    expect(budget.balance()).toBe(200);
    await clock.advance(10_000);
    expect(budget.balance()).toBe(100);
  });

  it("gives one request a fifth of what there is", () => {
    const budget = new RequeueBudget(new ManualClock());
    expect(budget.perRequest()).toBe(20);
    for (let i = 0; i < 99; i++) budget.withdraw();
    expect(budget.perRequest()).toBe(1);
    budget.withdraw();
    expect(budget.perRequest()).toBe(0);
  });
});
