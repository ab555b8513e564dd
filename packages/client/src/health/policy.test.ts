import { describe, expect, it } from "vitest";
import { spread } from "../../test-support/bench.js";
import { type BackoffOptions, backoff } from "./backoff.js";
import { type FailureAccrualOptions, policies } from "./options.js";
import type { FailurePolicy } from "./policy.js";

function policy(options: FailureAccrualOptions | undefined, now = 0, random: () => number = () => 0): FailurePolicy {
  const made = policies(options, random)?.make(now);
  if (made === undefined) throw new Error("no policy");
  return made;
}

const ms = (ms: number): BackoffOptions => ({ kind: "constant", ms });

describe("consecutive failures [parity: failure-accrual]", () => {
  it("are five by default, and then the back-off begins with five seconds and doubles up to five minutes", () => {
    const five = policy(undefined);
    for (let i = 0; i < 4; i++) expect(five.failed(0)).toBeUndefined();
    const first = five.failed(0);
    const rest = Array.from({ length: 8 }, () => five.probeFailed(0));
    expect([first, ...rest]).toEqual([5000, 5000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
    five.revived(0);
    for (let i = 0; i < 4; i++) expect(five.failed(0)).toBeUndefined();
    expect(five.failed(0)).toBe(5000);
  });

  it("are no longer consecutive after a success", () => {
    const two = policy({ kind: "io.l5d.consecutiveFailures", failures: 2, backoff: ms(1) });
    for (let i = 0; i < 10; i++) {
      expect(two.failed(0)).toBeUndefined();
      two.succeeded(0);
    }
    two.failed(0);
    expect(two.failed(0)).toBe(1);
  });
});

describe("a success rate over a time [parity: failure-accrual]", () => {
  const windowed: FailureAccrualOptions = {
    kind: "io.l5d.successRateWindowed",
    successRate: 0.5,
    windowMs: 10_000,
    backoff: ms(7),
  };

  it("says nothing within the first window, nor of fewer than five requests", () => {
    const early = policy(windowed, 1000);
    for (let now = 1000; now < 11_000; now += 1000) expect(early.failed(now)).toBeUndefined();
    expect(early.failed(11_000)).toBe(7);
    const rare = policy(windowed);
    for (let now = 0; now < 200_000; now += 2500) expect(rare.failed(now)).toBeUndefined();
  });

  it("counts what is recent for more", () => {
    const rated = policy(windowed);
    for (let now = 0; now < 20_000; now += 100) rated.succeeded(now);
    let now = 20_000;
    while (rated.failed(now) === undefined) now += 100;
    // Half of what was known is forgotten after ln 2 of the window.
    expect(now - 20_000).toBeGreaterThan(6000);
    expect(now - 20_000).toBeLessThan(8000);
  });

  it("begins anew when the endpoint is revived", () => {
    const again = policy(windowed);
    for (let now = 0; now < 10_000; now += 500) again.failed(now);
    expect(again.failed(10_000)).toBe(7);
    again.revived(20_000);
    expect(again.failed(29_000)).toBeUndefined();
  });
});

describe("a success rate over requests [parity: failure-accrual]", () => {
  it("begins anew when the endpoint is revived", () => {
    const rated = policy({ kind: "io.l5d.successRate", successRate: 0.9, requests: 3, backoff: ms(7) });
    rated.failed(0);
    rated.failed(0);
    expect(rated.failed(0)).toBe(7);
    rated.revived(0);
    expect(rated.failed(0)).toBeUndefined();
  });
});

describe("a back-off [parity: failure-accrual]", () => {
  const jittered = { kind: "jittered", minMs: 100, maxMs: 5000 } as const;

  it("with decorrelated jitter begins with the least, then grows to at most three times the last, up to the most", () => {
    const pauses = backoff(jittered, spread());
    let last = pauses.next();
    expect(last).toBe(100);
    for (let i = 0; i < 50; i++) {
      const next = pauses.next();
      expect(next).toBeGreaterThanOrEqual(last);
      expect(next).toBeLessThanOrEqual(Math.min(5000, 3 * last));
      last = next;
    }
    expect(last).toBeGreaterThan(4000);
    pauses.reset();
    expect(pauses.next()).toBe(100);
  });

  it("with equal jitter is half fixed and half random", () => {
    const most = backoff({ kind: "equalJittered", minMs: 100, maxMs: 1000 }, () => 1);
    expect(Array.from({ length: 6 }, () => most.next())).toEqual([100, 200, 400, 800, 1000, 1000]);
    const nothing = backoff({ kind: "equalJittered", minMs: 0, maxMs: 0 }, () => 1);
    for (let i = 0; i < 2000; i++) expect(nothing.next()).toBe(0);
  });

  it("that is out of range is refused before there is an endpoint", () => {
    const wrong: BackoffOptions[] = [ms(-1), { ...jittered, minMs: Number.NaN }, { ...jittered, maxMs: 99 }];
    for (const one of wrong) {
      const options: FailureAccrualOptions = { kind: "io.l5d.consecutiveFailures", failures: 1, backoff: one };
      expect(() => policies(options, Math.random)).toThrow(expect.objectContaining({ code: "CLIENT_OPTIONS" }));
    }
    const accruals: FailureAccrualOptions[] = [
      { kind: "io.l5d.consecutiveFailures", failures: 0 },
      { kind: "io.l5d.successRate", successRate: 1.1, requests: 5 },
      { kind: "io.l5d.successRateWindowed", successRate: 0.5, windowMs: 0 },
    ];
    for (const one of accruals) {
      expect(() => policies(one, Math.random)).toThrow(expect.objectContaining({ code: "CLIENT_OPTIONS" }));
    }
  });
});
