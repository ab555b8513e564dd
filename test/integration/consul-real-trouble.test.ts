import { consulInterpreterPlugin } from "@namerkit/consul";
import { Dtab, NameTree, Path, systemClock } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { until } from "@namerkit/testing";
import { afterEach, describe, expect, it } from "vitest";
import { ConsulAgent, consulBinary } from "../support/consul-agent.js";
import { closeNames, Name, namerOf } from "../support/consul-name.js";
import { TestFolder } from "../support/folder.js";

// Where there is no Consul this is not run, and `npm test` says why.
const real = describe.skipIf(consulBinary === undefined);
const SLOW = { timeout: 120_000 };
afterEach(closeNames);

/** A token that may read everything; its secret, and how to revoke it. */
async function grant(agent: ConsulAgent): Promise<{ readonly secret: string; revoke(): Promise<unknown> }> {
  const Rules = 'service_prefix "" { policy = "read" } node_prefix "" { policy = "read" }';
  const { ID } = JSON.parse(
    await agent.put("/v1/acl/policy", { Name: `read-${Math.random()}`.replace(".", ""), Rules }),
  ) as {
    ID: string;
  };
  const token = JSON.parse(await agent.put("/v1/acl/token", { Policies: [{ ID }] })) as {
    AccessorID: string;
    SecretID: string;
  };
  return { secret: token.SecretID, revoke: () => agent.delete(`/v1/acl/token/${token.AccessorID}`) };
}

real("a real Consul, in trouble", () => {
  it("takes a token back, and gives another, which is found in its file", SLOW, async () => {
    await using agent = await ConsulAgent.start({ acl: { root: "11111111-2222-3333-4444-555555555555" } });
    await using folder = await TestFolder.make();
    await agent.register("web", "10.0.0.1");
    const first = await grant(agent);
    const tokenFile = await folder.write("token", `${first.secret}\n`);
    const web = new Name(namerOf(agent, { tokenFile, waitMs: 1_000 }), "/dc1/web");
    await web.is("10.0.0.1");
    await first.revoke();
    // The last addresses stay, and it is said why they are old.
    await until(() => web.status?.state === "stale", { what: "stale", timeoutMs: 30_000 });
    expect(web.status?.lastError?.message).toMatch(/ACL not found/);
    expect(JSON.stringify([web.seen, web.status])).not.toContain(first.secret);
    const second = await grant(agent);
    await folder.write("token", second.secret);
    await until(() => web.status?.state === "live", { what: "live", timeoutMs: 30_000 });
    await agent.register("web", "10.0.0.2");
    await web.is("10.0.0.1 10.0.0.2");
    expect(web.seen.filter((text) => text === "neg" || text.startsWith("failed"))).toEqual([]);
  });

  it("refuses a token that is granted later, and then answers", SLOW, async () => {
    await using agent = await ConsulAgent.start({ acl: { root: "11111111-2222-3333-4444-555555555555" } });
    await agent.register("web", "10.0.0.1");
    const SecretID = "22222222-2222-3333-4444-555555555555";
    const web = new Name(namerOf(agent, { token: SecretID }), "/dc1/web");
    await web.is(/^failed: NAMER_REFUSED: .*ACL not found/);
    const Rules = 'service_prefix "" { policy = "read" } node_prefix "" { policy = "read" }';
    const { ID } = JSON.parse(await agent.put("/v1/acl/policy", { Name: "read", Rules })) as { ID: string };
    await agent.put("/v1/acl/token", { SecretID, Policies: [{ ID }] });
    await web.is("10.0.0.1", 40_000);
  });

  it("loses its leader: the last addresses stay, and it is known again when there is one", SLOW, async () => {
    const [one, two, three] = await ConsulAgent.startCluster(3);
    try {
      const agent = one as ConsulAgent;
      await agent.register("web", "10.0.0.1");
      const web = new Name(namerOf(agent, { waitMs: 2_000 }), "/dc1/web");
      await web.is("10.0.0.1");
      await Promise.all([two?.kill(), three?.kill()]);
      await until(() => web.status?.state === "stale", { what: "stale", timeoutMs: 40_000 });
      expect(web.now).toBe("10.0.0.1");
      await Promise.all([two?.begin(), three?.begin()]);
      await until(() => web.status?.state === "live", { what: "live", timeoutMs: 40_000 });
      await agent.register("web", "10.0.0.2");
      await web.is("10.0.0.1 10.0.0.2");
      expect(web.seen.slice(web.seen.indexOf("10.0.0.1"))).toEqual(["10.0.0.1", "10.0.0.1 10.0.0.2"]);
    } finally {
      await Promise.all([one, two, three].map((agent) => agent?.[Symbol.asyncDispose]()));
    }
  });

  it("is one of two agents, of which the first is restarted", SLOW, async () => {
    const [one, two, three] = (await ConsulAgent.startCluster(3)) as [ConsulAgent, ConsulAgent, ConsulAgent];
    try {
      await two.register("web", "10.0.0.1");
      const host = [one, two].map(({ port }) => `127.0.0.1:${port}`);
      const web = new Name(namerOf(one, { host }), "/dc1/web");
      await web.is("10.0.0.1");
      await one.kill();
      await two.register("web", "10.0.0.2");
      // It may have been the leader, and then a busy machine takes its time to elect another.
      await web.is("10.0.0.1 10.0.0.2", 60_000);
      expect(web.status?.state).toBe("live");
      await one.begin();
      await two.register("web", "10.0.0.3");
      await web.is("10.0.0.1 10.0.0.2 10.0.0.3", 60_000);
      expect(web.seen.some((text) => /neg|failed/.test(text))).toBe(false);
    } finally {
      await Promise.all([one, two, three].map((agent) => agent[Symbol.asyncDispose]()));
    }
  });
});

real("a real Consul, asked for more", () => {
  it("filters, prefers, and knows prepared queries and several tags", async () => {
    await using agent = await ConsulAgent.start();
    await agent.register("web", "10.0.0.1", { Tags: ["prod", "v1"], Meta: { zone: "a" } });
    await agent.register("web", "10.0.0.2", { Tags: ["prod", "v2"], Meta: { zone: "b" } });
    await new Name(namerOf(agent, { tags: ["prod", "V2"] }), "/dc1/web").is("10.0.0.2");
    await new Name(namerOf(agent, { filter: 'Service.Meta.zone == "a"' }), "/dc1/web").is("10.0.0.1");
    await new Name(namerOf(agent, { filter: "what?" }), "/dc1/web").is(/^failed: NAMER_ANSWER: .*boolean expression/);
    await new Name(namerOf(agent, { near: "_agent" }), "/dc1/web").is("10.0.0.1 10.0.0.2");
    await new Name(namerOf(agent, { includeTag: true, tagSeparator: ":" }), "/dc1/v1:prod/web").is("10.0.0.1");
    await agent.post("/v1/query", { Name: "Best", Service: { Service: "web", OnlyPassing: true, Tags: ["v1"] } });
    const best = new Name(
      namerOf(agent, { preparedQueries: true, queryIntervalMs: 1_000, near: "_agent" }),
      "/dc1/best",
    );
    await best.is("10.0.0.1");
    await agent.register("web", "10.0.0.3", { Tags: ["v1"] });
    await best.is("10.0.0.1 10.0.0.3");
    for (const none of ["/dc1/worst", "/dc1/best\\x2f"]) {
      await new Name(namerOf(agent, { preparedQueries: true }), none).is("neg");
    }
  });

  it("has a dtab among its keys, which is followed", async () => {
    await using agent = await ConsulAgent.start();
    const env = {
      ...testEnv(),
      clock: systemClock,
      inet: () => {
        throw new Error("nobody is resolved here");
      },
      namers: [],
    };
    const options = await consulInterpreterPlugin.config?.["~standard"].validate({
      port: agent.port,
      namespace: "web",
      lingerMs: 0,
    });
    if (options === undefined || options.issues !== undefined) throw new Error("its options are wrong");
    const interpreter = consulInterpreterPlugin.create(options.value as never, env);
    const seen: string[] = [];
    const handle = interpreter.bind(Dtab.empty, Path.parse("/svc/web")).run.observe((state) => {
      if (state.status === "ok") seen.push(NameTree.leaves(state.value)[0]?.id.show() ?? state.value.type);
    });
    try {
      await until(() => seen.at(-1) === "neg");
      for (const port of [1, 2]) {
        await agent.put("/v1/kv/namerd/dtabs/web", `/svc/web => /$/inet/127.0.0.1/${port} ;`);
        await until(() => seen.at(-1) === `/$/inet/127.0.0.1/${port}`);
      }
      await agent.put("/v1/kv/namerd/dtabs/web", "what?");
      await agent.put("/v1/kv/namerd/dtabs/web", "/svc/web => /$/inet/127.0.0.1/3 ;");
      await until(() => seen.at(-1) === "/$/inet/127.0.0.1/3", { timeoutMs: 20_000 });
      await agent.delete("/v1/kv/namerd/dtabs/web");
      await until(() => seen.at(-1) === "neg");
    } finally {
      handle.close();
    }
  });

  it(
    "has instances that come and go faster than anybody can follow: what is seen last is what there is",
    SLOW,
    async () => {
      await using agent = await ConsulAgent.start();
      const web = new Name(namerOf(agent), "/dc1/web");
      for (let round = 0; round < 20; round++) {
        await Promise.all(
          Array.from({ length: 10 }, (_, i) =>
            round % 2 === 0 ? agent.register("web", `10.0.0.${i + 1}`) : agent.deregister("web", `10.0.0.${i + 1}`),
          ),
        );
      }
      await agent.register("web", "10.0.1.1");
      await web.is("10.0.1.1", 20_000);
      expect(web.seen.length).toBeLessThan(120);
    },
  );

  it("has 1,000 instances, all of which fall ill and get well a hundred times", SLOW, async () => {
    await using agent = await ConsulAgent.start();
    const all = Array.from({ length: 1_000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
    await agent.registerMany(all.map((address) => ["web", address]));
    const web = new Name(namerOf(agent), "/dc1/web");
    const everybody = [...all].sort().join(" ");
    await web.is(everybody, 30_000);
    const before = web.status?.counters["attempts"];
    for (let i = 0; i < 100; i++) {
      await agent.checkMany("critical");
      await agent.checkMany("passing");
    }
    await agent.register("web", "10.1.0.0");
    await web.is(`${everybody} 10.1.0.0`, 30_000);
    // Nothing between all and nothing was ever true; and nothing failed.
    const told = new Set(web.seen.slice(1, -1).map((text) => (text === everybody ? "all" : text)));
    expect([...told].filter((text) => text !== "all" && text !== "neg")).toEqual([]);
    expect(web.status?.counters["attempts"]).toBe(before);
  });

  it("has 2,000 services, which are followed within its own limit of 200 connections", SLOW, async () => {
    await using agent = await ConsulAgent.start();
    const count = 2_000;
    const numbers = Array.from({ length: count }, (_, i) => i);
    await agent.registerMany(numbers.map((i) => [`s${i}`, "10.0.0.1"]));
    const namer = namerOf(agent, { waitMs: 60_000 });
    const names = numbers.map((i) => new Name(namer, `/dc1/s${i}`));
    await until(() => names.every(({ now }) => now === "10.0.0.1"), { what: "all names", timeoutMs: 60_000 });
    const changed = [0, 777, 1_333, 1_999];
    for (const i of changed) await agent.register(`s${i}`, "10.0.0.2");
    await Promise.all(changed.map((i) => names[i]?.is("10.0.0.1 10.0.0.2", 45_000)));
    expect(names.filter(({ status }) => status?.state === "stale")).toEqual([]);
    expect(names.some(({ seen }) => seen.some((text) => /neg|failed/.test(text)))).toBe(false);
  });
});
