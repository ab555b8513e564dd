import type { Scenario } from "../scenario.js";
import type { Seen } from "../seen.js";
import type { World } from "../world.js";

const group = "warm start";
const mend = "accept the common option `snapshotFile` and hand it, and the whole `env`, to the supervisor";
const FILE = "names.json";

/** What was known before the process was started anew. `env.files` is in memory here. */
export const warmStart: readonly Scenario[] = [
  {
    id: "warm-start.shown",
    group,
    title:
      "snapshotFile: started while the catalogue is away, the last good addresses are there at once, marked as stale",
    users: "whoever is restarted during an outage of the catalogue would be down until it is over",
    mend,
    needs: ["failures"],
    settings: { snapshotFile: FILE },
    async run(world) {
      await known(world);
      const saved = world.files.files.get(FILE) ?? "";
      world.must(!saved.includes(world.subject.secret ?? "\0"), "no secret in the file", saved);
      await world.lose();
      const seen = restarted(world);
      await world.has(seen, [1], 3_000);
      await world.pass(30_000);
      world.same(seen.trees.filter((tree) => tree !== "pending").length, 1, "trees while the catalogue is away");
      world.same(seen.sets, ["10.0.0.1:80"], "address sets while the catalogue is away");
      const stale = seen.status?.state === "stale" && seen.status.staleSince !== undefined;
      world.must(stale, "stale, and since when", JSON.stringify(seen.status) ?? "no status");
      await world.put("web", 2);
      await world.regain();
      await world.has(seen, [2], world.recoveryMs);
      world.same(seen.inner.size, 1, "inner Vars");
      world.must(seen.status?.state === "live", "live", JSON.stringify(seen.status) ?? "no status");
    },
  },
  {
    id: "warm-start.too-old",
    group,
    title: "snapshotFile: what is older than maxStaleMs is not believed",
    users: "requests would go to addresses that somebody else has by now",
    mend,
    needs: ["failures"],
    settings: { snapshotFile: FILE, maxStaleMs: 60_000 },
    async run(world) {
      await known(world);
      await world.lose();
      await world.pass(120_000);
      const seen = restarted(world);
      await world.is(seen, /^failed/, 7_000);
      world.must(!seen.trees.some((tree) => tree.startsWith("/")), "never bound", `[${seen.trees.join(" | ")}]`);
      await world.regain();
      await world.has(seen, [1], world.recoveryMs);
    },
  },
  {
    id: "warm-start.overruled",
    group,
    title: "snapshotFile: the catalogue's word counts, also that there is no such name any more",
    users: "a service that was taken away would be sent requests again after each restart",
    mend,
    settings: { snapshotFile: FILE },
    async run(world) {
      await known(world);
      await world.remove("web");
      await world.put("api", 5);
      const seen = restarted(world);
      await world.is(seen, "neg");
      await world.pass(10_000);
      world.same(seen.tree, "neg", "tree in the end");
      await world.pass(10_000);
      const again = restarted(world);
      await world.is(again, "neg");
    },
  },
  {
    id: "warm-start.broken-file",
    group,
    title: "snapshotFile: a file that cannot be read or written is told of, and does no harm",
    users: "a full disk would be an outage",
    mend,
    settings: { snapshotFile: FILE },
    async run(world) {
      world.files.files.set(FILE, '{"half');
      await world.put("web", 1);
      const seen = world.see();
      await world.has(seen, [1]);
      world.files.broken = new Error("no space left on device");
      await world.put("web", 2);
      await world.has(seen, [2]);
      await world.pass(20_000);
      const loud = world.log.lines.filter(({ level }) => level === "warn" || level === "error");
      world.must(loud.length > 0, "a warning", "none");
      world.must(loud.length <= 10, "no more than ten warnings", `${loud.length}`);
      seen.close();
      await world.nothingLeft();
    },
  },
];

/** One life of a program: the name is known, saved, and let go of. */
async function known(world: World): Promise<void> {
  await world.put("web", 1);
  const seen = world.see();
  await world.has(seen, [1]);
  await world.pass(10_000);
  const saved = (): string => world.files.files.get(FILE) ?? "no file";
  world.must(saved().includes("10.0.0.1"), "the addresses in the file", saved());
  seen.close();
  await world.pass(10_000);
}

/** The next life. */
function restarted(world: World): Seen {
  return world.seePath(world.subject.path("web"), world.another());
}
