import { type Closable, Path } from "@namerkit/core";
import type { Scenario } from "../scenario.js";
import type { World } from "../world.js";

const group = "observability";

/** What people see who are called at night. */
export const observability: readonly Scenario[] = [
  {
    id: "observability.state",
    group,
    title: "state() is there and can be written as JSON, in every state",
    users: "the admin page of the namer would be empty, or break when it is needed",
    mend: "offer `state()` (watchEach and watchAll do); plain objects only",
    async run(world) {
      json(world, "before anything is observed");
      await world.put("web", 1);
      const seen = world.see();
      json(world, "while pending");
      await world.has(seen, [1]);
      json(world, "while live");
      await world.lose();
      await world.pass(10_000);
      json(world, "while contact is lost");
      seen.close();
      await world.pass(10_000);
      json(world, "after closing");
    },
  },
  {
    id: "observability.metrics",
    group,
    title: "metrics move with answers and with failures, and are numbers",
    users: "nobody could be alarmed by a catalogue that fails",
    mend: "count through `env.metrics` (the supervisor does)",
    needs: ["failures"],
    async run(world) {
      await world.put("web", 1);
      const seen = world.see();
      await world.has(seen, [1]);
      const well = world.metrics.snapshot();
      world.must(
        Object.values(well).some((n) => n > 0),
        "a series above 0 after an answer",
        JSON.stringify(well),
      );
      await world.lose();
      await world.pass(20_000);
      const ill = world.metrics.snapshot();
      const grown = Object.entries(ill).filter(([name, n]) => /err|fail/i.test(name) && n > (well[name] ?? 0));
      world.must(grown.length > 0, "a series of errors or failures that grows", JSON.stringify(ill));
      const odd = Object.entries(ill).filter(([, n]) => !Number.isFinite(n));
      world.must(odd.length === 0, "numbers only", JSON.stringify(odd));
    },
  },
  {
    id: "observability.status",
    group,
    title: "statusOf goes from connecting to live, says what is asked, and is closed in the end",
    users: "nobody could see whom a name is asked of, and since when there is an answer",
    mend: "offer `statusOf` (watchEach and watchAll do), and say with `request` what is asked",
    async run(world) {
      await world.put("web", 1);
      const seen = world.see();
      await world.has(seen, [1]);
      await world.until(
        () => seen.status?.state === "live",
        "live",
        () => JSON.stringify(seen.status) ?? "no status",
      );
      const states = seen.statuses.filter((state) => state !== "none");
      world.same(states, ["connecting", "live"], "states");
      if (world.gate) world.must((seen.status?.request ?? "") !== "", "what is asked", JSON.stringify(seen.status));
      for (const at of [seen.status?.firstContactAt, seen.status?.lastContactAt, seen.status?.lastChangeAt])
        world.must(at !== undefined && !Number.isNaN(Date.parse(at)), "times of contact and change", String(at));
      seen.close();
      await world.nothingLeft();
      world.same(seen.status?.state ?? "closed", "closed", "state in the end");
    },
  },
  {
    id: "observability.log",
    group,
    title: "ten minutes of failures are some lines in the log, not thousands",
    users: "the disk would be full of one message, and the others lost in it",
    mend: "log the first failure and the recovery, and what lies between at debug level (the supervisor does)",
    needs: ["failures"],
    async run(world) {
      await world.put("web", 1);
      await world.lose();
      const seen = world.see();
      await world.passBounded(600_000);
      const loud = world.log.lines.filter(({ level }) => level === "warn" || level === "error" || level === "info");
      world.must(loud.length >= 1, "a line that says that there is trouble", "none");
      world.must(loud.length <= 20, "no more than 20 lines at info and above", `${loud.length}`);
      await world.regain();
      await world.has(seen, [1], world.recoveryMs);
    },
  },
  {
    id: "observability.enumerate",
    group,
    title: "enumerate lists what can be looked up, and follows",
    users: "completion and dashboards would offer names that lead nowhere, or miss some",
    mend: "list the names of the snapshot that have instances, in canonical form and without the prefix",
    needs: ["enumerate"],
    async run(world) {
      await world.put("web", 1);
      await world.put("api", 5);
      const [web, api] = [world.see(), world.see("api")];
      await world.has(web, [1]);
      await world.has(api, [5]);
      let listed: readonly Path[] = [];
      const list = world.namer.enumerate?.().run.observe((state) => {
        if (state.status === "ok") listed = state.value;
      });
      const has = (service: string): boolean => {
        const path = Path.parse(world.subject.path(service));
        return listed.some((one) => one.show().toLowerCase() === path.show().toLowerCase());
      };
      const text = (): string => `[${listed.map((path) => path.show()).join(" ")}]`;
      try {
        await world.until(() => has("web") && has("api"), "both names", text);
        for (const path of listed) await found(world, path);
        await world.remove("api");
        await world.until(() => has("web") && !has("api"), "one name, after the other is gone", text);
        world.same(new Set(listed.map((path) => path.show())).size, listed.length, "different paths");
      } finally {
        list?.close();
      }
      world.closeAll();
      await world.nothingLeft();
    },
  },
];

function json(world: World, when: string): void {
  const state = world.namer.state?.();
  world.must(state !== undefined, `a state() ${when}`, "undefined");
  let text: string | undefined;
  try {
    text = JSON.stringify(state);
  } catch (thrown) {
    world.fall(`a state() that can be written as JSON ${when}`, String(thrown));
  }
  world.must(text !== undefined, `a state() that can be written as JSON ${when}`, "nothing");
}

async function found(world: World, path: Path): Promise<void> {
  let tree = "nothing";
  const handle: Closable = world.namer.lookup(path).run.observe((state) => {
    tree = state.status === "ok" ? state.value.type : state.status;
  });
  try {
    await world.until(
      () => tree === "leaf",
      `${path.show()}, which is listed, can be looked up`,
      () => tree,
      10_000,
    );
  } finally {
    handle.close();
  }
}
