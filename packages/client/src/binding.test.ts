import { getEventListeners } from "node:events";
import { Addr, Dtab, NamerError, NameTree, Path, State } from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { host, noDtab, World, web } from "../test-support/world.js";

const down = new NamerError("NAMER_UNAVAILABLE", "connect ECONNREFUSED 127.0.0.1:8500");
const stale = new NamerError("NAMER_STALE", "no contact for 60 s", { final: true });

describe("a name that is not resolved yet [parity: address-semantics]", () => {
  it("lets requests wait, and serves all of them with the first tree and addresses", async () => {
    const world = new World();
    const client = world.client();
    const both = Promise.all([client.acquire(web, noDtab), client.acquire(web, noDtab)]);
    expect(client.tryAcquire(web, noDtab)).toBeUndefined();
    world.resolve("/svc/web", world.leaf("/#/web", "/rest"));
    world.endpoints("/#/web", 1);
    const [first, second] = await both;
    expect(first.id.show()).toBe("/#/web");
    expect(first.residual.show()).toBe("/rest");
    expect(first.service).toBe(web);
    expect(second.address).toEqual(host(1));
    expect(world.clock.pending).toBe(0);
    expect(world.bound).toEqual(["/svc/web"]);
  });

  it("fails the waiting with the cause, and later requests at once, until there is a tree", async () => {
    const world = new World();
    const client = world.client();
    const waiting = client.acquire(web, noDtab);
    world.name("/svc/web").update(State.failed(down));
    const message = "Unable to resolve name: /svc/web: connect ECONNREFUSED 127.0.0.1:8500";
    await expect(waiting).rejects.toMatchObject({ code: "CLIENT_BIND_FAILED", message, cause: down });
    world.name("/svc/web").update(State.pending);
    await expect(client.acquire(web, noDtab)).rejects.toMatchObject({ code: "CLIENT_BIND_FAILED" });
    world.serve("/svc/web", "/#/web", 1);
    expect(client.tryAcquire(web, noDtab)?.address).toEqual(host(1));
  });

  it("times out with Linkerd's words [parity: binding-timeout]", async () => {
    const world = new World();
    const client = world.client();
    const waiting = expect(client.acquire(web, noDtab)).rejects.toMatchObject({
      code: "CLIENT_BINDING_TIMEOUT",
      message: "Exceeded 10.seconds binding timeout while resolving name: /svc/web",
    });
    await world.clock.advance(10_000);
    await waiting;
  });

  it("times out with the catalogue's last error, where that is known [parity: pending-reason]", async () => {
    const world = new World();
    const asked: string[] = [];
    const lastError = { code: "NAMER_REFUSED", message: "403 from the catalogue", at: "2020-01-01T00:00:00Z" };
    const local = Dtab.parse("/svc => /other");
    const client = world.client({
      bindingTimeoutMs: 500,
      statusOf: (name, dtab) => {
        asked.push(`${name.show()} ${dtab.show()}`);
        return { state: "connecting", lastError } as never;
      },
    });
    const waiting = expect(client.acquire(web, local)).rejects.toMatchObject({
      message:
        "Exceeded 500.milliseconds binding timeout while resolving name: /svc/web (last error: 403 from the catalogue)",
    });
    await world.clock.advance(500);
    await waiting;
    expect(asked).toEqual([`/svc/web ${local.show()}`]);
  });

  it("counts waiting for addresses into the same timeout", async () => {
    const world = new World();
    const client = world.client();
    const waiting = expect(client.acquire(web, noDtab)).rejects.toMatchObject({
      code: "CLIENT_BINDING_TIMEOUT",
      message: "Exceeded 10.seconds binding timeout while connecting to /#/web/rest for name: /svc/web",
    });
    await world.clock.advance(9000);
    world.resolve("/svc/web", world.leaf("/#/web", "/rest"));
    await world.clock.advance(1000);
    await waiting;
  });

  it("moves a waiting request on when the tree changes under it", async () => {
    const world = new World();
    const client = world.client();
    world.resolve("/svc/web", world.leaf("/#/a"));
    const waiting = client.acquire(web, noDtab);
    world.endpoints("/#/b", 2);
    world.resolve("/svc/web", world.leaf("/#/b"));
    expect((await waiting).address).toEqual(host(2));
  });

  it("lets go of what a waiting request was waiting for when the tree changes", async () => {
    const world = new World();
    const client = world.client({ cache: { idleTtlMs: 1000 } });
    world.resolve("/svc/web", world.leaf("/#/a"));
    const waiting = client.acquire(web, noDtab);
    world.resolve("/svc/web", world.leaf("/#/b"));
    await world.clock.advance(1000);
    expect(Object.keys(client.state())).toEqual(["/#/b"]);
    world.endpoints("/#/a", 1);
    world.endpoints("/#/b", 2);
    expect((await waiting).address).toEqual(host(2));
  });

  it("is bounded in how many wait, by name and in all", async () => {
    const world = new World();
    const client = world.client({ maxWaiting: 3, maxWaitingPerName: 2 });
    const [one, two, three] = ["/svc/one", "/svc/two", "/svc/three"].map(Path.parse) as [Path, Path, Path];
    const waiting = [one, one, two].map((path) => client.acquire(path, noDtab).catch((error) => error.code));
    await expect(client.acquire(one, noDtab)).rejects.toMatchObject({ code: "CLIENT_TOO_MANY_WAITING" });
    await expect(client.acquire(three, noDtab)).rejects.toMatchObject({ code: "CLIENT_TOO_MANY_WAITING" });
    world.serve("/svc/two", "/#/two", 2);
    await expect(waiting[2]).resolves.toMatchObject({ address: host(2) });
    client.close();
    expect(await Promise.all(waiting.slice(0, 2))).toEqual(["CLOSED", "CLOSED"]);
  });

  it("lets go of an aborted request at once, and never begins with one that was aborted before", async () => {
    const world = new World();
    const client = world.client();
    const abort = new AbortController();
    const waiting = client.acquire(web, noDtab, { signal: abort.signal });
    abort.abort(new Error("the caller hung up"));
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED", cause: abort.signal.reason });
    await expect(client.acquire(Path.parse("/svc/b"), noDtab, { signal: abort.signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
    expect(world.bound).toEqual(["/svc/web"]);
    client.close();
    expect(world.clock.pending).toBe(0);
  });

  it("leaves no listener on a signal, however the request ends", async () => {
    const world = new World();
    const client = world.client();
    const listeners = (signal: AbortSignal) => getEventListeners(signal, "abort").length;
    const { signal } = new AbortController();
    const path = (name: string) => Path.parse(`/svc/${name}`);
    const [granted, refused, late] = [path("granted"), path("refused"), path("late")].map((name) => {
      return client.acquire(name, noDtab, { signal }).catch((error) => error.code);
    });
    expect(listeners(signal)).toBe(3);
    world.serve("/svc/granted", "/#/web", 1);
    await expect(granted).resolves.toMatchObject({ address: host(1) });
    world.resolve("/svc/refused", NameTree.neg);
    expect(await refused).toBe("CLIENT_NO_ROUTE");
    expect(listeners(signal)).toBe(1);
    await world.clock.advance(10_000);
    expect(await late).toBe("CLIENT_BINDING_TIMEOUT");
    expect(listeners(signal)).toBe(0);
  });

  it("fails like one that failed when the interpreter throws", async () => {
    const world = new World();
    const interpreter = {
      bind: () => {
        throw new Error("boom");
      },
      delegate: () => world.delegate(),
    };
    const client = world.client({ interpreter });
    await expect(client.acquire(web, noDtab)).rejects.toMatchObject({
      code: "CLIENT_BIND_FAILED",
      message: "Unable to resolve name: /svc/web: boom",
    });
  });
});

describe("a name that was resolved once", () => {
  it("keeps its last tree through failures and pendings", async () => {
    const world = new World();
    const client = world.client();
    world.serve("/svc/web", "/#/web", 1);
    (await client.acquire(web, noDtab)).release("success");
    for (const state of [State.failed(down), State.pending, State.failed(down)]) {
      world.name("/svc/web").update(state);
      expect(client.tryAcquire(web, noDtab)?.address).toEqual(host(1));
    }
  });

  it("believes a failure that is final, and recovers from it", async () => {
    const world = new World();
    const client = world.client();
    world.serve("/svc/web", "/#/web", 1);
    await client.acquire(web, noDtab);
    world.name("/svc/web").update(State.failed(stale));
    await expect(client.acquire(web, noDtab)).rejects.toMatchObject({ code: "CLIENT_BIND_FAILED", cause: stale });
    world.resolve("/svc/web", world.leaf("/#/web"));
    expect(client.tryAcquire(web, noDtab)?.address).toEqual(host(1));
    expect(client.updates().treeUpdates).toBe(1);
  });

  it.each([
    ["neg", "~"],
    ["fail", "!"],
    ["empty", "$"],
  ] as const)("has no route when it becomes %s", async (type, sign) => {
    const world = new World();
    const client = world.client();
    world.resolve("/svc/web", NameTree[type]);
    await expect(client.acquire(web, noDtab)).rejects.toMatchObject({
      code: "CLIENT_NO_ROUTE",
      message: `Nothing is bound to name: /svc/web (${sign})`,
    });
    expect(client.tryAcquire(web, noDtab)).toBeUndefined();
  });

  it("appends the local dtab to the base, and binds the two names apart", async () => {
    const world = new World();
    const client = world.client({ dtab: Dtab.parse("/svc => /base") });
    world.serve("/svc/web", "/#/web", 1);
    await client.acquire(web, noDtab);
    await client.acquire(web, Dtab.parse("/svc => /local"));
    await client.acquire(web, Dtab.parse("/svc => /local"));
    expect(world.bound).toEqual(["/svc=>/base /svc/web", "/svc=>/base;/svc=>/local /svc/web"]);
  });
});

describe("the addresses of a bound name [parity: address-semantics]", () => {
  it("that are empty or gone mean no endpoints", async () => {
    const world = new World();
    const client = world.client({ dtab: Dtab.parse("/svc => /#") });
    world.serve("/svc/web", "/#/web");
    const none = {
      code: "CLIENT_NO_ENDPOINTS",
      message: "No hosts are available for /#/web, Dtab.base=[/svc=>/#], Dtab.local=[]",
    };
    await expect(client.acquire(web, noDtab)).rejects.toMatchObject(none);
    world.addr("/#/web").update(Addr.neg);
    await expect(client.acquire(web, noDtab)).rejects.toMatchObject(none);
    world.addr("/#/web").update(Addr.failed(down));
    await expect(client.acquire(web, noDtab)).rejects.toMatchObject(none);
    world.endpoints("/#/web", 1);
    expect(client.tryAcquire(web, noDtab)?.address).toEqual(host(1));
  });

  it("are kept through failures and pendings, but not through a final failure", async () => {
    const world = new World();
    const client = world.client();
    world.serve("/svc/web", "/#/web", 1);
    await client.acquire(web, noDtab);
    for (const addr of [Addr.failed(down), Addr.pending]) {
      world.addr("/#/web").update(addr);
      expect(client.tryAcquire(web, noDtab)?.address).toEqual(host(1));
    }
    world.addr("/#/web").update(Addr.failed(stale));
    await expect(client.acquire(web, noDtab)).rejects.toMatchObject({ code: "CLIENT_BIND_FAILED", cause: stale });
  });

  it("that failed before there were any fail the request with the cause", async () => {
    const world = new World();
    const client = world.client();
    world.resolve("/svc/web", world.leaf("/#/web"));
    const waiting = client.acquire(web, noDtab);
    world.addr("/#/web").update(Addr.failed(down));
    await expect(waiting).rejects.toMatchObject({
      code: "CLIENT_BIND_FAILED",
      message: "Unable to resolve addresses of /#/web for name: /svc/web: connect ECONNREFUSED 127.0.0.1:8500",
    });
    expect(client.state()).toEqual({
      "/#/web": { state: "Failed: connect ECONNREFUSED 127.0.0.1:8500", addresses: [] },
    });
  });

  it("move under the client without another outer update", async () => {
    const world = new World();
    const client = world.client();
    world.serve("/svc/web", "/#/web", 1);
    await client.acquire(web, noDtab);
    world.endpoints("/#/web", 1, 2, 3, 4, 5);
    world.endpoints("/#/web", 5, 4, 3, 2, 1);
    world.endpoints("/#/web", 3);
    world.resolve("/svc/web", world.leaf("/#/web"));
    expect(client.tryAcquire(web, noDtab)?.address).toEqual(host(3));
    expect(client.updates()).toEqual({
      treeUpdates: 1,
      addrUpdates: 3,
      trees: { "/svc/web": 1 },
      addrs: { "/#/web": 3 },
    });
    expect(world.counter("service/svc/web/tree_updates")).toBe(1);
    expect(world.counter("client/#/web/addr_updates")).toBe(3);
  });
});
