import { type Closable, Path } from "@namerkit/core";
import type { Scenario } from "../scenario.js";

const group = "eviction";
const INVENTED = 1_000;

/** What nobody needs any more. */
export const eviction: readonly Scenario[] = [
  {
    id: "eviction.linger",
    group,
    title: "a name that nobody observes is kept for lingerMs, and then let go of",
    users: "each pause between two requests would cost a round trip, or idle names would never go",
    mend: "accept the common option `lingerMs` and hand it to the supervisor",
    settings: { lingerMs: 20_000 },
    async run(world) {
      await world.put("web", 1);
      const seen = world.see();
      await world.has(seen, [1]);
      await world.pass(5_000);
      seen.close();
      await world.pass(15_000);
      await world.put("web", 2);
      await world.pass(3_000);
      const mark = world.gate?.mark();
      const again = world.see();
      world.same(again.set, "10.0.0.2:80", "what is known at once within the linger");
      if (mark !== undefined) world.same(world.gate?.since(mark) ?? 0, 0, "requests for it");
      again.close();
      await world.nothingLeft(21_000);
      const state = again.status?.state ?? "closed";
      world.same(state, "closed", "status of a name that has been let go of");
    },
  },
  {
    id: "eviction.invented",
    group,
    title: `${INVENTED} names that clients invent leave nothing behind`,
    users: "anybody could fill the memory, and the metrics, with requests for names that do not exist",
    mend: "keep keys only while they are observed and for the linger; let no series be named by a key",
    async run(world) {
      await world.put("web", 1);
      const web = world.see();
      await world.has(web, [1]);
      const timers = world.timers;
      const series = Object.keys(world.metrics.snapshot()).length;
      world.allowance = 3 * INVENTED;
      for (let i = 0; i < INVENTED; i += 50) {
        const batch: Closable[] = [];
        for (let j = i; j < i + 50; j++) {
          const path = Path.parse(world.subject.path(`invented-${j}`));
          batch.push(world.namer.lookup(path).run.observe(() => {}));
        }
        await world.pass(500);
        for (const one of batch) one.close();
      }
      // More than any linger and any time for which a Neg is remembered.
      await world.pass(60_000);
      const kept = JSON.stringify(world.namer.state?.() ?? null);
      world.must(!kept.includes("invented-"), "none of them in state()", kept.slice(0, 500));
      const now = world.metrics.snapshot();
      const named = Object.keys(now).filter((name) => name.includes("invented-"));
      world.same(named.slice(0, 3), [], "series with their names");
      const grown = Object.keys(now).length - series;
      world.must(grown < 50, "no series for each of them", `${grown} more than before`);
      world.must(world.timers <= timers + 3, `${timers} timers, as before`, `${world.timers}`);
      if (world.gate) {
        const open = (): number => world.gate?.openConnections ?? 0;
        await world.until(
          () => open() <= 3,
          "their connections closed",
          () => `${open()} open`,
          10_000,
        );
      } else world.must(world.watches <= 1, "their watches closed", `${world.watches}`);
      web.close();
      await world.nothingLeft();
    },
  },
];
