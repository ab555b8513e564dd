import type { Scenario } from "../scenario.js";

const group = "emptiness";
const users = "a catalogue that lost its data would take every service down with it (Consul #3975, Traefik #1703)";
const mend = "accept the common option `emptyGraceMs` and hand it to the supervisor; with watchAll it guards each name";

/** A sudden drop to nothing may be a failure that does not know itself. The grace time is 20 s in these. */
export const emptiness: readonly Scenario[] = [
  {
    id: "emptiness.held",
    group,
    title: "emptyGraceMs: a name that is suddenly empty keeps its addresses for the grace time, and is Neg after it",
    users,
    mend,
    settings: { emptyGraceMs: 20_000 },
    async run(world) {
      await world.put("web", 1, 2);
      await world.put("api", 5);
      const [web, api] = [world.see(), world.see("api")];
      await world.has(web, [1, 2]);
      await world.has(api, [5]);
      await world.put("web");
      await world.pass(18_000);
      world.same(web.set, "10.0.0.1:80 10.0.0.2:80", "addresses during the grace time");
      await world.is(web, "neg", 60_000);
      world.same(api.sets, ["10.0.0.5:80"], "address sets of another name");
      await world.put("web", 3);
      await world.has(web, [3]);
    },
  },
  {
    id: "emptiness.passing",
    group,
    title: "emptyGraceMs: a gap that is over within the grace time is never seen",
    users,
    mend,
    settings: { emptyGraceMs: 20_000 },
    async run(world) {
      await world.put("web", 1);
      const web = world.see();
      await world.has(web, [1]);
      await world.put("web");
      await world.pass(8_000);
      await world.put("web", 1);
      await world.pass(40_000);
      world.same(web.sets, ["10.0.0.1:80"], "address sets");
      world.same(web.trees.filter((tree) => tree !== "pending").length, 1, "trees");
    },
  },
  {
    id: "emptiness.catalogue",
    group,
    title: "emptyGraceMs: the same when everything is gone at once",
    users,
    mend,
    settings: { emptyGraceMs: 20_000 },
    async run(world) {
      await world.put("web", 1);
      await world.put("api", 5);
      const [web, api] = [world.see(), world.see("api")];
      await world.has(web, [1]);
      await world.has(api, [5]);
      await world.remove("web");
      await world.remove("api");
      await world.pass(15_000);
      world.same([web.set, api.set], ["10.0.0.1:80", "10.0.0.5:80"], "addresses during the grace time");
      await world.put("web", 1);
      await world.is(api, "neg", 60_000);
      await world.pass(30_000);
      world.same(web.sets, ["10.0.0.1:80"], "address sets of the one that came back");
    },
  },
  {
    id: "emptiness.believed",
    group,
    title: "without emptyGraceMs emptiness is believed at once",
    users: "a service that is stopped would be sent requests until the grace time is over",
    mend: "0 is the default of emptyGraceMs",
    async run(world) {
      await world.put("web", 1);
      const web = world.see();
      await world.has(web, [1]);
      await world.put("web");
      // Catalogues that are polled, and not watched, need their time.
      await world.is(web, "neg", 60_000);
    },
  },
];
