import { Addr, Dtab, NameTree, Path } from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { host, noDtab, World, web } from "../test-support/world.js";

const { union, weighted } = NameTree;

describe("the linked caches [parity: binding-cache]", () => {
  it("share one client between names and residuals with the same id, with the first addresses seen", async () => {
    const world = new World();
    const client = world.client();
    const [a, b] = [Path.parse("/svc/a"), Path.parse("/svc/b")];
    world.serve("/svc/a", "/#/web", 1, 2);
    world.resolve("/svc/b", world.leaf("/#/web", "/rest"));
    const first = await client.acquire(a, noDtab);
    const second = await client.acquire(b, noDtab);
    expect(second.residual.show()).toBe("/rest");
    // The second sees the load of the first.
    expect(second.address).not.toEqual(first.address);
    expect(world.watched).toBe(3);
    expect(world.counter("bindcache/path/misses")).toBe(2);
    expect(world.counter("bindcache/tree/misses")).toBe(2);
    expect(world.counter("bindcache/bound/misses")).toBe(2);
    expect(world.counter("bindcache/client/misses")).toBe(1);
  });

  it("do not share a name between delegations that differ in a weight's last decimal", async () => {
    const world = new World();
    const client = world.client();
    world.serve("/svc/web", "/#/web", 1);
    for (const weight of ["0.001", "0.002", "0.001"]) {
      await client.acquire(web, Dtab.parse(`/a => ${weight} * /b & /c`));
    }
    expect(world.counter("bindcache/path/misses")).toBe(2);
  });

  it("share the tree between names that resolve alike", async () => {
    const world = new World();
    const client = world.client();
    world.serve("/svc/a", "/#/web", 1);
    world.resolve("/svc/b", world.leaf("/#/web"));
    await client.acquire(Path.parse("/svc/a"), noDtab);
    await client.acquire(Path.parse("/svc/b"), noDtab);
    expect(world.counter("bindcache/tree/misses")).toBe(1);
  });

  it("spread each request over a union anew", async () => {
    const world = new World();
    const numbers = [0.1, 0.9, 0.3];
    const client = world.client({ random: () => numbers.shift() ?? 0 });
    world.endpoints("/#/a", 1);
    world.endpoints("/#/b", 2);
    world.resolve("/svc/web", union(weighted(1, world.leaf("/#/a")), weighted(1, world.leaf("/#/b"))));
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.push((await client.acquire(web, noDtab)).id.show());
    expect(ids).toEqual(["/#/a", "/#/b", "/#/a"]);
  });

  it("close what is idle, and watch nothing then", async () => {
    const world = new World();
    const client = world.client({ cache: { idleTtlMs: 60_000 } });
    world.serve("/svc/web", "/#/web", 1);
    const lease = await client.acquire(web, noDtab);
    await world.clock.advance(600_000);
    expect(world.watched).toBe(2);
    lease.release("success");
    await world.clock.advance(59_999);
    expect(world.watched).toBe(2);
    await world.clock.advance(1);
    expect(world.watched).toBe(0);
    expect(world.clock.pending).toBe(0);
    expect((await client.acquire(web, noDtab)).address).toEqual(host(1));
  });

  it("rebuild a client that was let go while its name was kept", async () => {
    const world = new World();
    const client = world.client({ cache: { idleTtlMs: 1000 } });
    world.endpoints("/#/a", 1);
    world.endpoints("/#/b", 2);
    world.resolve("/svc/web", world.leaf("/#/a"));
    const held = await client.acquire(web, noDtab);
    world.resolve("/svc/web", world.leaf("/#/b"));
    (await client.acquire(web, noDtab)).release("success");
    await world.clock.advance(1000);
    expect(Object.keys(client.state())).toEqual(["/#/a"]);
    expect(client.tryAcquire(web, noDtab)?.address).toEqual(host(2));
    held.release("success");
  });

  it("look a leaf up again after another name's client took its place", async () => {
    const world = new World();
    const client = world.client({ cache: { trees: 1, bounds: 1, clients: 1 } });
    const other = Path.parse("/svc/other");
    world.serve("/svc/web", "/#/web", 1);
    world.serve("/svc/other", "/#/other", 2);
    for (const [path, at] of [
      [web, 1],
      [other, 2],
      [web, 1],
      [other, 2],
    ] as const) {
      const lease = await client.acquire(path, noDtab);
      expect(lease.address).toEqual(host(at));
      // The two names and the one client that has room; nothing of those that were evicted.
      expect(world.watched).toBeLessThanOrEqual(3);
      expect(Object.keys(client.state())).toEqual([lease.id.show()]);
      lease.release("success");
      await world.clock.advance(1);
    }
    for (const cache of ["tree", "bound", "client"]) expect(world.counter(`bindcache/${cache}/misses`)).toBe(4);
    world.endpoints("/#/web", 3);
    expect((await client.acquire(web, noDtab)).address).toEqual(host(3));
  });

  it("serve one-shots when full, and close each after its request", async () => {
    const world = new World();
    const client = world.client({ cache: { paths: 1, trees: 1, bounds: 1, clients: 1 } });
    const [a, b] = [Path.parse("/svc/a"), Path.parse("/svc/b")];
    world.serve("/svc/a", "/#/a", 1);
    world.serve("/svc/b", "/#/b", 2);
    const first = await client.acquire(a, noDtab);
    const second = await client.acquire(b, noDtab);
    expect(second.address).toEqual(host(2));
    expect(client.tryAcquire(b, noDtab)).toBeUndefined();
    expect(world.watched).toBe(4);
    second.release("success");
    expect(world.watched).toBe(2);
    for (const cache of ["path", "tree", "bound", "client"]) {
      expect(world.counter(`bindcache/${cache}/oneshots`)).toBe(1);
    }
    first.release("success");
    await world.clock.advance(1);
    (await client.acquire(b, noDtab)).release("success");
    expect(Object.keys(client.state())).toEqual(["/#/b"]);
    for (const cache of ["path", "tree", "bound", "client"]) {
      expect(world.counter(`bindcache/${cache}/evicts`)).toBe(1);
    }
  });

  it("let a one-shot wait for its name and addresses like any other", async () => {
    const world = new World();
    const client = world.client({ cache: { paths: 0, trees: 0, bounds: 0, clients: 0 } });
    const waiting = client.acquire(web, noDtab);
    world.resolve("/svc/web", world.leaf("/#/web"));
    expect(world.watched).toBe(2);
    world.endpoints("/#/web", 1);
    const lease = await waiting;
    expect(lease.address).toEqual(host(1));
    lease.release("success");
    expect(world.watched).toBe(0);
    expect(world.clock.pending).toBe(0);
  });
});

describe("closing", () => {
  it("fails the waiting, lets go of everything, and lets leases finish", async () => {
    const world = new World();
    const client = world.client();
    world.serve("/svc/web", "/#/web", 1, 2);
    const lease = await client.acquire(web, noDtab);
    const waiting = client.acquire(Path.parse("/svc/pending"), noDtab);
    const halfway = client.acquire(Path.parse("/svc/halfway"), noDtab);
    world.resolve("/svc/halfway", world.leaf("/#/halfway"));
    client.close();
    client.close();
    await expect(waiting).rejects.toMatchObject({ code: "CLOSED" });
    await expect(halfway).rejects.toMatchObject({ code: "CLOSED" });
    await expect(client.acquire(web, noDtab)).rejects.toMatchObject({ code: "CLOSED" });
    expect(client.tryAcquire(web, noDtab)).toBeUndefined();
    expect(world.watched).toBe(0);
    expect(world.clock.pending).toBe(0);

    let drained = false;
    const draining = client.drained().then(() => {
      drained = true;
    });
    world.addr("/#/web").update(Addr.neg);
    await world.clock.advance(1000);
    expect(drained).toBe(false);
    expect(lease.address.port).toBe(80);
    expect(lease.another(new Error("refused"))).toBeUndefined();
    await draining;
    expect(client.state()).toEqual({});
  });

  it("is drained at once when nothing is in flight", async () => {
    const client = new World().client();
    client[Symbol.dispose]();
    await client.drained();
  });
});

describe("options", () => {
  it("out of range are refused", () => {
    const world = new World();
    for (const wrong of [
      { bindingTimeoutMs: 0 },
      { bindingTimeoutMs: Number.NaN },
      { cache: { paths: -1 } },
      { cache: { idleTtlMs: 2 ** 31 } },
    ]) {
      expect(() => world.client(wrong)).toThrow(expect.objectContaining({ code: "CLIENT_OPTIONS" }));
    }
  });
});

describe("state", () => {
  it("shows pending, neg and sorted addresses with IPv6 in brackets", async () => {
    const world = new World();
    const client = world.client();
    world.resolve("/svc/web", world.leaf("/#/web"));
    const waiting = client.acquire(web, noDtab).catch(() => {});
    expect(client.state()).toEqual({ "/#/web": { state: "pending", addresses: [] } });
    world.addr("/#/web").update(Addr.neg);
    await waiting;
    expect(client.state()).toEqual({ "/#/web": { state: "neg", addresses: [] } });
    world.addr("/#/web").update(Addr.bound([{ ...host(2), ip: "fd00::1" }, host(1)]));
    expect(client.state()).toEqual({ "/#/web": { state: "bound", addresses: ["10.0.0.1:80", "[fd00::1]:80"] } });
  });
});
