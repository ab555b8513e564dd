import { address } from "@namerkit/core";
import { fixedRandom, ManualClock } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { host } from "../test-support/world.js";
import { Balancer } from "./balancer.js";
import type { Endpoint } from "./endpoint.js";

function setUp(random: () => number = () => 0) {
  const clock = new ManualClock();
  const closed: string[] = [];
  const balancer = new Balancer(clock, random, (gone) => closed.push(gone.ip));
  return { clock, closed, balancer };
}

/** The same irregular sequence in [0, 1) on every run: Lehmer's generator. */
function spread(): () => number {
  let at = 20_191;
  return () => {
    at = (at * 48_271) % 2_147_483_647;
    return at / 2_147_483_647;
  };
}

function pick(balancer: Balancer): Endpoint {
  const picked = balancer.pick();
  if (picked === undefined) throw new Error("nothing to pick");
  return picked;
}

describe("Balancer", () => {
  it("offers nothing before the first set and after an empty one", () => {
    const { balancer } = setUp();
    expect(balancer.pick()).toBeUndefined();
    balancer.update([host(1)]);
    expect(pick(balancer).address.ip).toBe("10.0.0.1");
    balancer.update([]);
    expect(balancer.pick()).toBeUndefined();
  });

  it("takes one that comes back before its last lease has ended for the same, and closes it only when it is out again", () => {
    const { balancer, closed } = setUp();
    balancer.update([host(1)]);
    const first = pick(balancer);
    balancer.start(first);
    balancer.update([]);
    balancer.update([host(1)]);
    const again = pick(balancer);
    expect(again).toBe(first);
    balancer.start(again);
    balancer.end(first);
    balancer.end(again);
    expect(closed).toEqual([]);
    balancer.update([]);
    expect(closed).toEqual(["10.0.0.1"]);
  });

  it("takes the one with fewer leases", () => {
    const { balancer } = setUp(fixedRandom(0, 0));
    balancer.update([host(1), host(2)]);
    balancer.start(pick(balancer));
    expect(pick(balancer).address.ip).toBe("10.0.0.2");
  });

  it("levels the load", () => {
    const { balancer } = setUp(spread());
    balancer.update([1, 2, 3, 4, 5].map((n) => host(n)));
    for (let i = 0; i < 500; i++) balancer.start(pick(balancer));
    for (const endpoint of balancer.endpoints) expect(Math.abs(endpoint.load - 100)).toBeLessThan(10);
  });

  it("keeps the endpoint and its load when the weight or the metadata changes", () => {
    const { balancer, closed } = setUp();
    balancer.update([host(1)]);
    const before = pick(balancer);
    balancer.start(before);
    balancer.update([address("10.0.0.1", 80, { weight: 5, meta: { node: "a" } })]);
    expect(pick(balancer)).toBe(before);
    expect(before).toMatchObject({ load: 1, address: { weight: 5, meta: { node: "a" } } });
    expect(closed).toEqual([]);
  });

  it("lets a removed endpoint finish, then reports it once; one that comes back after that is a new one", () => {
    const { balancer, closed } = setUp();
    balancer.update([host(1), host(2)]);
    const first = pick(balancer);
    balancer.start(first);
    balancer.update([host(2)]);
    expect(closed).toEqual([]);
    balancer.end(first);
    expect(closed).toEqual(["10.0.0.1"]);
    balancer.update([host(2), host(1)]);
    expect(balancer.endpoints).not.toContain(first);
    balancer.update([]);
    expect(closed.toSorted()).toEqual(["10.0.0.1", "10.0.0.1", "10.0.0.2"]);
  });

  it("counts the same ip and port once", () => {
    const { balancer } = setUp();
    balancer.update([host(1), host(1, 3)]);
    expect(balancer.addresses).toEqual([host(1)]);
  });

  it("shares between weight classes by weight times size, and in a class by load", () => {
    const { balancer } = setUp(spread());
    balancer.update([host(1, 1), host(2, 1), host(3, 4)]);
    for (let i = 0; i < 600; i++) balancer.start(pick(balancer));
    const loads = balancer.endpoints.map((endpoint) => endpoint.load);
    expect(Math.abs((loads[0] as number) - 100)).toBeLessThan(40);
    expect(Math.abs((loads[1] as number) - 100)).toBeLessThan(40);
    expect(Math.abs((loads[2] as number) - 400)).toBeLessThan(40);
  });

  it("passes a refused endpoint over for about a second, unless it is all there is", async () => {
    const { balancer, clock } = setUp(spread());
    balancer.update([host(1), host(2)]);
    const [refused, good] = balancer.endpoints as [Endpoint, Endpoint];
    balancer.busy(refused);
    for (let i = 0; i < 50; i++) {
      balancer.start(good);
      expect(pick(balancer)).toBe(good);
    }
    expect(balancer.busyCount()).toBe(1);
    balancer.update([host(1)]);
    expect(pick(balancer)).toBe(refused);
    expect(balancer.counts.maxEffortExhausted).toBe(1);
    await clock.advance(1500);
    expect(balancer.busyCount()).toBe(0);
    balancer.update([host(1), host(2)]);
    expect(pick(balancer)).toBe(refused);
  });

  it("passes a weight class over in which all are busy", () => {
    const { balancer } = setUp(() => 0.1);
    balancer.update([host(1, 10), host(2, 1)]);
    const heavy = balancer.endpoints[0] as Endpoint;
    expect(pick(balancer)).toBe(heavy);
    balancer.busy(heavy);
    expect(pick(balancer).address.ip).toBe("10.0.0.2");
  });

  it("picks another one that was not tried, open before busy, until none is left", () => {
    const { balancer } = setUp();
    balancer.update([host(1), host(2), host(3)]);
    const [a, b, c] = balancer.endpoints as [Endpoint, Endpoint, Endpoint];
    balancer.busy(b);
    expect(balancer.pickOther([a])).toBe(c);
    expect(balancer.pickOther([a, c])).toBe(b);
    expect(balancer.pickOther([a, b, c])).toBeUndefined();
  });
});
