import { json } from "../../faulty/answers.js";
import { wrongStatus } from "../../faulty/shapes.js";
import { halfOpen, hang, hangMidBody } from "../../faulty/silences.js";
import type { Scenario } from "../scenario.js";
import type { Fault } from "../subject.js";
import type { World } from "../world.js";

const group = "closing";
const users = "each name that is let go of would leave a socket, a timer or a request behind, until there are no more";
const mend = "hand `signal` to everything that waits, and make it reach the socket; do nothing after it has aborted";

interface Moment {
  readonly id: string;
  readonly while: string;
  /** Leads to the moment at which to close. */
  reach(world: World): Promise<void>;
}

const moments: readonly Moment[] = [
  { id: "first-turn", while: "in the turn in which it was opened", reach: async () => {} },
  {
    id: "connected",
    while: "connected, and nothing is read at the other end",
    reach: (world) => meets(world, { script: () => halfOpen(), first: "late" }, "connections"),
  },
  {
    id: "headers",
    while: "waiting for the answer",
    reach: (world) => meets(world, { script: () => hang(), first: "late" }, "requests"),
  },
  {
    id: "mid-body",
    while: "in the middle of a body",
    reach: (world) => meets(world, { script: () => hangMidBody(json(["half"])), first: "late" }, "requests"),
  },
  {
    id: "refused",
    while: "nobody listens",
    reach: async (world) => {
      await world.lose();
      await world.pass(7_000);
    },
  },
  {
    id: "backing-off",
    while: "waiting for the next attempt",
    reach: async (world) => {
      await meets(world, { script: () => wrongStatus(500), first: "late" }, "requests");
      await world.pass(20_000);
    },
  },
  {
    id: "asked-to-wait",
    while: "waiting as the server has asked",
    reach: (world) => meets(world, { script: () => wrongStatus(503, { retryAfter: 30 }), first: "late" }, "requests"),
  },
  {
    id: "polling",
    while: "polling",
    reach: async (world) => {
      const [seen] = world.observed;
      if (seen !== undefined) await world.has(seen, [1]);
      // Spends the burst, so that a poll is under way and none is due.
      await world.pass(5_000);
    },
  },
];

/** Letting go: at once, of everything, in every state. Linger is 0 here. */
export const closing: readonly Scenario[] = [
  ...moments.map(
    (moment): Scenario => ({
      id: `closing.${moment.id}`,
      group,
      title: `closed while ${moment.while}: nothing is left open, and nothing is asked any more`,
      users,
      mend,
      needs: ["network"],
      settings: { lingerMs: 0 },
      async run(world) {
        await world.put("web", 1);
        const seen = world.see();
        await moment.reach(world);
        seen.close();
        await world.nothingLeft(moment.id === "first-turn" ? 1_000 : 500);
        await world.gate?.heal();
        await world.nothingLeft(0);
      },
    }),
  ),
  {
    id: "closing.again",
    group,
    title: "closed and opened again, many times: it works each time, and leaves nothing",
    users: "names that come and go would pile up watches, or be dead the second time",
    mend: "keep no state of the old watch that the new one could fall over",
    settings: { lingerMs: 0 },
    async run(world) {
      for (let i = 1; i <= 10; i++) {
        await world.put("web", i);
        const seen = world.see();
        await world.has(seen, [i]);
        seen.close();
        // Not always after it has come to rest.
        if (i % 2 === 0) await world.pass(1_000);
      }
      await world.nothingLeft();
    },
  },
  {
    id: "closing.from-within",
    group,
    title: "an observer may close from within its own callback",
    users: "whoever only wanted the first answer would leak the watch, or crash",
    mend: "call observers last, and look whether anybody is left before going on",
    settings: { lingerMs: 0 },
    async run(world) {
      await world.put("web", 1);
      const seen = world.see();
      let closed = false;
      seen.onState = (state) => {
        if (state.status === "pending") return;
        closed = true;
        seen.close();
      };
      await world.until(
        () => closed,
        "an answer",
        () => seen.tree,
      );
      await world.nothingLeft();
    },
  },
  {
    id: "closing.shutdown",
    group,
    title: "shutdown ends the linger",
    users: "a process that is told to stop would not, until the linger of its names is over",
    mend: "listen to `env.shutdown` while lingering (the supervisor does)",
    settings: { lingerMs: 600_000 },
    async run(world) {
      await world.put("web", 1);
      const seen = world.see();
      await world.has(seen, [1]);
      seen.close();
      await world.pass(5_000);
      world.shutdown();
      await world.nothingLeft(1_000);
    },
  },
];

/** The fault, until the namer has met it. */
async function meets(world: World, fault: Fault, what: "requests" | "connections"): Promise<void> {
  const { gate } = world;
  if (gate === undefined) return;
  const before = gate.mark();
  await gate.begin("a fault", fault);
  const met = (): number => gate.mark()[what] - before[what];
  await world.until(
    () => met() > 0,
    `the namer asks (${what})`,
    () => `${met()}`,
  );
  await world.pass(100);
}
