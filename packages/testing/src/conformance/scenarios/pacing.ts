import { reset } from "../../faulty/breaks.js";
import { wrongStatus } from "../../faulty/shapes.js";
import type { Scenario } from "../scenario.js";
import type { World } from "../world.js";

const group = "pacing";

/** How often the catalogue is asked. */
export const pacing: readonly Scenario[] = [
  {
    id: "pacing.instant",
    group,
    title: "a server that does not wait when it is asked to: no busy loop, and no update",
    users:
      "one wrong parameter, or a proxy that caches, would mean thousands of requests a second (node-consul: 3,400/s)",
    mend: "`await pace()` before asking again without having yielded; a `yield` waits by itself",
    needs: ["network"],
    async run(world) {
      await world.put("web", 1);
      const seen = world.see();
      await world.has(seen, [1]);
      await world.gate?.begin("instant answers", { script: (relay) => relay.instant, first: "any" });
      await world.passBounded(120_000);
      world.same(seen.sets, ["10.0.0.1:80"], "address sets");
      await world.gate?.heal();
      await world.put("web", 2);
      await world.has(seen, [2], world.recoveryMs);
    },
  },
  {
    id: "pacing.restless",
    group,
    title: "a catalogue that changes ten times a second in what is none of the names' business: bounded, no update",
    users: "a busy catalogue would keep every client busy, too",
    mend: "pace successful answers as well (the supervisor: a burst of five, then two a second), and compare contents",
    needs: ["network", "touch"],
    async run(world) {
      await world.put("web", 1);
      const seen = world.see();
      await world.has(seen, [1]);
      const mark = world.gate?.mark();
      for (let i = 0; i < 600; i++) {
        await world.backend.touch?.();
        await world.pass(100);
        if (mark !== undefined && i % 100 === 99) world.bounded(mark);
      }
      if (mark !== undefined) world.bounded(mark);
      world.same(seen.sets, ["10.0.0.1:80"], "address sets");
      world.same(seen.trees.filter((tree) => tree !== "pending").length, 1, "trees");
      await world.put("web", 2);
      await world.has(seen, [2]);
    },
  },
  {
    id: "pacing.back-off",
    group,
    title: "ten minutes of failures: asked ever more rarely, never given up",
    users: "a catalogue that struggles would be held down by its clients, or forgotten by them",
    mend: "back off exponentially up to some seconds, and begin anew only after a while of health",
    needs: ["network"],
    async run(world) {
      await world.put("web", 1);
      await world.gate?.begin("reset", { script: () => reset(), first: "late" });
      const seen = world.see();
      await world.passBounded(300_000);
      const mark = world.gate?.mark();
      await world.passBounded(300_000);
      const asked = mark === undefined ? 0 : (world.gate?.since(mark) ?? 0);
      world.must(asked <= 150, "no more than 150 attempts in the second five minutes", `${asked}`);
      world.must(asked >= 4, "still four attempts in the second five minutes", `${asked}`);
      await world.gate?.heal();
      await world.has(seen, [1], world.recoveryMs);
    },
  },
  {
    id: "pacing.jitter",
    group,
    title: "the pauses between attempts are drawn at random",
    users: "a thousand clients of a catalogue that comes back would all ask in the same moment, again and again",
    mend: "draw each pause with `env.random`",
    needs: ["network"],
    async run(world) {
      await world.put("web", 1);
      await world.gate?.begin("reset", { script: () => reset(), first: "late" });
      const times = async (random: number): Promise<readonly number[]> => {
        const from = world.gate?.mark();
        const namer = world.another(world.settings, { random: () => random });
        const seen = world.seePath(world.subject.path("web"), namer);
        await world.pass(20_000);
        seen.close();
        await world.pass(5_000);
        const all = world.gate?.requests.slice(from?.requests ?? 0) ?? [];
        return all.slice(0, 5).map(({ at }) => at - (from?.at ?? 0));
      };
      const [low, high] = [await times(0.05), await times(0.95)];
      world.must(low.length >= 2 && high.length >= 2, "attempts in 20 s", `${low.length} and ${high.length}`);
      const differ = low.some((at, i) => Math.abs(at - (high[i] ?? Number.POSITIVE_INFINITY)) > 25);
      world.must(differ, "other pauses for another draw", `attempts at ${low.join(", ")} ms for both`);
    },
  },
  ...[429, 503].map(
    (status): Scenario => ({
      id: `pacing.retry-after-${status}`,
      group,
      title: `${status} with Retry-After: 30 is left alone for 30 s, and asked again soon after`,
      users: "a catalogue that sheds load would get no less of it",
      mend: "put `retryAfterMs` on the error that is thrown; the supervisor obeys it",
      needs: ["network"],
      async run(world) {
        await world.put("web", 1);
        const seen = world.see();
        await world.has(seen, [1]);
        await world.gate?.begin(`${status}`, { script: () => wrongStatus(status, { retryAfter: 30 }), first: "late" });
        await quiet(world, 28_000);
        await world.put("web", 2);
        await world.gate?.heal();
        await world.has(seen, [2], 20_000);
      },
    }),
  ),
  {
    id: "pacing.retry-after-for-ever",
    group,
    title: "Retry-After of a day is obeyed for a minute at most",
    users: "one mistaken header would keep names stale until tomorrow",
    mend: "put a bound on what a server may ask for (the supervisor: 60 s)",
    needs: ["network"],
    async run(world) {
      await world.put("web", 1);
      const seen = world.see();
      await world.has(seen, [1]);
      const script = () => wrongStatus(503, { retryAfter: 86_400 });
      await world.gate?.begin("503 for a day", { script, first: "late" });
      await quiet(world, 10_000);
      await world.put("web", 2);
      await world.gate?.heal();
      await world.has(seen, [2], 70_000);
    },
  },
];

/** Once the next request has met the fault there is none for so long. */
async function quiet(world: World, ms: number): Promise<void> {
  const { gate } = world;
  if (gate === undefined) return;
  const before = gate.mark();
  const asked = (): number => gate.mark().requests - before.requests;
  await world.until(
    () => asked() > 0,
    "the namer asks",
    () => `${asked()}`,
  );
  // Another one may have been under way.
  await world.pass(1_000);
  const mark = gate.mark();
  await world.pass(ms);
  world.same(
    gate.mark().requests - mark.requests,
    0,
    `requests in ${ms / 1000} s after being asked to wait for longer`,
  );
}
