import type { Scenario } from "../scenario.js";

const group = "names";

/** Whether a name is there, and where: two levels that move apart from each other. */
export const twoLevels: readonly Scenario[] = [
  {
    id: "names.two-levels",
    group,
    title: "1 → 5 → 1 instances: one tree, and the addresses move inside of it",
    users: "each scaling would rebuild clients: connections are dropped, balancers and statistics begin anew",
    mend: "publish the tree when existence moves only, and addresses through the Var of the leaf (watchEach, watchAll and stabilizeExistence do)",
    async run(world) {
      await world.put("web", 1);
      const seen = world.see();
      await world.has(seen, [1]);
      await world.put("web", 1, 2, 3, 4, 5);
      await world.has(seen, [1, 2, 3, 4, 5]);
      await world.put("web", 3);
      await world.has(seen, [3]);
      world.same(leaves(seen.trees), 1, "trees with a leaf, from one instance to five and back");
      world.same(twice(seen.sets), [], "address sets that were published twice in a row");
    },
  },
  {
    id: "names.existence",
    group,
    title: "a name that is not there is Neg, appears, goes and comes back",
    users: "`a | b` would not fall over to b when a is gone, or never come back to it",
    mend: "`yield undefined` for what definitely is not there, and go on watching it",
    async run(world) {
      await world.put("api", 9);
      const seen = world.see();
      await world.is(seen, "neg");
      await world.put("web", 1);
      await world.has(seen, [1]);
      await world.remove("web");
      await world.is(seen, "neg");
      await world.put("web", 2);
      await world.has(seen, [2]);
      const kinds = seen.trees.filter((tree) => tree !== "pending").map((tree) => (tree === "neg" ? tree : "leaf"));
      world.same(kinds, ["neg", "leaf", "neg", "leaf"], "trees");
    },
  },
  {
    id: "names.identity",
    group,
    title: "a name that goes and comes back has the same inner Var",
    users: "clients that hold the old one would never see an address again (Linkerd 1 had this: #1626, #1635, #1636)",
    mend: "keep one Var per id for as long as somebody holds it (stabilizeExistence does)",
    async run(world) {
      await world.put("web", 1);
      const seen = world.see();
      await world.has(seen, [1]);
      const first = seen.leaf?.addr;
      const held: string[] = [];
      const handle = first?.observe((addr) =>
        held.push(addr.type === "bound" ? String(addr.addresses.length) : addr.type),
      );
      await world.remove("web");
      await world.is(seen, "neg");
      await world.put("web", 2, 3);
      await world.has(seen, [2, 3]);
      handle?.close();
      world.same(seen.inner.size, 1, "inner Vars");
      world.same(held.at(-1) ?? "nothing", "2", "instances that a client of the first leaf has in the end");
    },
  },
  {
    id: "names.empty",
    group,
    title: "a service without instances is Neg",
    users: "requests would fail where another alternative of the dtab could serve them",
    mend: "an empty list is as good as no service: `yield []` or `yield undefined`",
    async run(world) {
      await world.put("web");
      await world.put("api", 9);
      const seen = world.see();
      await world.is(seen, "neg");
      await world.put("web", 1);
      await world.has(seen, [1]);
      await world.put("web");
      await world.is(seen, "neg");
      world.must(!seen.sets.includes("empty"), "no empty address set", `[${seen.sets.join(" | ")}]`);
    },
  },
];

function leaves(trees: readonly string[]): number {
  return trees.filter((tree) => tree.startsWith("/")).length;
}

function twice(sets: readonly string[]): readonly string[] {
  return sets.filter((set, i) => i > 0 && set === sets[i - 1]);
}
