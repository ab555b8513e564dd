import type { Address } from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { Bench, spread } from "../../test-support/bench.js";
import { host } from "../../test-support/world.js";
import type { Use } from "./endpoint.js";
import { type LoadBalancerOptions, strategy } from "./options.js";

function bench(loadBalancer: LoadBalancerOptions, hosts: readonly Address[], seed = 1): Bench {
  const made = new Bench({ random: spread(seed), loadBalancer });
  made.update(hosts);
  return made;
}

function hosts(count: number, weight = 1): Address[] {
  return Array.from({ length: count }, (_, i) => host(i + 1, weight));
}

/** How many requests each endpoint got, of so many that end at once. */
function served(made: Bench, requests: number): number[] {
  const counts = new Map(made.balancer.endpoints.map((one) => [one, 0]));
  for (let i = 0; i < requests; i++) {
    const use = made.start();
    if (use.endpoint !== undefined) counts.set(use.endpoint, (counts.get(use.endpoint) ?? 0) + 1);
    made.end(use);
  }
  return [...counts.values()];
}

const loads = (made: Bench) => made.balancer.endpoints.map((one) => one.load);
const kinds: LoadBalancerOptions[] = [
  { kind: "p2c" },
  { kind: "ewma" },
  { kind: "aperture", minAperture: 100 },
  { kind: "heap" },
  { kind: "roundRobin" },
];

describe.each(kinds)("$kind [parity: balancers, weights]", (options) => {
  it("levels what is under way", () => {
    const made = bench(options, hosts(5));
    for (let i = 0; i < 500; i++) made.start();
    for (const load of loads(made)) expect(Math.abs(load - 100)).toBeLessThan(12);
  });

  it("shares by weight", () => {
    const made = bench(options, [host(1, 1), host(2, 1), host(3, 4)]);
    for (let i = 0; i < 600; i++) made.start();
    const [a, b, c] = loads(made) as [number, number, number];
    expect(Math.abs(a - 100)).toBeLessThan(40);
    expect(Math.abs(b - 100)).toBeLessThan(40);
    expect(Math.abs(c - 400)).toBeLessThan(40);
  });

  it("gives the share of a dead endpoint to all others alike, whatever their weights", () => {
    const made = bench(options, [host(1, 1), host(2, 1), host(3, 2)]);
    made.kill("10.0.0.1");
    for (let i = 0; i < 600; i++) made.start();
    const [a, b, c] = loads(made) as [number, number, number];
    expect(a).toBe(0);
    expect(Math.abs(b - 200)).toBeLessThan(45);
    expect(Math.abs(c - 400)).toBeLessThan(45);
  });

  it("passes a weight over in which all are down", () => {
    const made = bench(options, [host(1, 10), host(2, 1)]);
    made.kill("10.0.0.1");
    for (let i = 0; i < 20; i++) expect(made.pick().address.ip).toBe("10.0.0.2");
  });

  it("gives endpoints without weight nothing while others are open, and serves them when they are all there is", () => {
    const made = bench(options, [host(1, 0), host(2, 1), host(3, 0)]);
    for (let i = 0; i < 50; i++) expect(made.pick().address.ip).toBe("10.0.0.2");
    made.kill("10.0.0.2");
    expect(new Set(Array.from({ length: 50 }, () => made.start().endpoint?.address.ip)).size).toBe(2);
  });

  it("tells Finagle's name of it", () => {
    expect(strategy(options, Math.random).kind).toMatch(/^[a-z0-9_]+$/);
  });
});

describe("ewma [parity: balancers]", () => {
  it("gives a new endpoint one request, and the next only when that was answered", async () => {
    const made = bench({ kind: "ewma" }, hosts(3));
    const settled = async (times: number) => {
      for (let i = 0; i < times; i++) {
        const use = made.start();
        await made.clock.advance(10);
        made.end(use);
      }
    };
    await settled(60);
    made.update(hosts(4));
    const newcomer = made.at("10.0.0.4");
    const held = made.startOn("10.0.0.4");
    const under: boolean[] = [];
    for (let i = 0; i < 200; i++) under.push(made.start().endpoint === newcomer);
    expect(under).not.toContain(true);
    await made.clock.advance(10);
    made.end(held);
    expect(served(made, 100)[3]).toBeGreaterThan(0);
  });

  it("leaves an endpoint after one slow answer, and comes back when that is forgotten", async () => {
    const made = bench({ kind: "ewma", decayTimeMs: 1000 }, hosts(2));
    const answer = async (ip: string, ms: number) => {
      const use = made.startOn(ip);
      await made.clock.advance(ms);
      made.end(use);
    };
    await answer("10.0.0.1", 10);
    await answer("10.0.0.2", 10);
    await answer("10.0.0.1", 500);
    await answer("10.0.0.2", 10);
    for (let i = 0; i < 20; i++) expect(made.pick().address.ip).toBe("10.0.0.2");
    for (let i = 0; i < 20; i++) await answer("10.0.0.2", 500);
    expect(made.pick().address.ip).toBe("10.0.0.1");
  });

  it("takes a request that was given up for at least as slow as that, and never for faster", async () => {
    const made = bench({ kind: "ewma" }, hosts(1));
    const endpoint = made.at("10.0.0.1");
    const first = made.startOn("10.0.0.1");
    await made.clock.advance(100);
    made.end(first);
    const soon = made.startOn("10.0.0.1");
    await made.clock.advance(50);
    made.end(soon, "ignorable");
    expect(endpoint.cost).toBe(100e6);
    const late = made.startOn("10.0.0.1");
    await made.clock.advance(3000);
    made.end(late, "ignorable");
    expect(endpoint.cost).toBe(3000e6);
    made.end(made.startOn("10.0.0.1"), "refused");
    expect(endpoint.cost).toBe(3000e6);
  });
});

describe("aperture [parity: balancers]", () => {
  const options = { kind: "aperture", smoothWindowMs: 100 } as const;

  it("keeps to few endpoints under a light load, to more under a heavy one, and to few again", async () => {
    const made = bench(options, hosts(50));
    const width = () => made.balancer.strategy.width?.() ?? 0;
    const used = async (atOnce: number, rounds: number) => {
      const seen = new Set<string | undefined>();
      for (let i = 0; i < rounds; i++) {
        const uses = Array.from({ length: atOnce }, () => made.start());
        for (const { endpoint } of uses) seen.add(endpoint?.key);
        await made.clock.advance(50);
        for (const use of uses) made.end(use);
      }
      return seen.size;
    };
    expect(await used(1, 20)).toBeLessThan(4);
    await used(60, 20);
    // 60 under way half of the time at most, between 0.5 and 2 for each.
    expect(width()).toBeGreaterThan(14);
    await used(1, 50);
    expect(width()).toBeLessThan(4);
  });

  it("is never narrower than told, and never wider than the set", () => {
    const made = bench({ ...options, minAperture: 5 }, hosts(8));
    expect(new Set(Array.from({ length: 200 }, () => made.pick())).size).toBe(5);
    for (let i = 0; i < 1000; i++) made.start();
    expect(made.balancer.strategy.width?.()).toBeLessThanOrEqual(8);
  });

  it("keeps its endpoints when others come and go, and takes the next one for one that is dead", () => {
    const made = bench({ ...options, minAperture: 3 }, hosts(20));
    const used = () => new Set(Array.from({ length: 100 }, () => made.pick().address.ip));
    const before = used();
    const others = hosts(20).filter(({ ip }) => !before.has(ip));
    made.update(hosts(20).filter(({ ip }) => ip !== others[0]?.ip));
    expect(used()).toEqual(before);
    const [victim] = [...before];
    made.kill(victim as string);
    const after = used();
    expect(after.size).toBe(3);
    expect(after).not.toContain(victim);
    expect([...before].filter((ip) => after.has(ip))).toHaveLength(2);
  });

  it("never takes a dead one for an open one, also when fewer are open than it is wide", async () => {
    const made = bench({ ...options, minAperture: 4 }, hosts(6));
    for (const n of [2, 3, 5, 6]) made.kill(`10.0.0.${n}`);
    const used = () => [...new Set(Array.from({ length: 200 }, () => made.pick().address.ip))].toSorted();
    expect(used()).toEqual(["10.0.0.1", "10.0.0.4"]);
    await made.clock.advance(10_000);
    expect(used()).toHaveLength(4);
  });

  it("goes on counting what is under way when the set changes", async () => {
    const made = bench(options, hosts(20));
    const uses = Array.from({ length: 10 }, () => made.start());
    made.update(hosts(21));
    await made.clock.advance(1000);
    for (let i = 0; i < 20; i++) {
      made.end(made.start());
      await made.clock.advance(100);
    }
    // Ten under way: with fewer than five endpoints, each has more than two.
    expect(made.balancer.strategy.width?.()).toBeGreaterThanOrEqual(5);
    for (const use of uses) made.end(use);
  });

  it("uses other endpoints in other processes", () => {
    const choice = (seed: number) => {
      const made = bench({ ...options, minAperture: 3 }, hosts(30), seed);
      return [...new Set(Array.from({ length: 100 }, () => made.pick().address.ip))].toSorted().join();
    };
    expect(new Set([1, 2, 3, 4, 5].map(choice)).size).toBeGreaterThan(3);
  });
});

describe("heap [parity: balancers]", () => {
  it("always takes one of the least loaded", () => {
    const made = bench({ kind: "heap" }, hosts(17));
    const uses: Use[] = [];
    const random = spread(7);
    for (let i = 0; i < 2000; i++) {
      const [ending] = random() < 0.45 ? uses.splice(Math.floor(random() * uses.length), 1) : [];
      if (ending !== undefined) made.end(ending);
      else {
        expect(made.pick().load).toBe(Math.min(...loads(made)));
        uses.push(made.start());
      }
    }
  });

  it("lets all take turns when there is little to do", () => {
    const counts = served(bench({ kind: "heap" }, hosts(5)), 1000);
    for (const count of counts) expect(count).toBeGreaterThan(100);
  });
});

describe("roundRobin [parity: balancers]", () => {
  it("serves each once before it serves one twice, whatever is under way", () => {
    const made = bench({ kind: "roundRobin" }, hosts(7));
    for (let round = 0; round < 3; round++) {
      expect(new Set(Array.from({ length: 7 }, () => made.start().endpoint)).size).toBe(7);
    }
  });

  it("begins anywhere, so that many processes do not begin with the same", () => {
    const first = (seed: number) => bench({ kind: "roundRobin" }, hosts(10), seed * 7919).pick().address.ip;
    expect(new Set(Array.from({ length: 30 }, (_, i) => first(i + 1))).size).toBeGreaterThan(4);
  });

  it("is as often with each as its weight says, and evenly so", () => {
    const made = bench({ kind: "roundRobin" }, [host(1, 5), host(2, 1), host(3, 1), host(4, 0.5)]);
    const order = Array.from({ length: 75 }, () => made.start().endpoint?.address.ip);
    const count = (ip: string) => order.filter((one) => one === ip).length;
    expect(Math.abs(count("10.0.0.1") - 50)).toBeLessThan(3);
    expect(Math.abs(count("10.0.0.4") - 5)).toBeLessThan(3);
    // Of every 15 in a row, 10 are the first one's.
    for (let i = 0; i + 15 <= order.length; i += 15) {
      const part = order.slice(i, i + 15).filter((one) => one === "10.0.0.1").length;
      expect(Math.abs(part - 10)).toBeLessThan(3);
    }
  });

  it("does not make up for what was served while an endpoint was down", async () => {
    const made = bench({ kind: "roundRobin" }, [host(1, 1), host(2, 2), host(3, 3)]);
    made.kill("10.0.0.1");
    served(made, 300);
    await made.clock.advance(10_000);
    const probe = made.startOn("10.0.0.1");
    made.end(probe);
    const counts = served(made, 60);
    expect(Math.abs((counts[0] as number) - 10)).toBeLessThan(3);
  });
});

describe("options out of range", () => {
  it.each<LoadBalancerOptions>([
    { kind: "ewma", decayTimeMs: 0 },
    { kind: "aperture", smoothWindowMs: 0 },
    { kind: "aperture", lowLoad: -1 },
    { kind: "aperture", lowLoad: 2, highLoad: 1 },
    { kind: "aperture", minAperture: 0 },
  ])("%j are refused", (options) => {
    expect(() => strategy(options, Math.random)).toThrow(expect.objectContaining({ code: "CLIENT_OPTIONS" }));
  });
});
