import { Path } from "@namerkit/core";
import type { Scenario } from "../scenario.js";
import type { World } from "../world.js";

const group = "names";

/** What a name is called when it is bound. */
export const ids: readonly Scenario[] = [
  {
    id: "names.spellings",
    group,
    title: "however a name is written, it has one id and one watch",
    users: "each way of writing would be a client with connections and statistics of its own",
    mend: "bring keys into one form (`canonical`) before anything is looked up by them",
    needs: ["spellings"],
    async run(world) {
      await world.put("web", 1);
      const seen = world.see();
      await world.has(seen, [1]);
      const alone = await world.peak(5_000);
      const others = (world.subject.spellings?.("web") ?? []).map((path) => world.seePath(path));
      for (const other of others) {
        await world.has(other, [1]);
        world.same(other.tree, seen.tree, `id of ${other.path.show()}`);
        world.must(other.leaf?.addr === seen.leaf?.addr, `${other.path.show()} has the same inner Var`, "another one");
      }
      const together = await world.peak(5_000);
      world.must(together <= alone, `no more watches than for one spelling: ${alone}`, `${together}`);
    },
  },
  {
    id: "names.ids-are-paths",
    group,
    title: "an id, looked up as a path, is bound to itself",
    users: "a bound name could not be written in a dtab, in an override or in another router's configuration",
    mend: "make the id of the prefix and of what was consumed, in their canonical form, and accept that form",
    async run(world) {
      await world.put("web", 1);
      const seen = world.see("web", "/v1");
      await world.has(seen, [1]);
      const id = seen.leaf?.id ?? Path.empty;
      world.must(id.startsWith(world.prefix), `an id that begins with ${world.prefix.show()}`, id.show());
      const itself = world.seePath(id.drop(world.prefix.size).show());
      await world.has(itself, [1]);
      world.same(itself.tree, id.show(), "what its id is bound to");
      world.must(itself.leaf?.addr === seen.leaf?.addr, "the same inner Var", "another one");
    },
  },
  {
    id: "names.residual",
    group,
    title: "what follows the name is left over, and is not part of the id",
    users: "each request path would become a client of its own, and path rewriting would not work",
    mend: "consume as many elements as the name has, and give the rest as residual",
    async run(world) {
      await world.put("web", 1);
      const [plain, below] = [world.see(), world.see("web", "/v1/users")];
      await world.has(plain, [1]);
      await world.has(below, [1]);
      world.same(plain.leaf?.residual.show() ?? "", "/", "residual of the plain name");
      world.same(below.leaf?.residual.show() ?? "", "/v1/users", "residual");
      world.same(below.leaf?.id.show() ?? "", plain.leaf?.id.show() ?? "", "id with a residual");
    },
  },
  {
    id: "names.too-short",
    group,
    title: "a path that is too short to be a name is Neg, and nobody is asked",
    users: "a typing error in a dtab would keep requests waiting, and the catalogue busy",
    mend: "answer Neg before anything is looked up (`segments` does)",
    async run(world) {
      await world.put("web", 1);
      const whole = Path.parse(world.subject.path("web"));
      for (let size = 0; size < whole.size; size++) await negUnasked(world, whole.take(size).show());
    },
  },
  {
    id: "names.nonsense",
    group,
    title: "a path that cannot be a name is Neg, and nobody is asked",
    users: "names that clients invent would cost the catalogue a request each, or reach it as something else",
    mend: "`reject` what the catalogue could not know, and escape the rest",
    needs: ["nonsense"],
    async run(world) {
      await world.put("web", 1);
      for (const path of world.subject.nonsense ?? []) await negUnasked(world, encoded(path));
    },
  },
  {
    id: "names.lazy",
    group,
    title: "nothing is asked before somebody observes",
    users: "a configuration would open connections for names that nobody uses, and `check` would reach out",
    mend: "do nothing in `create` and `lookup`; begin with the first observer",
    async run(world) {
      const { namer, subject, gate } = world;
      const path = Path.parse(subject.path("web"));
      namer.lookup(path);
      namer.lookup(path.concat(Path.parse("/v1")));
      namer.statusOf?.(path).sample();
      namer.state?.();
      await world.pass(10_000);
      world.same(gate?.server.connectionCount ?? world.watches, 0, "connections or watches without an observer");
      world.same(world.timers, 0, "timers without an observer");
    },
  },
];

async function negUnasked(world: World, path: string): Promise<void> {
  const seen = world.seePath(path);
  await world.is(seen, "neg", 0);
  await world.pass(2_000);
  world.same(seen.trees.at(-1) ?? "", "neg", `tree of ${path}`);
  world.same(world.gate?.server.connectionCount ?? world.watches, 0, `connections or watches because of ${path}`);
}

/** Subjects write paths for people; on the way they may need escapes. */
function encoded(path: string): string {
  return Path.of(...path.split("/").filter((element) => element !== "")).show();
}
