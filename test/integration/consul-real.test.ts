import { Path } from "@namerkit/core";
import { faultyServer, relay, until } from "@namerkit/testing";
import { afterEach, describe, expect, it } from "vitest";
import { ConsulAgent, consulBinary } from "../support/consul-agent.js";
import { closeNames, Name, namerOf } from "../support/consul-name.js";

// Where there is no Consul this is not run, and `npm test` says why.
const real = describe.skipIf(consulBinary === undefined);
/** A server with data takes ten seconds to find out that it leads itself. */
const SLOW = { timeout: 90_000 };

afterEach(closeNames);

const passing = { Check: { CheckID: "c", TTL: "60s", Status: "passing" } };

real("a real Consul", () => {
  it("registers, deregisters, falls ill, is maintained, and gets well", async () => {
    await using agent = await ConsulAgent.start();
    const web = new Name(namerOf(agent), "/dc1/web");
    await web.is("neg");
    await agent.register("web", "10.0.0.1");
    await web.is("10.0.0.1");
    await agent.register("web", "10.0.0.2", passing);
    await web.is("10.0.0.1 10.0.0.2");
    await agent.put("/v1/agent/check/fail/c");
    await web.is("10.0.0.1");
    await agent.put("/v1/agent/check/pass/c");
    await web.is("10.0.0.1 10.0.0.2");
    await agent.put("/v1/agent/service/maintenance/web-10.0.0.1?enable=true");
    await web.is("10.0.0.2");
    await agent.put("/v1/agent/service/maintenance/web-10.0.0.1?enable=false");
    await web.is("10.0.0.1 10.0.0.2");
    await agent.deregister("web", "10.0.0.1");
    await agent.deregister("web", "10.0.0.2");
    await web.is("neg");
    expect(web.seen.filter((text, i, all) => text === all[i - 1])).toEqual([]);
  });

  it("knows tags, weights and services by any name", async () => {
    await using agent = await ConsulAgent.start();
    await agent.register("Web Service/é", "10.0.0.1", { Tags: ["prod", "v1"], Weights: { Passing: 5, Warning: 1 } });
    await agent.register("Web Service/é", "10.0.0.2", { Tags: ["dev"] });
    const path = Path.of("dc1", "prod", "web service/É").show();
    const tagged = new Name(namerOf(agent, { includeTag: true }), path);
    await tagged.is("10.0.0.1*5");
    const all = new Name(namerOf(agent), Path.of("dc1", "WEB service/é").show());
    await all.is("10.0.0.1*5 10.0.0.2");
    const local = new Name(namerOf(agent), Path.of(".local", "web service/é").show());
    await local.is("10.0.0.1*5 10.0.0.2");
  });

  it("knows names in Greek capitals and with slashes at their end, and has no room for others", async () => {
    await using agent = await ConsulAgent.start();
    const namer = namerOf(agent);
    for (const name of ["ΟΔΟΣ ΣΑΣ", "İstanbul", "a/", "100%", "a%2fb", "a?b#c", "\u{1f980}"]) {
      await agent.register(name, "10.0.0.1");
      await new Name(namer, Path.of("dc1", name).show()).is("10.0.0.1");
    }
    for (const name of ["a//b", "/a", "a/./b", "../a", "a\u0000b"]) {
      await new Name(namer, Path.of("dc1", name).show()).is("neg");
    }
    const tagged = namerOf(agent, { includeTag: true });
    await agent.register("web", "10.0.0.1", { Tags: ["ΣΑΣ"] });
    await new Name(tagged, Path.of("dc1", "ΣΑΣ", "web").show()).is("10.0.0.1");
  });

  it("says what it knows of a datacenter that there is not", async () => {
    await using agent = await ConsulAgent.start();
    const web = new Name(namerOf(agent, { firstAnswerMs: 1_000 }), "/nowhere/web");
    await web.is(/^(neg|failed: .*No path to datacenter)/);
  });

  it(
    "dies and comes back with nothing: the last addresses stay, and what comes then is seen within waitMs",
    SLOW,
    async () => {
      await using agent = await ConsulAgent.start();
      for (let i = 0; i < 20; i++) await agent.put(`/v1/kv/filler${i}`, "x");
      await agent.register("web", "10.0.0.1");
      const web = new Name(namerOf(agent), "/dc1/web");
      await web.is("10.0.0.1");
      await agent.kill();
      await until(() => web.status?.state === "stale", { what: "stale" });
      expect(web.now).toBe("10.0.0.1");
      await agent.begin();
      await agent.register("web", "10.0.0.9");
      await web.is("10.0.0.9", 20_000);
      expect(web.status?.state).toBe("live");
    },
  );

  it(
    "is two servers behind one address, of which the second has a smaller index: what is new there is seen within waitMs",
    SLOW,
    async () => {
      await using first = await ConsulAgent.start();
      await using second = await ConsulAgent.start();
      for (let i = 0; i < 50; i++) await first.put(`/v1/kv/filler${i}`, "x");
      for (const agent of [first, second]) await agent.register("web", "10.0.0.1");
      await using between = await faultyServer(relay(`http://127.0.0.1:${first.port}`));
      const web = new Name(namerOf(first, { port: between.port, waitMs: 3_000 }), "/dc1/web");
      await web.is("10.0.0.1");
      await until(() => between.requests.some(({ url }) => url.includes("index=")), { what: "a query that waits" });
      between.behave(relay(`http://127.0.0.1:${second.port}`));
      await second.register("web", "10.0.0.9");
      // The first wakes it up; the second is then asked to wait for an index that it will not reach.
      await first.register("web", "10.0.0.2");
      await web.is("10.0.0.1 10.0.0.9", 30_000);
      expect(web.seen).toEqual(["pending", "10.0.0.1", "10.0.0.1 10.0.0.2", "10.0.0.1 10.0.0.9"]);
      expect(web.status?.counters["index_went_back"]).toBe(1);
    },
  );

  it("is restored from a snapshot: what there was then is there at once, and followed", SLOW, async () => {
    await using agent = await ConsulAgent.start();
    await agent.register("web", "10.0.0.1");
    const web = new Name(namerOf(agent, { waitMs: 30_000 }), "/dc1/web");
    await web.is("10.0.0.1");
    const snapshot = await agent.snapshot();
    for (let i = 0; i < 50; i++) await agent.put(`/v1/kv/filler${i}`, "x");
    await agent.put("/v1/catalog/register", {
      Node: "elsewhere",
      Address: "10.0.0.2",
      Service: { ID: "web", Service: "web", Port: 80 },
    });
    await web.is("10.0.0.1 10.0.0.2");
    await agent.restore(snapshot);
    await web.is("10.0.0.1", 30_000);
    await agent.register("web", "10.0.0.3");
    await web.is("10.0.0.1 10.0.0.3", 30_000);
    expect(web.seen.some((text) => /neg|failed/.test(text))).toBe(false);
    expect(web.status?.counters["index_went_back"]).toBe(1);
  });

  it("dies and comes back with its data: nothing changes but the age", SLOW, async () => {
    await using agent = await ConsulAgent.start({ keeps: true });
    await agent.register("web", "10.0.0.1");
    const web = new Name(namerOf(agent), "/dc1/web");
    await web.is("10.0.0.1");
    await agent.kill("SIGTERM");
    await until(() => web.status?.state === "stale", { what: "stale", timeoutMs: 15_000 });
    await agent.begin();
    await until(() => web.status?.state === "live", { what: "live again", timeoutMs: 20_000 });
    await agent.register("web", "10.0.0.2");
    await web.is("10.0.0.1 10.0.0.2");
    expect(web.seen.slice(web.seen.indexOf("10.0.0.1"))).toEqual(["10.0.0.1", "10.0.0.1 10.0.0.2"]);
  });

  it("guards its services by ACLs: an unknown token is refused, and said so; a good one sees", async () => {
    const root = "11111111-2222-3333-4444-555555555555";
    await using agent = await ConsulAgent.start({ acl: { root } });
    await agent.register("web", "10.0.0.1");
    const wrong = "99999999-2222-3333-4444-555555555555";
    const refused = new Name(namerOf(agent, { token: wrong }), "/dc1/web");
    await refused.is(/^failed: NAMER_REFUSED: .*ACL not found/);
    expect(JSON.stringify([refused.seen, refused.status])).not.toContain(wrong);
    // Without a token Consul tells of an empty list: it cannot be told from there being none.
    const filtered = new Name(namerOf(agent), "/dc1/web");
    await filtered.is("neg");
    const good = new Name(namerOf(agent, { token: root }), "/dc1/web");
    await good.is("10.0.0.1");
  });

  it("is two datacenters, of which one dies", SLOW, async () => {
    await using here = await ConsulAgent.start();
    await using there = await ConsulAgent.start({ datacenter: "dc2", joinWan: here.wanPort });
    await there.register("web", "10.2.0.1");
    await until(async () => (await here.get("/v1/catalog/datacenters")).includes("dc2"), {
      what: "dc2",
      timeoutMs: 20_000,
    });
    const namer = namerOf(here);
    const far = new Name(namer, "/dc2/web");
    await far.is("10.2.0.1", 20_000);
    await here.register("web", "10.1.0.1");
    const near = new Name(namer, "/dc1/web");
    await near.is("10.1.0.1");
    await there.kill();
    await until(() => far.status?.state === "stale", { what: "dc2 is stale", timeoutMs: 20_000 });
    await here.register("web", "10.1.0.2");
    await near.is("10.1.0.1 10.1.0.2");
    expect(far.now).toBe("10.2.0.1");
  });

  it("refuses more than 200 connections: 400 names are followed all the same", SLOW, async () => {
    await using agent = await ConsulAgent.start();
    const count = 400;
    for (let i = 0; i < count; i++) await agent.register(`s${i}`, "10.0.0.1");
    const namer = namerOf(agent);
    const names = Array.from({ length: count }, (_, i) => new Name(namer, `/dc1/s${i}`));
    await until(() => names.every(({ now }) => now === "10.0.0.1"), { what: "all names", timeoutMs: 30_000 });
    for (const i of [0, 199, 399]) await agent.register(`s${i}`, "10.0.0.2");
    for (const i of [0, 199, 399]) await names[i]?.is("10.0.0.1 10.0.0.2", 30_000);
    expect(names.filter(({ status }) => status?.state === "stale")).toEqual([]);
    expect(names.some(({ seen }) => seen.some((text) => /neg|failed/.test(text)))).toBe(false);
  });
});
