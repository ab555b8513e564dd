import { ManualClock, memoryMetrics } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { SharedScopes } from "./shared-scopes.js";

function shared() {
  const clock = new ManualClock();
  const metrics = memoryMetrics({ clock });
  return { clock, metrics, scopes: new SharedScopes(metrics, clock) };
}

describe("scopes of several generations", () => {
  it("count into the same series, and are forgotten only by the last that uses them", () => {
    const { metrics, scopes } = shared();
    const [one, two] = [scopes.tenancy(), scopes.tenancy()];
    one.metrics.scope("rt", "out", "web").counter("requests").add();
    const counter = two.metrics.scope("rt").scope("out", "web").counter("requests");
    one.metrics.scope("rt", "out", "web").remove();
    counter.add();
    expect(metrics.snapshot()).toEqual({ "rt/out/web/requests": 2 });
    two.metrics.scope("rt", "out", "web").remove();
    expect(metrics.snapshot()).toEqual({});
  });

  it("stay for a while for whoever succeeds a generation, who goes on where it was", async () => {
    const { clock, metrics, scopes } = shared();
    const old = scopes.tenancy();
    for (const name of ["web", "other"]) old.metrics.scope("rt", name).counter("requests").add(5);
    old.retire();
    for (const name of ["web", "other"]) old.metrics.scope("rt", name).remove();
    old.leave();
    await clock.advance(60_000);
    const heir = scopes.tenancy();
    heir.metrics.scope("rt", "web").counter("requests").add();
    expect(metrics.snapshot()).toEqual({ "rt/web/requests": 6, "rt/other/requests": 5 });
    await clock.advance(600_000);
    expect(metrics.snapshot()).toEqual({ "rt/web/requests": 6 });
    expect(clock.pending).toBe(0);
    heir.metrics.scope("rt", "web").remove();
    expect(metrics.snapshot()).toEqual({});
  });

  it("wait for nothing once they are closed", () => {
    const { clock, scopes } = shared();
    const one = scopes.tenancy();
    one.metrics.scope("a").counter("n").add();
    one.retire();
    one.metrics.scope("a").remove();
    expect(clock.pending).toBe(1);
    scopes.close();
    one.metrics.scope("b").remove();
    expect(clock.pending).toBe(0);
  });
});
