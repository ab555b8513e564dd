import type { Address } from "@namerkit/core";
import { recordingLog } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { spread } from "../test-support/bench.js";
import { host, noDtab, World, web } from "../test-support/world.js";
import type { ClientTuning, Lease, NameClient } from "./types.js";

const refused = new Error("connect ECONNREFUSED");

async function serving(...last: number[]) {
  const world = new World();
  const client = world.client();
  world.serve("/svc/web", "/#/web", ...last);
  return { world, client, lease: await client.acquire(web, noDtab) };
}

function again(client: NameClient): Lease {
  const lease = client.tryAcquire(web, noDtab);
  if (lease === undefined) throw new Error("not at hand");
  return lease;
}

describe("a lease", () => {
  it("counts as load until released, once", async () => {
    const { world, lease } = await serving(1, 2);
    expect(world.counter("client/#/web/loadbalancer/load")).toBe(1);
    lease.release("success");
    lease.release("failure");
    expect(world.counter("client/#/web/loadbalancer/load")).toBe(0);
  });

  it("tells what an error text needs", async () => {
    const { client, lease } = await serving(1, 2);
    expect(lease.addresses).toEqual([host(1), host(2)]);
    expect(lease.tree).toMatchObject({ type: "leaf", value: { id: lease.id } });
    lease.release("failure");
    expect(lease.address).toEqual(host(1));
    expect(client.state()).toEqual({ "/#/web": { state: "bound", addresses: ["10.0.0.1:80", "10.0.0.2:80"] } });
  });

  it("moves to endpoints that the request has not tried, each once, until there is none", async () => {
    const { world, lease } = await serving(1, 2, 3);
    const second = lease.another(refused);
    const third = second?.another(refused);
    expect([lease, second, third].map((one) => one?.address.ip).toSorted()).toEqual([
      "10.0.0.1",
      "10.0.0.2",
      "10.0.0.3",
    ]);
    expect(third?.another(refused)).toBeUndefined();
    expect(world.counter("client/#/web/loadbalancer/load")).toBe(0);
    expect(world.counter("client/#/web/retries/requeues")).toBe(2);
  });

  it("has ended once another was asked for", async () => {
    const { world, lease } = await serving(1, 2);
    const second = lease.another(refused);
    lease.release("failure");
    expect(lease.another(refused)).toBeUndefined();
    expect(world.counter("client/#/web/loadbalancer/load")).toBe(1);
    second?.release("success");
    expect(world.counter("client/#/web/loadbalancer/load")).toBe(0);
  });

  it("makes later requests pass the refused endpoint over for a while", async () => {
    const { world, client, lease } = await serving(1, 2);
    const bad = lease.address.ip;
    lease.another(refused)?.release("success");
    for (let i = 0; i < 20; i++) expect(again(client).address.ip).not.toBe(bad);
    await world.clock.advance(1500);
    expect(again(client).address.ip).toBe(bad);
  });

  it("takes one refused connection a second, not one a request, to live with an endpoint that is gone, and fewer once it is dead", async () => {
    const refusals = async (tuning: ClientTuning) => {
      const world = new World();
      const client = world.client({ random: spread(), tuning: () => tuning });
      world.serve("/svc/web", "/#/web", 1, 2, 3, 4, 5);
      (await client.acquire(web, noDtab)).release("success");
      let count = 0;
      for (let i = 0; i < 1000; i++) {
        await world.clock.advance(20);
        let at = again(client);
        if (at.address.ip === "10.0.0.1") {
          count++;
          at = at.another(refused) as Lease;
        }
        expect(at.address.ip).not.toBe("10.0.0.1");
        at.release("success");
      }
      return count;
    };
    // 20 seconds, each pass-over lasts from half a second to one and a half.
    const unaccrued = await refusals({ failureAccrual: { kind: "none" } });
    expect(unaccrued).toBeGreaterThan(8);
    expect(unaccrued).toBeLessThan(41);
    const accrued = await refusals({});
    expect(accrued).toBeGreaterThan(5);
    expect(accrued).toBeLessThan(10);
  });

  it("stops at the budget: many refusals do not multiply the traffic [parity: requeues]", async () => {
    const { world, client, lease } = await serving(1, 2);
    lease.release("ignorable");
    let requeues = 0;
    for (let i = 0; i < 300; i++) if (again(client).another(refused)?.release("failure") !== undefined) requeues++;
    expect(requeues).toBe(0);
    expect(world.counter("client/#/web/retries/requeues")).toBe(100);
    expect(world.counter("client/#/web/retries/budget_exhausted")).toBe(200);
    expect(world.counter("client/#/web/retries/budget")).toBe(0);
  });

  it("of one request takes at most a fifth of the budget", async () => {
    const { world, lease } = await serving(...Array.from({ length: 40 }, (_, i) => i + 1));
    let at: Lease | undefined = lease;
    let tries = 0;
    for (; at !== undefined; at = at.another(refused)) tries++;
    // The budget shrinks with each: the k-th requeue needs k <= ceil(0.2 * (101 - k)).
    expect(tries - 1).toBe(17);
    expect(world.counter("client/#/web/retries/request_limit")).toBe(1);
  });

  it("does not return to an endpoint that left the set and came back meanwhile", async () => {
    const { world, lease } = await serving(1);
    world.endpoints("/#/web");
    world.endpoints("/#/web", 1);
    expect(lease.another(refused)).toBeUndefined();
  });

  it("outlives its endpoint and its name", async () => {
    const { world, client, lease } = await serving(1, 2);
    const { ip } = lease.address;
    world.endpoints("/#/web", 3);
    expect(again(client).address).toEqual(host(3));
    expect(lease.address.ip).toBe(ip);
    expect(lease.another(refused)?.address).toEqual(host(3));
  });
});

describe("what a door attaches", () => {
  it("is made once per service and client, travels with leases, and is closed with its owner", async () => {
    const world = new World();
    const events: string[] = [];
    const log = recordingLog();
    const client = world.client({
      log,
      cache: { idleTtlMs: 1000 },
      attachService: (path, metrics) => {
        events.push(`open ${path.show()}`);
        metrics.counter("requests").add();
        return { close: () => events.push(`close ${path.show()}`) } as never;
      },
      attachClient: (id) => {
        events.push(`open ${id.show()}`);
        return {
          endpointClosed: (address: Address) => events.push(`gone ${address.ip}`),
          close: () => events.push(`close ${id.show()}`),
        } as never;
      },
    });
    world.serve("/svc/web", "/#/web", 1);
    const first = await client.acquire(web, noDtab);
    const second = await client.acquire(web, noDtab);
    expect(events).toEqual(["open /svc/web", "open /#/web"]);
    expect(first.serviceAttachment).toBe(second.serviceAttachment);
    expect(first.clientAttachment).toBe(second.clientAttachment);
    expect(world.counter("service/svc/web/requests")).toBe(1);
    world.endpoints("/#/web", 2);
    first.release("success");
    expect(events).toHaveLength(2);
    second.release("success");
    expect(events.slice(2)).toEqual(["gone 10.0.0.1"]);
    await world.clock.advance(1000);
    expect(events.slice(3).toSorted()).toEqual(["close /#/web", "close /svc/web"]);
    expect(Object.keys(world.metrics.snapshot()).filter((name) => /^(service|client)/.test(name))).toEqual([]);
    expect(log.lines.map((line) => line.message).toSorted()).toEqual(["Reaping /#/web", "Reaping /svc/web"]);
  });

  it("that cannot be made fails the request and holds nothing", async () => {
    const world = new World();
    const client = world.client({
      attachClient: () => {
        throw new Error("no pool");
      },
    });
    world.serve("/svc/web", "/#/web", 1);
    await expect(client.acquire(web, noDtab)).rejects.toMatchObject({ code: "CLIENT_BIND_FAILED", message: "no pool" });
    expect(client.tryAcquire(web, noDtab)).toBeUndefined();
    const noService = world.client({
      attachService: () => {
        throw new Error("no statistics");
      },
    });
    await expect(noService.acquire(web, noDtab)).rejects.toMatchObject({ code: "CLIENT_BIND_FAILED" });
    noService.close();
    await noService.drained();
    client.close();
    await client.drained();
    expect(world.watched).toBe(0);
  });

  it("that throws while it closes is logged and stops nothing", async () => {
    const world = new World();
    const log = recordingLog();
    const boom = () => {
      throw new Error("boom");
    };
    const client = world.client({ log, attachClient: () => ({ endpointClosed: boom, close: boom }) as never });
    world.serve("/svc/web", "/#/web", 1);
    (await client.acquire(web, noDtab)).release("success");
    world.endpoints("/#/web", 2);
    expect(again(client).address).toEqual(host(2));
    client.close();
    expect(log.lines.some((line) => line.message === "an attachment threw: boom")).toBe(true);
    expect(world.watched).toBe(0);
  });
});
