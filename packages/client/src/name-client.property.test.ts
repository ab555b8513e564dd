import { Addr, NamerError as Failure, isNamerError, type NamerError, NameTree, Path, State } from "@namerkit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { host, noDtab, World } from "../test-support/world.js";
import { endpointKey } from "./balance/endpoint.js";
import { CLIENT_ERROR_CODES } from "./errors.js";
import type { Lease, NameClient } from "./types.js";

const names = ["/svc/a", "/svc/b", "/svc/c"];
const ids = ["/#/x", "/#/y", "/#/z"];
const codes = new Set([...Object.keys(CLIENT_ERROR_CODES), "ABORTED", "CLOSED"]);
const broken = new Failure("NAMER_UNAVAILABLE", "down");
const final = new Failure("NAMER_STALE", "too old", { final: true });

const name = fc.constantFrom(...names);
const id = fc.constantFrom(...ids);
const which = fc.nat({ max: 20 });
const op = fc.oneof(
  fc.record({ do: fc.constant("tree" as const), name, ids: fc.array(id, { maxLength: 3 }) }),
  fc.record({ do: fc.constant("treeTrouble" as const), name, error: fc.constantFrom(undefined, broken, final) }),
  fc.record({ do: fc.constant("addresses" as const), id, last: fc.array(fc.nat({ max: 4 }), { maxLength: 4 }) }),
  fc.record({
    do: fc.constant("addrTrouble" as const),
    id,
    addr: fc.constantFrom("neg", "pending", "failed", "final"),
  }),
  fc.record({ do: fc.constant("acquire" as const), name }),
  fc.record({ do: fc.constant("tryAcquire" as const), name }),
  fc.record({
    do: fc.constant("release" as const),
    which,
    outcome: fc.constantFrom("success", "failure", "ignorable"),
  }),
  fc.record({ do: fc.constant("another" as const), which }),
  fc.record({ do: fc.constant("abort" as const), which }),
  fc.record({ do: fc.constant("advance" as const), ms: fc.constantFrom<number>(1, 500, 1000, 5000) }),
);
type Op = typeof op extends fc.Arbitrary<infer T> ? T : never;

/** Plays operations against a name client and, beside it, a plain record of what was last true of names and addresses. */
class Play {
  readonly world = new World();
  readonly client: NameClient;
  readonly sizes = { paths: 2, trees: 2, bounds: 2, clients: 2 };
  /** The ids of the last good tree; absent: none, or no longer believed. */
  readonly trees = new Map<string, ReadonlySet<string>>();
  /** The last good address set. */
  readonly sets = new Map<string, ReadonlySet<string>>();
  readonly leases: { lease: Lease; tried: string[] }[] = [];
  readonly waiting = new Set<AbortController>();
  readonly faults: unknown[] = [];

  constructor(seed: number) {
    let at = (seed % 2_147_483_646) + 1;
    const random = () => {
      at = (at * 48_271) % 2_147_483_647;
      return at / 2_147_483_647;
    };
    this.client = this.world.client({ random, cache: { ...this.sizes, idleTtlMs: 2000 } });
  }

  async step(next: Op): Promise<void> {
    switch (next.do) {
      case "tree": {
        this.trees.set(next.name, new Set(next.ids));
        const leaves = next.ids.map((one, i) => NameTree.weighted(i, this.world.leaf(one)));
        this.world.resolve(next.name, leaves.length === 0 ? NameTree.neg : NameTree.union(...leaves));
        break;
      }
      case "treeTrouble":
        if (next.error === final) this.trees.delete(next.name);
        this.world.name(next.name).update(next.error === undefined ? State.pending : State.failed(next.error));
        break;
      case "addresses":
        this.sets.set(next.id, new Set(next.last.map((n) => endpointKey(host(n)))));
        this.world.addr(next.id).update(Addr.bound(next.last.map((n, i) => host(n, 1 + (i % 2)))));
        break;
      case "addrTrouble":
        if (next.addr === "neg" || next.addr === "final") this.sets.delete(next.id);
        this.world
          .addr(next.id)
          .update(
            { neg: Addr.neg, pending: Addr.pending, failed: Addr.failed(broken), final: Addr.failed(final) }[
              next.addr as "neg" | "pending" | "failed" | "final"
            ],
          );
        break;
      case "acquire":
        this.#acquire(next.name);
        break;
      case "tryAcquire": {
        const lease = this.client.tryAcquire(Path.parse(next.name), noDtab);
        if (lease !== undefined) this.#take(next.name, lease);
        break;
      }
      case "release": {
        const [held] = this.leases.splice(next.which % Math.max(1, this.leases.length), 1);
        held?.lease.release(next.outcome as "success");
        break;
      }
      case "another":
        this.#another(next.which % Math.max(1, this.leases.length));
        break;
      case "abort":
        [...this.waiting][next.which % Math.max(1, this.waiting.size)]?.abort();
        break;
      case "advance":
        await this.world.clock.advance(next.ms);
        break;
    }
    await this.world.clock.advance(0);
    if (this.faults.length > 0) throw this.faults[0];
    const inUse = this.leases.length + this.waiting.size;
    expect(Object.keys(this.client.state()).length).toBeLessThanOrEqual(this.sizes.clients);
    expect(this.world.watched).toBeLessThanOrEqual(this.sizes.paths + this.sizes.clients + 2 * inUse);
  }

  #acquire(wanted: string): void {
    const abort = new AbortController();
    this.waiting.add(abort);
    this.client
      .acquire(Path.parse(wanted), noDtab, { signal: abort.signal })
      .then((lease) => this.#take(wanted, lease))
      .catch((error: unknown) => {
        // Also what #take found wrong.
        if (!isNamerError(error) || !codes.has((error as NamerError).code)) this.faults.push(error);
      })
      .finally(() => this.waiting.delete(abort));
  }

  #take(wanted: string, lease: Lease): void {
    expect(this.trees.get(wanted)).toContain(lease.id.show());
    this.#expectListed(lease);
    this.leases.push({ lease, tried: [endpointKey(lease.address)] });
  }

  #another(at: number): void {
    const [held] = this.leases.splice(at, 1);
    if (held === undefined) return;
    const next = held.lease.another(new Error("refused"));
    if (next === undefined) return;
    this.#expectListed(next);
    expect(held.tried).not.toContain(endpointKey(next.address));
    this.leases.push({ lease: next, tried: [...held.tried, endpointKey(next.address)] });
  }

  #expectListed(lease: Lease): void {
    expect(this.sets.get(lease.id.show()) ?? new Set()).toContain(endpointKey(lease.address));
  }

  loads(): number[] {
    const all = Object.entries(this.world.metrics.snapshot());
    return all.filter(([key]) => key.endsWith("loadbalancer/load")).map(([, load]) => load);
  }

  expectNothingLeft(): void {
    expect(this.world.watched).toBe(0);
    expect(this.world.clock.pending).toBe(0);
    const left = Object.keys(this.world.metrics.snapshot()).filter((key) => /^(client|service)\//.test(key));
    expect(left).toEqual([]);
  }
}

async function play(ops: readonly Op[], seed: number): Promise<Play> {
  const game = new Play(seed);
  for (const next of ops) await game.step(next);
  return game;
}

describe("a name client under any interleaving", () => {
  const ops = fc.array(op, { maxLength: 60, size: "max" });

  it("hands out only endpoints of the last good set, answers everybody in time, and is idle after the TTL", async () => {
    await fc.assert(
      fc.asyncProperty(ops, fc.nat(), async (all, seed) => {
        const game = await play(all, seed);
        await game.step({ do: "advance", ms: 10_000 });
        expect(game.waiting.size).toBe(0);
        for (const { lease } of game.leases.splice(0)) lease.release("success");
        for (const load of game.loads()) expect(load).toBe(0);
        await game.world.clock.advance(2000);
        game.expectNothingLeft();
        game.client.close();
        await game.client.drained();
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  it("leaves nothing behind when closed at any moment, and is drained with the last lease", async () => {
    await fc.assert(
      fc.asyncProperty(ops, fc.nat(), async (all, seed) => {
        const game = await play(all, seed);
        game.client.close();
        expect(game.world.watched).toBe(0);
        expect(game.world.clock.pending).toBe(0);
        await game.world.clock.advance(0);
        expect(game.waiting.size).toBe(0);
        let drained = false;
        const draining = game.client.drained().then(() => {
          drained = true;
        });
        await game.world.clock.advance(0);
        expect(drained).toBe(game.leases.length === 0);
        for (const { lease } of game.leases.splice(0)) lease.release("failure");
        await draining;
        game.expectNothingLeft();
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});
