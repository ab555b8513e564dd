import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Client, client, type Kind, oneName } from "../../test-support/both-kinds.js";
import { NamerError } from "../errors.js";
import { address } from "../names/addr.js";
import type { Found } from "./found.js";
import { testEnv } from "./test-env.js";

const GRACE = 1_300;

type Step =
  | { readonly do: "observe" | "alive" | "throw" }
  | { readonly do: "close"; readonly which: number }
  | { readonly do: "yield"; readonly found: Found }
  | { readonly do: "advance"; readonly ms: number };

const answers: readonly Found[] = [[address("192.0.2.1", 80)], [address("192.0.2.2", 80)], [], undefined];
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom<Step>({ do: "observe" }, { do: "alive" }, { do: "throw" }),
  fc.nat(3).map((which): Step => ({ do: "close", which })),
  fc.constantFrom(...answers).map((found): Step => ({ do: "yield", found })),
  fc.constantFrom(0, 1, 500, GRACE, 2_000, 6_000).map((ms): Step => ({ do: "advance", ms })),
);

const options = fc.record({
  emptyGraceMs: fc.constantFrom(0, GRACE),
  maxStaleMs: fc.constantFrom(undefined, 2_000),
  whenUnavailable: fc.constantFrom<"failed" | "neg">("failed", "neg"),
  snapshotFile: fc.constantFrom(undefined, "warm.json"),
  lingerMs: fc.constantFrom(0, 3_000),
});

const saved = `{"format":"namerkit-snapshot@1","prefix":"/#/test","savedAt":"2019-12-31T23:59:59.000Z","names":{
"/web":{"type":"bound","addrs":[{"ip":"192.0.2.9","port":80,"weight":1,"meta":{}}],"meta":{}}}}`;

type Given = typeof options extends fc.Arbitrary<infer O> ? O : never;

interface Lived {
  readonly seen: readonly (readonly [readonly string[], readonly string[]])[];
  /** When a leaf was seen to go, and when the catalogue had last said that there is something. */
  readonly gone: readonly (readonly [at: number, lastFull: number])[];
}

async function live(kind: Kind, given: Given, steps: readonly Step[]): Promise<Lived> {
  const env = testEnv({ random: () => 0 });
  env.files.files.set("warm.json", saved);
  const { namer, script } = oneName(kind, env, {
    ...given,
    negativeMs: given.lingerMs,
    backoff: { baseMs: 7, factor: 1 },
    pace: { burst: 1e9, perSecond: 1e9 },
  });
  const clients: Client[] = [];
  const open = new Set<Client>();
  const gone: [number, number][] = [];
  let lastFull = Number.NEGATIVE_INFINITY;
  const until = async (end: number): Promise<void> => {
    // One timer after the other, so that the moment of each change is known.
    for (;;) {
      const before = [...open].map(({ tree }) => tree.at(-1));
      const ms = Math.min(env.clock.next ?? Number.POSITIVE_INFINITY, end - env.clock.now());
      await env.clock.advance(ms);
      for (const [i, { tree }] of [...open].entries())
        if (before[i] === "leaf" && tree.at(-1) === "neg") gone.push([env.clock.now(), lastFull]);
      if (env.clock.now() >= end) return;
    }
  };
  for (const one of steps) {
    if (one.do === "observe") {
      const made = client(namer);
      clients.push(made);
      open.add(made);
    } else if (one.do === "close") {
      const closing = clients[one.which];
      closing?.close();
      if (closing !== undefined) open.delete(closing);
    } else if (one.do === "advance") await until(env.clock.now() + one.ms);
    else {
      const call = script.calls.at(-1);
      if (call === undefined || call.context.signal.aborted) continue;
      if (one.do === "yield") call.yield(one.found);
      else if (one.do === "throw") call.throw(new NamerError("NAMER_UNAVAILABLE", "no"));
      else call.context.alive();
      await until(env.clock.now());
      if (one.do === "yield" && one.found !== undefined && "length" in one.found && one.found.length > 0)
        lastFull = env.clock.now();
    }
  }
  for (const each of clients) each.close();
  await env.clock.advance(60_000);
  expect([kind, env.clock.pending, env.log.lines.filter(({ level }) => level === "error")]).toEqual([kind, 0, []]);
  return { seen: clients.map(({ tree, addrs }) => [tree, addrs]), gone };
}

describe("a name of either kind, whatever happens in whatever order", () => {
  it("is shown alike, is never given up within the grace time, and leaves nothing behind", async () => {
    await fc.assert(
      fc.asyncProperty(options, fc.array(step, { minLength: 1, maxLength: 40 }), async (given, steps) => {
        const [each, all] = [await live("watchEach", given, steps), await live("watchAll", given, steps)];
        expect(all.seen).toEqual(each.seen);
        for (const [at, lastFull] of each.gone) expect(at - lastFull).toBeGreaterThanOrEqual(given.emptyGraceMs);
      }),
      { numRuns: 1_000 },
    );
  }, 60_000);
});
