import type { Scenario } from "../scenario.js";

const group = "names";

/** Many who need the same thing, and one who fetches it. */
export const sharing: readonly Scenario[] = [
  {
    id: "names.sharing",
    group,
    title: "two observers and two residuals of one name share one watch and one inner Var",
    users: "the catalogue would be asked once per client, and fall over in the big installations",
    mend: "key watches by the id, without the residual, and count references (watchEach and watchAll do)",
    async run(world) {
      await world.put("web", 1);
      const all = [world.see()];
      const first = all[0] as (typeof all)[0];
      await world.has(first, [1]);
      await world.pass(3_000);
      const before = world.gate?.mark();
      const alone = await world.peak(30_000);
      const between = world.gate?.mark();
      for (const below of ["", "/v1/users", "/v2"]) {
        const seen = world.see("web", below);
        all.push(seen);
        world.must(seen.leaf !== undefined, "who comes later has the answer at once", seen.tree);
      }
      const together = await world.peak(30_000);
      world.must(together <= alone, `no more watches for four observers than for one: ${alone}`, `${together}`);
      if (before && between) {
        const asked = [between.requests - before.requests, world.gate?.since(between) ?? 0] as const;
        const expected = `no more requests in 30 s for four observers than for one: ${asked[0]}`;
        world.must(asked[1] <= asked[0] + 1, expected, `${asked[1]}`);
      }
      world.same(new Set(all.map((seen) => seen.leaf?.addr)).size, 1, "inner Vars of four observers");
      await world.put("web", 1, 2);
      for (const seen of all) await world.has(seen, [1, 2]);
    },
  },
  {
    id: "names.references",
    group,
    title: "the watch goes on until the last observer has gone, and begins anew with the next",
    users: "closing one client would stop the names of all others, or nothing would ever be let go of",
    mend: "count references; start with the first, stop after the last and the linger",
    async run(world) {
      await world.put("web", 1);
      const [a, b] = [world.see(), world.see("web", "/v1")];
      await world.has(a, [1]);
      await world.has(b, [1]);
      a.close();
      await world.pass(10_000);
      await world.put("web", 2);
      await world.has(b, [2]);
      b.close();
      await world.nothingLeft();
      await world.put("web", 3);
      const again = world.see();
      await world.has(again, [3]);
      world.must(!again.sets.includes("10.0.0.2:80"), "no address of the time before", `[${again.sets.join(" | ")}]`);
    },
  },
  {
    id: "names.inner-alone",
    group,
    title: "addresses go on while only they are observed, and the tree can be observed again meanwhile",
    users: "a client that has bound a name, and lets go of the tree, would serve from addresses of the past",
    mend: "let each level hold the same watch, and use the running one where it is observed again",
    async run(world) {
      await world.put("web", 1);
      const seen = world.see();
      await world.has(seen, [1]);
      const addr = seen.leaf?.addr;
      let size = 0;
      const held = addr?.observe((now) => {
        size = now.type === "bound" ? now.addresses.length : -1;
      });
      const alone = await world.peak(5_000);
      seen.close();
      await world.pass(10_000);
      await world.put("web", 1, 2);
      await world.until(
        () => size === 2,
        "two addresses, while only the addresses are observed",
        () => `${size}`,
      );
      const again = world.see();
      world.must(again.leaf?.addr === addr, "the tree observed again has the same leaf at once", again.tree);
      const together = await world.peak(5_000);
      world.must(together <= alone, `no more watches than before: ${alone}`, `${together}`);
      held?.close();
      again.close();
      await world.nothingLeft();
    },
  },
  {
    id: "names.apart",
    group,
    title: "what happens to one name is not told to another",
    users: "every change in the catalogue would wake every client",
    mend: "compare what a name sees before and after, and publish only what differs",
    async run(world) {
      await world.put("web", 1);
      await world.put("api", 5);
      const [web, api] = [world.see("web"), world.see("api")];
      await world.has(web, [1]);
      await world.has(api, [5]);
      await world.put("api", 5, 6);
      await world.has(api, [5, 6]);
      await world.put("db", 7);
      await world.remove("api");
      await world.is(api, "neg");
      world.same(web.sets, ["10.0.0.1:80"], "address sets of the other name");
      world.same(web.trees.filter((tree) => tree !== "pending").length, 1, "trees of the other name");
    },
  },
];
