import { createInterpreter, Dtab, Path } from "@namerkit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Alternatives } from "../test-support/alternatives.js";
import { spread } from "../test-support/bench.js";
import type { Lease } from "./types.js";

const names = ["a", "b", "c"];
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("take" as const), path: fc.constantFrom("/svc/x", "/svc/y", "/svc/z") }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("release" as const),
      which: fc.nat({ max: 20 }),
      outcome: fc.constantFrom("success" as const, "failure" as const, "failure" as const, "ignorable" as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("refuse" as const), which: fc.nat({ max: 20 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(10, 1000, 5000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("addresses" as const),
      name: fc.constantFrom(...names),
      last: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
    }),
  },
);

describe("failover on death, whatever happens in whatever order", () => {
  it("serves every request, and uses the first alternative again once all is well", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80, size: "max" }), fc.nat(), async (steps, seed) => {
        const world = new Alternatives({ a: 2, b: 2, c: 1 });
        const client = world.client({
          interpreter: createInterpreter({ namers: [{ prefix: Path.parse("/#/n"), namer: world.namer }] }),
          dtab: Dtab.parse(
            "/svc/x => /#/n/a | /#/n/b | /#/n/c; /svc/y => /#/n/b | /#/n/a; /svc/z => 1 * /#/n/a & 2 * /#/n/c",
          ),
          failover: "unavailable",
          random: spread(seed),
          cache: { paths: 2, trees: 2, bounds: 2, clients: 2, idleTtlMs: 60_000 },
          tuning: () => ({
            failureAccrual: {
              kind: "io.l5d.consecutiveFailures",
              failures: 2,
              backoff: { kind: "constant", ms: 2000 },
            },
          }),
        });
        // Rejects if there is nothing to send a request to, however dead all are: nothing is.
        const take = async (path: string): Promise<Lease> =>
          client.tryAcquire(Path.parse(path), Dtab.empty) ?? (await client.acquire(Path.parse(path), Dtab.empty));
        const leases: Lease[] = [];
        for (const next of steps) {
          if (next.do === "take") leases.push(await take(next.path));
          else if (next.do === "wait") await world.clock.advance(next.ms);
          else if (next.do === "addresses") world.addresses(next.name, ...next.last);
          else {
            const [lease] = leases.splice(next.which % Math.max(1, leases.length), 1);
            if (next.do === "release") lease?.release(next.outcome);
            else {
              const other = lease?.another(new Error("refused"));
              if (other !== undefined) leases.push(other);
            }
          }
        }
        for (const lease of leases.splice(0)) lease.release("success");
        // Every alternative lives: each probe succeeds, and nothing stays away for more than five minutes.
        for (let i = 0; i < 700; i++) {
          for (const path of ["/svc/x", "/svc/y", "/svc/z"]) (await take(path)).release("success");
          await world.clock.advance(500);
        }
        for (const [path, first] of [
          ["/svc/x", "a"],
          ["/svc/y", "b"],
        ] as const) {
          const lease = await take(path);
          expect(lease.id.at(2)).toBe(first);
          lease.release("success");
        }
        client.close();
        await client.drained();
        expect([world.watched, world.clock.pending]).toEqual([0, 0]);
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
