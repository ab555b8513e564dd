import { address } from "@namerkit/core";
import { memoryMetrics, recordingLog } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { Bench, type BenchOptions, spread } from "../../test-support/bench.js";
import { host, noDtab, World, web } from "../../test-support/world.js";
import type { Use } from "../balance/endpoint.js";

const two = { kind: "io.l5d.consecutiveFailures", failures: 2, backoff: { kind: "constant", ms: 1000 } } as const;
const first = "10.0.0.1";

function bench(options: BenchOptions = {}, ...last: number[]) {
  const metrics = memoryMetrics();
  const made = new Bench({ random: spread(), failureAccrual: two, metrics, ...options });
  made.update((last.length === 0 ? [1, 2] : last).map((n) => host(n)));
  const counted = (name: string) => metrics.snapshot()[`failure_accrual/${name}`];
  /** How many of 100 picks are the first endpoint. */
  const share = () => Array.from({ length: 100 }, () => made.pick()).filter((one) => one === made.at(first)).length;
  return { made, counted, share };
}

describe("an endpoint", () => {
  it("that fails too often in a row gets no requests until its back-off is over, then one at a time [parity: failure-accrual]", async () => {
    const { made, share, counted } = bench();
    made.end(made.startOn(first), "failure");
    expect(share()).toBeGreaterThan(0);
    made.end(made.startOn(first), "failure");
    expect(share()).toBe(0);
    await made.clock.advance(999);
    expect(share()).toBe(0);
    await made.clock.advance(1);
    expect(share()).toBeGreaterThan(0);
    expect(counted("probes")).toBe(0);
    made.startOn(first);
    expect(share()).toBe(0);
    expect([counted("probes"), counted("removals"), counted("removed_for_ms")]).toEqual([1, 1, 1000]);
  });

  it("is revived by a probe that succeeds, with a clean record [parity: failure-accrual]", async () => {
    const { made, share, counted } = bench();
    made.kill(first);
    await made.clock.advance(1000);
    made.end(made.startOn(first), "success");
    expect(share()).toBeGreaterThan(0);
    expect(counted("revivals")).toBe(1);
    made.end(made.startOn(first), "failure");
    expect(made.at(first).dead).toBe(false);
    made.end(made.startOn(first), "failure");
    expect(made.at(first).dead).toBe(true);
  });

  it("is left alone for longer after a probe that fails, which is no other removal", async () => {
    const backoff = { kind: "equalJittered", minMs: 1000, maxMs: 60_000 } as const;
    const { made, share, counted } = bench({ failureAccrual: { ...two, backoff } });
    made.kill(first);
    await made.clock.advance(1000);
    made.end(made.startOn(first), "failure");
    // From one second to two, and then from two to four.
    await made.clock.advance(2000);
    made.end(made.startOn(first), "failure");
    await made.clock.advance(1999);
    expect(share()).toBe(0);
    await made.clock.advance(2001);
    expect(share()).toBeGreaterThan(0);
    expect([counted("removals"), counted("probes")]).toEqual([1, 2]);
    expect(counted("removed_for_ms")).toBeGreaterThan(4000);
    expect(counted("removed_for_ms")).toBeLessThan(7000);
  });

  it("may be probed again at once after a probe that says nothing", async () => {
    const { made, share } = bench();
    made.kill(first);
    await made.clock.advance(1000);
    made.end(made.startOn(first), "ignorable");
    expect(share()).toBeGreaterThan(0);
    expect(made.at(first).dead).toBe(true);
  });

  it("is neither killed nor revived by requests that began before it died", async () => {
    const { made } = bench();
    const [good, bad, ...late] = Array.from({ length: 5 }, () => made.startOn(first)) as [Use, Use, ...Use[]];
    made.kill(first);
    made.end(good, "success");
    expect(made.at(first).dead).toBe(true);
    await made.clock.advance(1000);
    const probe = made.startOn(first);
    made.end(bad, "failure");
    made.end(probe, "success");
    for (const use of late) made.end(use, "failure");
    expect(made.at(first).dead).toBe(false);
  });

  it("is picked although it is dead when all are, and a success revives it before its time [parity: all-dead]", () => {
    const { made } = bench();
    made.kill(first);
    made.kill("10.0.0.2");
    expect(made.balancer.allDead).toBe(true);
    const use = made.start();
    made.end(use, "failure");
    expect(use.endpoint?.dead).toBe(true);
    const again = made.start();
    made.end(again, "success");
    expect(again.endpoint?.dead).toBe(false);
  });

  it("that comes anew has a clean record, and one that went and came back as well [parity: new-endpoints]", () => {
    const { made } = bench();
    made.kill(first);
    made.update([host(2)]);
    made.update([host(2), host(1)]);
    expect(made.at(first)).toMatchObject({ dead: false, deaths: 0, load: 0 });
  });

  it("that is still draining when it comes back is as dead as it was", () => {
    const { made, share } = bench();
    made.startOn(first);
    made.kill(first);
    made.update([host(2)]);
    made.update([host(2), host(1)]);
    expect(made.at(first).dead).toBe(true);
    expect(share()).toBe(0);
  });

  it("never dies where nothing accrues [parity: failure-accrual]", () => {
    const { made } = bench({ failureAccrual: { kind: "none" } });
    for (let i = 0; i < 100; i++) made.kill(first);
    expect(made.at(first).dead).toBe(false);
  });

  it("dies of refused connections as of other failures", () => {
    const { made } = bench();
    made.end(made.startOn(first), "refused");
    expect(made.at(first).dead).toBe(false);
    made.end(made.startOn(first), "refused");
    expect(made.at(first).dead).toBe(true);
  });
});

describe("fail fast", () => {
  it("marks an endpoint dead with the first refused connection, for a second, then two", async () => {
    const { made, counted } = bench({ failFast: true, random: () => 0 });
    made.end(made.startOn(first), "refused");
    expect(made.at(first).dead).toBe(true);
    await made.clock.advance(1000);
    made.end(made.startOn(first), "refused");
    await made.clock.advance(1000);
    made.end(made.startOn(first), "refused");
    expect(counted("removed_for_ms")).toBe(1000 + 1000 + 2000);
    await made.clock.advance(2000);
    made.end(made.startOn(first), "success");
    expect(made.at(first).dead).toBe(false);
    made.end(made.startOn(first), "refused");
    expect(counted("removed_for_ms")).toBe(5000);
  });

  it("lets it live as soon as it takes connections, whatever it answers", async () => {
    const { made } = bench({ failFast: true });
    made.end(made.startOn(first), "refused");
    await made.clock.advance(2000);
    made.end(made.startOn(first), "failure");
    expect(made.at(first).dead).toBe(false);
    made.end(made.startOn(first), "failure");
    expect(made.at(first).dead).toBe(true);
  });

  it("is off for an endpoint that has no other beside it", () => {
    const { made } = bench({ failFast: true, failureAccrual: { kind: "none" } }, 1);
    for (let i = 0; i < 10; i++) made.end(made.startOn(first), "refused");
    expect(made.at(first).dead).toBe(false);
  });
});

describe("a client", () => {
  it("takes outcomes of leases for what they are, shows who is dead, and says so in Linkerd's words", async () => {
    const world = new World();
    const log = recordingLog();
    const client = world.client({ log, tuning: () => ({ failureAccrual: two }) });
    world.addr("/#/web").update({
      type: "bound",
      addresses: [address("10.0.0.1", 80, { meta: { nodeName: "n1", zone: "z" } })],
      meta: {},
    });
    world.resolve("/svc/web", world.leaf("/#/web"));
    (await client.acquire(web, noDtab)).release("failure");
    expect(client.state()["/#/web"]).not.toHaveProperty("dead");
    client.tryAcquire(web, noDtab)?.release("failure");
    expect(client.state()["/#/web"]).toMatchObject({ addresses: ["10.0.0.1:80"], dead: ["10.0.0.1:80"] });
    expect(log.lines.map((line) => line.message)).toEqual([
      'FailureAccrualFactory marking connection to "#/web" as dead. Policy: consecutiveFailures(failures=2). Remote Address: Inet(/10.0.0.1:80,Map(nodeName -> n1, zone -> z))',
    ]);
    expect(world.counter("client/#/web/failure_accrual/removals")).toBe(1);
    expect(world.counter("client/#/web/loadbalancer/available")).toBe(0);
    expect(world.counter("client/#/web/loadbalancer/busy")).toBe(1);
    client.tryAcquire(web, noDtab)?.release("success");
    expect(world.counter("client/#/web/loadbalancer/available")).toBe(1);
    expect(client.state()["/#/web"]).not.toHaveProperty("dead");
  });

  it("counts an answer when it begins, and a failure after that as well, but only once", async () => {
    const world = new World();
    const client = world.client({ tuning: () => ({ failureAccrual: two }) });
    world.serve("/svc/web", "/#/web", 1);
    const dead = () => client.state()["/#/web"]?.dead;
    const lease = await client.acquire(web, noDtab);
    lease.answered("failure");
    lease.answered("failure");
    lease.release("failure");
    expect(dead()).toBeUndefined();
    const cut = client.tryAcquire(web, noDtab);
    cut?.answered("success");
    cut?.release("failure");
    expect(dead()).toBeUndefined();
    client.tryAcquire(web, noDtab)?.release("failure");
    expect(dead()).toEqual(["10.0.0.1:80"]);
    const tunnel = client.tryAcquire(web, noDtab);
    tunnel?.answered("success");
    expect(dead()).toBeUndefined();
    expect(world.counter("client/#/web/loadbalancer/load")).toBe(1);
    tunnel?.release("success");
    expect(world.counter("client/#/web/loadbalancer/load")).toBe(0);
  });

  it("with settings out of range fails its requests, and holds nothing", async () => {
    const world = new World();
    const client = world.client({ tuning: () => ({ requeueBudget: { ttlSecs: 0 } }) });
    world.serve("/svc/web", "/#/web", 1);
    await expect(client.acquire(web, noDtab)).rejects.toMatchObject({ code: "CLIENT_OPTIONS" });
    client.close();
    expect(world.watched).toBe(0);
    expect(Object.keys(world.metrics.snapshot()).filter((name) => name.startsWith("client/"))).toEqual([]);
  });
});
