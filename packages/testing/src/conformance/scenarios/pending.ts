import { hang } from "../../faulty/silences.js";
import type { Scenario } from "../scenario.js";
import type { Fault } from "../subject.js";
import type { World } from "../world.js";

const group = "pending";
const silent: Fault = { script: () => hang(), first: "late", open: "silent" };

/** Before the first answer. firstAnswerMs is 5 s in all of these. */
export const pending: readonly Scenario[] = [
  {
    id: "pending.silence",
    group,
    title: "a catalogue that is silent: pending for firstAnswerMs, then Failed, and well by itself",
    users: "requests would wait for the binding timeout and fail without a word of why",
    mend: "put a bound on pending, and go on trying (`supervise` does both)",
    needs: ["network"],
    async run(world) {
      await world.put("web", 1);
      await world.gate?.begin("hang", silent);
      const seen = world.see();
      await failsLate(world);
      whomItAsked(world, seen.error?.message ?? "");
      await world.gate?.heal();
      await world.has(seen, [1], world.recoveryMs);
      world.must(!seen.trees.includes("neg"), "never Neg", `[${seen.trees.join(" | ")}]`);
    },
  },
  {
    id: "pending.cause",
    group,
    title: "a catalogue that cannot be reached: Failed with the cause in its words",
    users: "people would see `no route` where the port number is wrong",
    mend: "carry the cause of the last attempt into the error that is shown",
    needs: ["failures"],
    async run(world) {
      await world.put("web", 1);
      await world.lose();
      const seen = world.see();
      await failsLate(world);
      const message = seen.error?.message ?? "";
      const cause = world.gate === undefined ? /broken/ : /refused/i;
      world.must(cause.test(message), `an error that says ${cause}`, message);
      whomItAsked(world, message);
      world.must(seen.status?.lastError !== undefined, "the error in statusOf, too", JSON.stringify(seen.status));
      await world.regain();
      await world.has(seen, [1], world.recoveryMs);
    },
  },
  {
    id: "pending.when-unavailable-neg",
    group,
    title: "whenUnavailable: neg makes it Neg after firstAnswerMs, and it still gets well by itself",
    users: "`a | b` would not fall over to b while the catalogue of a is starting",
    mend: "accept the common option `whenUnavailable` and hand it to the supervisor",
    needs: ["failures"],
    settings: { whenUnavailable: "neg" },
    async run(world) {
      await world.put("web", 1);
      await world.lose();
      const seen = world.see();
      await world.pass(4_800);
      world.same(seen.tree, "pending", "tree before firstAnswerMs");
      await world.is(seen, "neg", 1_200);
      await world.pass(20_000);
      world.same(seen.trees, ["pending", "neg"], "trees while it cannot be reached");
      await world.regain();
      await world.has(seen, [1], world.recoveryMs);
    },
  },
  {
    id: "pending.late-joiner",
    group,
    title: "who comes after firstAnswerMs need not wait for them again",
    users: "each request for a name that is known to fail would wait for seconds",
    mend: "share the state of the watch among observers, failures included",
    needs: ["failures"],
    async run(world) {
      await world.put("web", 1);
      await world.lose();
      const seen = world.see();
      await failsLate(world);
      const late = world.see();
      world.must(late.error !== undefined, "Failed at once", late.tree);
      await world.regain();
      await world.has(seen, [1], world.recoveryMs);
      await world.has(late, [1]);
    },
  },
];

/** The name that has just been observed is pending as long as it may be, and then Failed. */
async function failsLate(world: World): Promise<void> {
  const [seen] = world.observed;
  if (seen === undefined) return world.fall("somebody who observes", "nobody");
  await world.pass(4_800);
  world.same(seen.trees, ["pending"], "trees before firstAnswerMs");
  await world.is(seen, /^failed/, 1_200);
}

/** Of two catalogues, people need to know which one it was. */
function whomItAsked(world: World, message: string): void {
  if (world.gate === undefined) return;
  const port = String(world.gate.place.port);
  world.must(message.includes(port), `an error that says whom it asked: port ${port}`, message);
}
