import { wrongStatus } from "../../faulty/shapes.js";
import type { Scenario } from "../scenario.js";

const group = "last good";

/** What has been known stays known, and how old it is can be seen beside it. */
export const lastGood: readonly Scenario[] = [
  {
    id: "last-good.status",
    group,
    title: "contact that is lost and comes back: live, stale since when and why, live again; the name does not move",
    users: "nobody could tell names that are up to date from names of last week",
    mend: "offer statusOf, and keep freshness out of trees and addresses (the supervisor does)",
    needs: ["failures"],
    async run(world) {
      await world.put("web", 1);
      const seen = world.see();
      await world.has(seen, [1]);
      const text = (): string => JSON.stringify(seen.status) ?? "no status";
      await world.until(() => seen.status?.state === "live", "live", text);
      const first = seen.status;
      world.must(first?.firstContactAt !== undefined, "the time of the first contact", text());
      world.must(first?.lastContactAt !== undefined, "the time of the last contact", text());
      await world.lose();
      await world.until(() => seen.status?.state === "stale", "stale", text, 60_000);
      world.must(seen.status?.staleSince !== undefined, "since when it is stale", text());
      world.must((seen.status?.lastError?.message ?? "") !== "", "why it is stale", text());
      await world.pass(20_000);
      await world.regain();
      await world.until(() => seen.status?.state === "live", "live again", text, world.recoveryMs);
      world.must(seen.status?.staleSince === undefined, "not stale since anything", text());
      world.same(seen.sets, ["10.0.0.1:80"], "address sets");
      world.same(seen.trees.filter((tree) => tree !== "pending").length, 1, "trees");
    },
  },
  {
    id: "last-good.max-stale",
    group,
    title: "maxStaleMs: the last answer is given up for good, outside and inside, and comes back with contact",
    users: "requests would go to addresses that somebody else has by now",
    mend: "accept the common option `maxStaleMs` and hand it to the supervisor; fail with NAMER_STALE and `final: true`",
    needs: ["failures"],
    settings: { maxStaleMs: 40_000 },
    async run(world) {
      await world.put("web", 1);
      const seen = world.see();
      await world.has(seen, [1]);
      const held: string[] = [];
      const client = seen.leaf?.addr.observe((addr) => held.push(addr.type));
      await world.lose();
      await world.pass(35_000);
      world.same(seen.set, "10.0.0.1:80", "addresses before maxStaleMs are over");
      await world.is(seen, "failed NAMER_STALE", 10_000);
      world.must(seen.error?.final === true, "an error that is final", "one that is not");
      world.same(held, ["bound", "neg"], "addresses of the leaf that a client still holds");
      await world.regain();
      await world.has(seen, [1], world.recoveryMs);
      world.same(held, ["bound", "neg", "bound"], "addresses of the leaf, with contact again");
      client?.close();
      world.same(seen.inner.size, 1, "inner Vars");
    },
  },
  {
    id: "last-good.swallowed-change",
    group,
    title: "a change that could not be fetched is fetched as soon as it can be, and not with the next change",
    users:
      "names would stay wrong after a hiccup, until something else happens to change (Traefik's Rancher provider did this)",
    mend: "remember the version or index only when everything that belongs to it has been read",
    needs: ["network"],
    async run(world) {
      await world.put("web", 1);
      const seen = world.see();
      await world.has(seen, [1]);
      await world.pass(3_000);
      // The poll under way is answered; what comes after it is not.
      await world.gate?.begin("500", { script: () => wrongStatus(500), first: "late", open: "kept" });
      const mark = world.gate?.mark();
      await world.put("web", 2);
      const asked = (): number => (mark === undefined ? 0 : (world.gate?.since(mark) ?? 0));
      // A stream that is open may tell it without another request.
      const told = (): boolean => seen.sets.length > 1;
      await world.until(
        () => asked() >= 2 || told(),
        "two requests more, or the change itself",
        () => `${asked()}`,
      );
      await world.gate?.heal();
      // The next attempt has to find it; the end of another poll is too late.
      await world.has(seen, [2], 15_000);
      world.same(seen.trees.filter((tree) => tree !== "pending").length, 1, "trees");
    },
  },
  {
    id: "last-good.restart",
    group,
    title: "a catalogue that is away for a while: nothing moves, and then at once to what is true by then",
    users: "an upgrade of the catalogue would be an outage of everything",
    mend: "keep the last good value; on return begin with nothing known, instead of waiting for the next change",
    needs: ["failures"],
    async run(world) {
      await world.put("web", 1);
      await world.put("api", 7);
      const [web, api] = [world.see(), world.see("api")];
      await world.has(web, [1]);
      await world.has(api, [7]);
      await world.lose();
      await world.put("web", 2, 3);
      await world.remove("api");
      await world.put("web", 3, 4);
      await world.pass(45_000);
      world.same([...web.sets, ...api.sets], ["10.0.0.1:80", "10.0.0.7:80"], "address sets while it is away");
      const trees = [web, api].map((seen) => seen.trees.filter((tree) => tree !== "pending").length);
      world.same(trees, [1, 1], "trees of the two names while it is away");
      await world.regain();
      await world.has(web, [3, 4], world.recoveryMs);
      await world.is(api, "neg", world.recoveryMs);
      world.same(web.sets.length, 2, "address sets of the one that was scaled");
    },
  },
  {
    id: "last-good.joiner",
    group,
    title: "who comes while contact is lost has the last good answer at once",
    users: "a client that is restarted during an outage would be down, while its neighbours go on",
    mend: "share the state of the watch; a failure is not a value",
    needs: ["failures"],
    async run(world) {
      await world.put("web", 1);
      const seen = world.see();
      await world.has(seen, [1]);
      await world.lose();
      await world.pass(30_000);
      const late = world.see("web", "/late");
      world.same(late.set, "10.0.0.1:80", "what it has at once");
      await world.put("web", 2);
      await world.regain();
      await world.has(late, [2], world.recoveryMs);
    },
  },
];
