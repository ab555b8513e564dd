import { faultsFor } from "../fault-table.js";
import type { Scenario } from "../scenario.js";
import type { Seen } from "../seen.js";
import type { Fault, FirstAnswer, Subject } from "../subject.js";
import type { World } from "../world.js";

/** Each fault twice: before the first answer, and after one. */
export function faults(subject: Pick<Subject, "faults" | "definite" | "requests">): readonly Scenario[] {
  const all = Object.entries(faultsFor(subject));
  const first = (name: string, fault: Fault): FirstAnswer => subject.definite?.[name] ?? fault.first;
  return [
    ...all.map(([name, fault]) => atTheStart(name, fault, first(name, fault))),
    ...all.map(([name, fault]) => afterASuccess(name, fault)),
  ];
}

const became: Readonly<Record<FirstAnswer, string>> = {
  "at once": "Failed at once",
  late: "pending, Failed after firstAnswerMs",
  either: "Failed within firstAnswerMs",
  neg: "Neg",
  any: "bound, or Failed",
};

function atTheStart(name: string, fault: Fault, first: FirstAnswer): Scenario {
  return {
    id: `start.${slug(name)}`,
    group: "faults at the start",
    title: `${name}: ${became[first]}; no busy loop; well by itself; all let go of`,
    users:
      first === "any"
        ? "a catalogue that is in trouble would be asked so often that it cannot recover"
        : "a failure would be taken for an empty service, or hidden, or would last until the process is restarted",
    mend: `tell answers from failures: throw NAMER_REFUSED (401, 403) or NAMER_ANSWER (not understood) where waiting would not help, and NAMER_UNAVAILABLE for all else; yield undefined for a definite "there is no such name" alone`,
    needs: ["network"],
    async run(world) {
      await world.put("web", 1);
      await world.gate?.begin(name, fault);
      const mark = world.gate?.mark();
      const seen = world.see();
      if (first === "any") await world.pass(10_000);
      else if (first === "neg") await world.is(seen, "neg", 6_000);
      else await fails(world, seen, first);
      await world.pass(30_000);
      if (mark !== undefined) world.bounded(mark);
      if (first !== "neg") world.must(!seen.trees.includes("neg"), "never Neg", `[${seen.trees.join(" | ")}]`);
      if (first !== "any") {
        world.must(!seen.trees.some((tree) => tree.startsWith("/")), "never bound", `[${seen.trees.join(" | ")}]`);
        if (first !== "neg") await caused(world, seen);
      }
      await world.gate?.heal();
      await world.has(seen, [1], world.recoveryMs);
      seen.close();
      await world.nothingLeft();
    },
  };
}

function afterASuccess(name: string, fault: Fault): Scenario {
  // Some answers come through: then there is nothing stale.
  const partly = fault.first === "any";
  return {
    id: `after.${slug(name)}`,
    group: "faults after a success",
    title: `${name}: the last good answer stays${partly ? "" : ", known to be stale"}; no busy loop; then well by itself`,
    users: "trouble with the catalogue would become trouble with every service in it",
    mend: "throw; keep what was known; go on asking, with back-off; and after that read everything anew (the supervisor does, where the watch throws)",
    needs: ["network"],
    async run(world) {
      await world.put("web", 1);
      const seen = world.see();
      await world.has(seen, [1]);
      await world.pass(2_000);
      const before = [seen.states.length, seen.addrs.length];
      await world.gate?.begin(name, fault);
      const mark = world.gate?.mark();
      if (!partly) await stale(world, seen, fault);
      await world.put("web", 1, 2);
      await world.pass(30_000);
      if (mark !== undefined) world.bounded(mark);
      const same = partly ? before.slice(0, 1) : before;
      world.same([seen.states.length, seen.addrs.length].slice(0, same.length), same, "trees and address sets so far");
      await world.gate?.heal();
      await world.has(seen, [1, 2], world.recoveryMs);
      await live(world, seen);
      world.same(seen.states.length, before[0] as number, "trees in the end");
      world.same(seen.sets.filter((set, i, all) => i > 0 && set === all[i - 1]).length, 0, "equal sets in a row");
      seen.close();
      await world.nothingLeft();
    },
  };
}

/** Failed when it should be, and not anything else before. */
async function fails(world: World, seen: Seen, first: FirstAnswer): Promise<void> {
  if (first === "late") {
    await world.pass(4_800);
    world.same(seen.trees, ["pending"], "trees before firstAnswerMs");
  }
  await world.is(seen, /^failed/, first === "late" ? 1_200 : first === "at once" ? 4_000 : 6_000);
  world.must((seen.error?.message.length ?? 0) > 0, "an error with a message", "none");
}

/** What is silent is found out by the namer's own deadlines only. */
async function caused(world: World, seen: Seen): Promise<void> {
  const has = (): boolean => seen.status?.lastError !== undefined;
  await world.until(has, "statusOf has the cause", () => statusText(seen), world.silenceMs);
}

async function stale(world: World, seen: Seen, fault: Fault): Promise<void> {
  // What is silent is found out by the namer's own deadlines only; everything else at the next attempt.
  const within = fault.open === "silent" ? world.silenceMs : 60_000;
  await world.until(
    () => seen.status?.state === "stale",
    "statusOf says stale",
    () => statusText(seen),
    within,
  );
  world.must(seen.status?.lastError !== undefined, "statusOf has the cause", statusText(seen));
  world.must(seen.status?.staleSince !== undefined, "statusOf says since when", statusText(seen));
}

async function live(world: World, seen: Seen): Promise<void> {
  await world.until(
    () => seen.status?.state === "live",
    "statusOf says live",
    () => statusText(seen),
    world.recoveryMs,
  );
}

function statusText(seen: Seen): string {
  return JSON.stringify(seen.status) ?? "no status";
}

function slug(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}
