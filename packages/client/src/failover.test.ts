import { createInterpreter, Dtab, Path } from "@namerkit/core";
import { recordingLog } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { Alternatives } from "../test-support/alternatives.js";
import { spread } from "../test-support/bench.js";
import type { ClientTuning, Lease } from "./types.js";

const refused = new Error("connect ECONNREFUSED");
const once: ClientTuning = {
  failureAccrual: {
    kind: "io.l5d.consecutiveFailures",
    failures: 1,
    backoff: { kind: "constant", ms: 2000 },
  },
};

describe("failover on death [parity: failover]", () => {
  it("falls to the next alternative when all endpoints of the first are dead, and not before", async () => {
    const { use, fail, world, client } = alternatives("a | b", { a: 2, b: 1 });
    expect(await use()).toBe("a");
    await fail("a");
    expect(await use()).toBe("a");
    await fail("a");
    for (let i = 0; i < 10; i++) expect(await use()).toBe("b");
    expect(client.state()).toMatchObject({ "/#/n/a": { away: true } });
    expect(client.state()["/#/n/b"]).not.toHaveProperty("away");
    expect(world.log.lines.map((line) => line.message)).toContain(
      "every endpoint of /#/n/a is dead: it is passed over where there is an alternative",
    );
  });

  it("changes nothing unless asked for", async () => {
    const { use, fail } = alternatives("a | b", { a: 1, b: 1 }, { failover: "never" });
    for (let i = 0; i < 10; i++) await fail("a");
    expect(await use()).toBe("a");
  });

  it("probes the dead one with one request at a time, after its back-off, and comes back when that succeeds and time is over", async () => {
    const { use, fail, take, clock } = alternatives("a | b", { a: 2, b: 1 });
    await fail("a");
    await fail("a");
    await clock.advance(1999);
    for (let i = 0; i < 20; i++) expect(await use()).toBe("b");
    await clock.advance(1);
    const probe = await take();
    expect(probe.id.show()).toBe("/#/n/a");
    // The second endpoint of a could be probed as well: not while the first is.
    for (let i = 0; i < 20; i++) expect(await use()).toBe("b");
    probe.release("success");
    // It was away for two seconds, and five is the least.
    for (let i = 0; i < 20; i++) expect(await use()).toBe("b");
    await clock.advance(2999);
    expect(await use()).toBe("b");
    await clock.advance(1);
    for (let i = 0; i < 20; i++) expect(await use()).toBe("a");
  });

  it("stays away while probes fail, however long", async () => {
    const { take, fail, clock } = alternatives("a | b", { a: 1, b: 1 });
    await fail("a");
    let probes = 0;
    for (let i = 0; i < 1000; i++) {
      await clock.advance(100);
      const lease = await take();
      if (lease.id.show() === "/#/n/a") probes++;
      lease.release(lease.id.show() === "/#/n/a" ? "failure" : "success");
    }
    // 100 seconds, and a probe every two.
    expect(probes).toBeGreaterThan(45);
    expect(probes).toBeLessThan(51);
  });

  it("sends a refused probe to the alternative in use, so that its request is served", async () => {
    const { take, fail, clock, client } = alternatives("a | b", { a: 2, b: 1 });
    await fail("a");
    await fail("a");
    await clock.advance(2000);
    const probe = await take();
    expect(probe.id.show()).toBe("/#/n/a");
    const served = probe.another(refused);
    expect(served?.id.show()).toBe("/#/n/b");
    expect(served?.address.ip).toBe("10.0.2.1");
    served?.release("success");
    expect(client.state()["/#/n/a"]?.dead).toHaveLength(2);
    client.close();
    await client.drained();
  });

  it("stays away for longer each time when it dies again soon, and not when that is long ago", async () => {
    const { use, fail, clock, take } = alternatives("a | b", { a: 1, b: 1 });
    const awayMs = async () => {
      await fail("a");
      let ms = 0;
      for (; ; ms += 500) {
        await clock.advance(500);
        const lease = await take();
        const back = lease.id.show() === "/#/n/a";
        lease.release("success");
        // Probes go there as well; two in a row are none.
        if (back && (await use()) === "a") return ms + 500;
      }
    };
    expect(await awayMs()).toBe(5000);
    expect(await awayMs()).toBe(10_000);
    expect(await awayMs()).toBe(20_000);
    await clock.advance(60_000);
    expect(await use()).toBe("a");
    expect(await awayMs()).toBe(5000);
  });

  it("refuses nothing when every alternative is dead, and uses whichever lives first", async () => {
    const { use, fail, take, clock } = alternatives("a | b", { a: 1, b: 1 });
    await fail("a");
    await fail("b");
    for (let i = 0; i < 10; i++) expect(await use("failure")).toBe("b");
    await clock.advance(2000);
    const probe = await take();
    expect(probe.id.show()).toBe("/#/n/a");
    probe.release("success");
    await clock.advance(5000);
    expect(await use()).toBe("a");
  });

  it("lets the last alternative live again by its own traffic", async () => {
    const { use, fail, clock } = alternatives("a | b", { a: 1, b: 1 });
    await fail("a");
    await fail("b");
    expect(await use("success")).toBe("b");
    await clock.advance(5000);
    await use("failure");
    expect(await use()).toBe("b");
  });

  it("leaves a lone alternative in use", async () => {
    const { use, fail } = alternatives("a", { a: 1 });
    await fail("a");
    for (let i = 0; i < 10; i++) expect(await use("failure")).toBe("a");
  });

  it("does not override a dtab that says fail, and an empty set is no death", async () => {
    const { fail, client, path, world } = alternatives("a | !", { a: 1 });
    await fail("a");
    await expect(client.acquire(path, Dtab.empty)).rejects.toMatchObject({ code: "CLIENT_NO_ROUTE" });
    const empty = alternatives("a | b", { a: 0, b: 1 });
    await expect(empty.client.acquire(path, Dtab.empty)).rejects.toMatchObject({ code: "CLIENT_NO_ENDPOINTS" });
    expect(world.log.lines.length).toBeGreaterThan(0);
  });

  it("drops a dead branch of a union, and probes it", async () => {
    const { use, take, clock } = alternatives("1 * a & 1 * b", { a: 1, b: 1 }, { random: spread() });
    const used = async () => new Set(await Promise.all(Array.from({ length: 40 }, () => use())));
    expect((await used()).size).toBe(2);
    for (let name = ""; name !== "a"; ) {
      const lease = await take();
      name = lease.id.at(2);
      lease.release(name === "a" ? "failure" : "success");
    }
    expect(await used()).toEqual(new Set(["b"]));
    await clock.advance(2000);
    const probe = await take();
    expect(probe.id.show()).toBe("/#/n/a");
    probe.release("success");
    await clock.advance(5000);
    expect((await used()).size).toBe(2);
  });

  it("probes a name that was bound first while its alternative was away", async () => {
    const { fail, clock, client, path, use } = alternatives("a | b", { a: 1, b: 1 });
    await fail("a");
    // Another binding of the same tree, and none but it goes on.
    const local = Dtab.parse("/nothing => /at/all");
    const other = await client.acquire(path, local);
    expect(other.id.show()).toBe("/#/n/b");
    other.release("success");
    await clock.advance(2000);
    const probe = await client.acquire(path, local);
    expect(probe.id.show()).toBe("/#/n/a");
    probe.release("success");
    await clock.advance(5000);
    expect(await use()).toBe("a");
  });

  it("needs a success of its own after its addresses are all new", async () => {
    const { use, fail, clock, take, world } = alternatives("a | b", { a: 1, b: 1 });
    await fail("a");
    await clock.advance(10);
    world.addresses("a", 5);
    const probe = await take();
    expect(probe.id.show()).toBe("/#/n/a");
    expect(await use()).toBe("b");
    probe.release("failure");
    await clock.advance(2000);
    (await take()).release("success");
    await clock.advance(5000);
    expect(await use()).toBe("a");
  });

  it("leaves out what the dtab no longer has", async () => {
    const { fail, clock, take, world, use } = alternatives("a | b", { a: 1, b: 1 });
    await fail("a");
    expect(await use()).toBe("b");
    world.remove("a");
    await clock.advance(10_000);
    for (let i = 0; i < 10; i++) {
      const lease = await take();
      expect(lease.id.show()).toBe("/#/n/b");
      lease.release("success");
    }
  });

  it("forgets, with the client, that it was dead, and lets go of everything when nobody asks any more", async () => {
    const { fail, clock, client, use, world } = alternatives("a | b", { a: 1, b: 1 }, { cache: { idleTtlMs: 1000 } });
    await fail("a");
    expect(await use()).toBe("b");
    await clock.advance(3000);
    expect(client.state()).toEqual({});
    expect(world.watched).toBe(0);
    expect(clock.pending).toBe(0);
    expect(await use()).toBe("a");
  });

  it("leaves nothing behind when it is closed while an alternative is away, in every state", async () => {
    for (const state of ["dead", "probing", "proven"]) {
      const { fail, clock, client, take, world } = alternatives("a | b", { a: 1, b: 1 });
      await fail("a");
      let lease: Lease | undefined;
      if (state !== "dead") {
        await clock.advance(2000);
        lease = await take();
      }
      if (state === "proven") lease?.release("success");
      client.close();
      lease?.release("success");
      await client.drained();
      expect([world.watched, clock.pending]).toEqual([0, 0]);
    }
  });
});

function alternatives(
  dst: string,
  sizes: Readonly<Record<string, number>>,
  options: {
    failover?: "never" | "unavailable";
    random?: () => number;
    cache?: { idleTtlMs: number };
  } = {},
) {
  const log = recordingLog();
  const world = Object.assign(new Alternatives(sizes), { log });
  const tree = dst.replaceAll(/[a-z]/g, (name) => `/#/n/${name}`);
  const { clock } = world;
  const client = world.client({
    interpreter: createInterpreter({ namers: [{ prefix: Path.parse("/#/n"), namer: world.namer }] }),
    dtab: Dtab.parse(`/svc/web => ${tree}`),
    failover: "unavailable",
    tuning: () => once,
    log,
    ...options,
  });
  const path = Path.parse("/svc/web");
  const take = async (): Promise<Lease> =>
    client.tryAcquire(path, Dtab.empty) ?? (await client.acquire(path, Dtab.empty));
  /** Sends a request; which alternative had it. */
  const use = async (outcome: "success" | "failure" = "success") => {
    const lease = await take();
    lease.release(outcome);
    return lease.id.at(2);
  };
  /** The next request fails, and is this one's. */
  const fail = async (name: string) => {
    const lease = await take();
    expect(lease.id.at(2)).toBe(name);
    lease.release("failure");
  };
  return { world, client, clock, path, take, use, fail };
}
