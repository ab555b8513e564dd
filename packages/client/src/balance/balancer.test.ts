import { address } from "@namerkit/core";
import { fixedRandom, ManualClock } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { Bench, spread } from "../../test-support/bench.js";
import { host } from "../../test-support/world.js";
import type { Endpoint } from "./endpoint.js";

const three = [1, 2, 3].map((n) => host(n));

describe("Balancer", () => {
  it("offers nothing before the first set and after an empty one", () => {
    const bench = new Bench();
    expect(bench.balancer.pick(0)).toBeUndefined();
    bench.update([host(1)]);
    expect(bench.pick().address.ip).toBe("10.0.0.1");
    bench.update([]);
    expect(bench.balancer.pick(0)).toBeUndefined();
  });

  it("takes one that comes back before its last lease has ended for the same, and closes it only when it is out again", () => {
    const bench = new Bench();
    bench.update([host(1)]);
    const first = bench.start();
    bench.update([]);
    bench.update([host(1)]);
    const again = bench.start();
    expect(again.endpoint).toBe(first.endpoint);
    bench.end(first);
    bench.end(again);
    expect(bench.closed).toEqual([]);
    bench.update([]);
    expect(bench.closed).toEqual(["10.0.0.1"]);
  });

  it("takes the one with fewer leases", () => {
    const bench = new Bench({ random: fixedRandom(0, 0) });
    bench.update([host(1), host(2)]);
    bench.start();
    expect(bench.pick().address.ip).toBe("10.0.0.2");
  });

  it("keeps the endpoint and its load when the weight or the metadata changes", () => {
    const bench = new Bench();
    bench.update([host(1)]);
    const before = bench.start().endpoint;
    bench.update([address("10.0.0.1", 80, { weight: 5, meta: { node: "a" } })]);
    expect(bench.pick()).toBe(before);
    expect(before).toMatchObject({ load: 1, address: { weight: 5, meta: { node: "a" } } });
    expect(bench.closed).toEqual([]);
  });

  it("lets a removed endpoint finish, then reports it once; one that comes back after that is a new one", () => {
    const bench = new Bench();
    bench.update([host(1), host(2)]);
    const first = bench.startOn("10.0.0.1");
    bench.update([host(2)]);
    expect(bench.closed).toEqual([]);
    bench.end(first);
    expect(bench.closed).toEqual(["10.0.0.1"]);
    bench.update([host(2), host(1)]);
    expect(bench.balancer.endpoints).not.toContain(first.endpoint);
    bench.update([]);
    expect(bench.closed.toSorted()).toEqual(["10.0.0.1", "10.0.0.1", "10.0.0.2"]);
  });

  it("counts the same ip and port once", () => {
    const bench = new Bench();
    bench.update([host(1), host(1, 3)]);
    expect(bench.balancer.addresses).toEqual([host(1)]);
  });

  it("passes a refused endpoint over for about a second, unless it is all there is", async () => {
    const bench = new Bench({ random: spread(), failureAccrual: { kind: "none" } });
    bench.update([host(1), host(2)]);
    bench.end(bench.startOn("10.0.0.1"), "refused");
    for (let i = 0; i < 50; i++) expect(bench.start().endpoint?.address.ip).toBe("10.0.0.2");
    expect(bench.balancer.downCount(bench.clock.now())).toBe(1);
    bench.update([host(1)]);
    expect(bench.pick().address.ip).toBe("10.0.0.1");
    expect(bench.balancer.counts.maxEffortExhausted).toBe(1);
    bench.end(bench.startOn("10.0.0.1"), "refused");
    await bench.clock.advance(1500);
    expect(bench.balancer.downCount(bench.clock.now())).toBe(0);
    bench.update([host(1), host(2)]);
    expect(bench.pick().address.ip).toBe("10.0.0.1");
  });

  it("gives those that only refused a connection their turn before those that are dead", () => {
    const bench = new Bench({ random: spread() });
    bench.update(three);
    for (const ip of ["10.0.0.1", "10.0.0.2"]) bench.kill(ip);
    bench.end(bench.startOn("10.0.0.3"), "refused");
    for (let i = 0; i < 20; i++) expect(bench.pick().address.ip).toBe("10.0.0.3");
  });

  it("picks another one that was not tried, open before busy before dead, until none is left", () => {
    const bench = new Bench();
    bench.update([...three, host(4)]);
    const [a, b, c, d] = bench.balancer.endpoints as [Endpoint, Endpoint, Endpoint, Endpoint];
    bench.end(bench.startOn("10.0.0.2"), "refused");
    bench.kill("10.0.0.3");
    const other = (...tried: Endpoint[]) => bench.balancer.pickOther(tried, bench.clock.now());
    expect(other(a)).toBe(d);
    expect(other(a, d)).toBe(b);
    expect(other(a, b, d)).toBe(c);
    expect(other(a, b, c, d)).toBeUndefined();
  });

  it("tells when all endpoints are dead, and when one is not any more", () => {
    const bench = new Bench();
    bench.update([host(1), host(2)]);
    bench.kill("10.0.0.1");
    expect(bench.allDead).toEqual([]);
    bench.kill("10.0.0.2");
    expect(bench.allDead).toEqual([true]);
    bench.update([host(1), host(2), host(3)]);
    bench.update([host(1)]);
    bench.update([]);
    expect(bench.allDead).toEqual([true, false, true, false]);
  });

  it("needs no timer", () => {
    const clock = new ManualClock();
    const bench = new Bench({ clock });
    bench.update(three);
    bench.kill("10.0.0.1");
    expect(clock.pending).toBe(0);
  });
});
