import type { Scenario } from "../scenario.js";
import type { World } from "../world.js";

const group = "parsing";

/** Catalogues hold more than a namer knows of. */
export const parsing: readonly Scenario[] = [
  {
    id: "parsing.odd",
    group,
    title: "one instance that cannot be understood is left out and counted; the others stay",
    users: "one mistyped entry would take down a service, or the whole catalogue",
    mend: 'check each item by itself, skip what is wrong, and `count("skipped")`',
    needs: ["addOdd"],
    async run(world) {
      await world.put("web", 1);
      await world.put("api", 5);
      const [web, api] = [world.see(), world.see("api")];
      await world.has(web, [1]);
      await world.has(api, [5]);
      await world.backend.addOdd?.("web");
      await unmoved(world);
      const skipped = Object.entries(world.metrics.snapshot()).filter(([name, n]) => /skip/i.test(name) && n > 0);
      world.must(skipped.length > 0, "a counter of what was skipped", Object.keys(world.metrics.snapshot()).join(", "));
      await world.put("web", 2);
      await world.has(web, [2]);
    },
  },
  {
    id: "parsing.odd-first",
    group,
    title: "the same, when it was there from the start",
    users: "after a restart a service would not come up that had worked until then",
    mend: "skip what is wrong in the first answer as in any other",
    needs: ["addOdd"],
    async run(world) {
      await world.put("web", 1);
      await world.backend.addOdd?.("web");
      await world.has(world.see(), [1]);
    },
  },
  {
    id: "parsing.unknown",
    group,
    title: "fields and events that nobody has heard of change nothing",
    users: "an upgrade of the catalogue would break every client that is not upgraded first",
    mend: "read what is needed, and ignore the rest",
    needs: ["addUnknown"],
    async run(world) {
      await world.put("web", 1);
      const seen = world.see();
      await world.has(seen, [1]);
      await world.backend.addUnknown?.("web");
      await unmoved(world);
      world.must(seen.status?.state !== "stale", "no failure", JSON.stringify(seen.status) ?? "");
      await world.put("web", 2);
      await world.has(seen, [2]);
    },
  },
  {
    id: "parsing.touch",
    group,
    title: "the same content in another version and another order is no update",
    users: "clients would be woken, and balancers rebuilt, for nothing",
    mend: "compare sets before publishing (Addr.equals; watchEach and watchAll do)",
    needs: ["touch"],
    async run(world) {
      await world.put("web", 1, 2, 3);
      const seen = world.see();
      await world.has(seen, [1, 2, 3]);
      for (let i = 0; i < 20; i++) {
        await world.backend.touch?.();
        await world.pass(700);
      }
      await unmoved(world);
      await world.put("web", 1, 2, 4);
      await world.has(seen, [1, 2, 4]);
    },
  },
];

/** What is observed stands where it stood when it first had its addresses. */
async function unmoved(world: World): Promise<void> {
  await world.pass(10_000);
  for (const seen of world.observed) {
    world.same(seen.sets.length, 1, `address sets of ${seen.path.show()}`);
    world.same(seen.trees.filter((tree) => tree !== "pending").length, 1, `trees of ${seen.path.show()}`);
  }
}
