import { ManualClock } from "@namerkit/core/testing";
import { expect } from "vitest";
import { BUSY, DEAD, Endpoint, OPEN } from "../../../packages/client/src/balance/endpoint.js";
import { observe, peakLoad } from "../../../packages/client/src/balance/peak-ewma.js";
import { better, secondIndex, TwoChoices } from "../../../packages/client/src/balance/two-choices.js";
import { backoff } from "../../../packages/client/src/health/backoff.js";
import {
  ConsecutiveFailures,
  type FailurePolicy,
  SuccessRateOfRequests,
} from "../../../packages/client/src/health/policy.js";
import { RetryBudget } from "../../../packages/client/src/retry-budget.js";
import { WeightedDraw } from "../../../packages/client/src/weighted-draw.js";
import { host } from "../../../packages/client/test-support/world.js";
import { type Adapter, unknownOp, type VectorCase } from "../adapter.js";

type Step = Readonly<Record<string, unknown>>;

export const adapter: Adapter = (one, file) => {
  switch (one["op"]) {
    case "peakEwma":
      return peakEwma(one);
    case "weightedPick":
      return weightedPick(one);
    case "p2cIndices":
      return p2cIndices(one);
    case "p2cChoose":
      return p2cChoose(one);
    case "retryBudget":
      return retryBudget(one);
    case "successRate":
      return marks(one, new SuccessRateOfRequests(number(one, "successRate"), number(one, "requests"), pause()));
    case "consecutiveFailures":
      return marks(one, new ConsecutiveFailures(number(one, "failures"), pause()));
    default:
      return unknownOp(one, file);
  }
};

function peakEwma(one: VectorCase): void {
  const decay = number(one, "decayTimeMs");
  const node = { cost: 0, stamp: 0, load: 0 };
  const started = new Map<unknown, number>();
  for (const step of steps(one)) {
    const at = number(step, "atMs");
    if (step["op"] === "start") {
      node.load++;
      started.set(step["req"], at);
    } else if (step["op"] === "end") {
      node.load--;
      observe(node, at - (started.get(step["req"]) as number), at, decay);
    } else if (step["op"] === "load") {
      expect(relative(peakLoad(node, at, decay), number(step, "expect"))).toBeLessThan(1e-9);
    } else throw new Error(`unknown step ${String(step["op"])}`);
  }
}

/** The share of each index, over as many even parts of the random numbers as give whole numbers. */
function weightedPick(one: VectorCase): void {
  const draw = new WeightedDraw(one["weights"] as number[]);
  const expected = one["probability"] as number[];
  const parts = 10_000;
  const counts = expected.map(() => 0);
  for (let i = 0; i < parts; i++) {
    const at = draw.draw(() => (i + 0.5) / parts);
    counts[at] = (counts[at] as number) + 1;
  }
  for (const [i, share] of expected.entries()) expect((counts[i] as number) / parts).toBeCloseTo(share, 3);
  expect(draw.alias).toEqual(one["alias"]);
  for (const [i, share] of (one["aliasProb"] as number[]).entries()) expect(draw.shares[i]).toBeCloseTo(share, 9);
}

function p2cIndices(one: VectorCase): void {
  const first = number(one, "firstDraw");
  const second = secondIndex(first, number(one, "secondDrawBelowSizeMinusOne"));
  expect([first, second]).toEqual(one["expect"]);
  expect(second).toBeLessThan(number(one, "size"));
}

const ranks = { open: OPEN, busy: BUSY, closed: DEAD } as const;

function p2cChoose(one: VectorCase): void {
  const made = (which: string): Endpoint => {
    const { status, load } = one[which] as { status: keyof typeof ranks; load: number };
    const endpoint = new Endpoint(which, host(1));
    endpoint.rank = ranks[status];
    endpoint.load = load;
    return endpoint;
  };
  expect(better(made("a"), made("b"), new TwoChoices(Math.random), 0).key).toBe(one["expect"]);
}

function retryBudget(one: VectorCase): void {
  const clock = new ManualClock();
  const budget = new RetryBudget(clock, {
    minRetriesPerSec: number(one, "minRetriesPerSec"),
    percentCanRetry: number(one, "percentCanRetry"),
    ttlSecs: number(one, "ttlSecs"),
  });
  expect(budget.balance()).toBe(one["initialBalance"]);
  for (const step of steps(one)) {
    if (step["op"] === "deposit") budget.deposit(clock.now());
    else if (step["op"] === "withdraw") expect(budget.withdraw()).toBe(step["ok"]);
    else throw new Error(`unknown step ${String(step["op"])}`);
    expect(budget.balance()).toBe(step["balance"]);
  }
}

function marks(one: VectorCase, policy: FailurePolicy & { readonly rate?: number }): void {
  for (const step of steps(one)) {
    let dead = false;
    if (step["result"] === "success") policy.succeeded(0);
    else if (step["result"] === "failure") dead = policy.failed(0) !== undefined;
    else throw new Error(`unknown result ${String(step["result"])}`);
    expect(dead).toBe(step["markDead"]);
    if (step["ema"] !== undefined) expect(policy.rate).toBeCloseTo(number(step, "ema"), 9);
  }
}

function pause() {
  return backoff({ kind: "constant", ms: 1 }, Math.random);
}

function steps(one: VectorCase): readonly Step[] {
  const all = one["steps"];
  if (!Array.isArray(all) || all.length === 0) throw new Error("the case has no steps");
  return all as Step[];
}

function number(of: Step, field: string): number {
  const value = of[field];
  if (typeof value !== "number") throw new Error(`there is no number "${field}"`);
  return value;
}

function relative(a: number, b: number): number {
  return Math.abs(a - b) / Math.max(1, Math.abs(b));
}
