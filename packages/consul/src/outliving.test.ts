import { Path } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { answer, fastClock, Seen, until } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { entry } from "../test-support/entries.js";
import { TestConsul } from "../test-support/test-consul.js";
import type { ConsulOptions } from "./config/namer-config.js";
import { consulNamer } from "./standalone.js";

const clock = fastClock(20);
const web = [entry("web", "10.0.0.1", 80)];

let consul: TestConsul;
const env = testEnv({ prefix: Path.parse("/#/io.l5d.consul") });
const open: Seen[] = [];
const see = (options: ConsulOptions, path = "/dc1/web"): Seen => {
  const seen = new Seen(consulNamer({ ...consul.options, lingerMs: 0, ...options }, { ...env, clock }), path);
  open.push(seen);
  return seen;
};

beforeEach(async () => {
  consul = await TestConsul.start(clock);
  consul.put("web", web);
});
afterEach(async () => {
  for (const seen of open.splice(0)) seen.close();
  await consul[Symbol.asyncDispose]();
});

describe("what outlives the process", () => {
  beforeEach(async () => {
    env.files.files.clear();
    const first = see({ snapshotFile: "warm.json" });
    await first.has("10.0.0.1:80");
    await until(() => env.files.files.get("warm.json")?.includes("10.0.0.1"));
    first.close();
  });

  it("is there while Consul cannot be reached", async () => {
    await consul.fake.kill();
    const second = see({ snapshotFile: "warm.json" });
    await second.has("10.0.0.1:80");
    expect(second.status?.state).toBe("stale");
  });

  it("is not gone because the datacenter is out of the agent's sight", async () => {
    consul.port.fault = () => answer("No path to datacenter", { status: 500 });
    const second = see({ snapshotFile: "warm.json" });
    await second.has("10.0.0.1:80");
    await until(() => second.status?.lastError?.message.includes("No path to datacenter"));
    expect(second.trees).not.toContain("neg");
    consul.port.heal();
    await until(() => second.status?.state === "live");
    expect(second.addresses).toEqual(["10.0.0.1:80"]);
  });
});

describe("several agents", () => {
  it("are used one after the other, and an index of one is not waited on at another", async () => {
    await using other = await TestConsul.start(clock);
    other.saysOfItself({ Config: { Datacenter: "dc1" }, DebugConfig: { DNSDomain: "other." } });
    other.put("web", [...web, entry("web", "10.0.0.2", 80)]);
    consul.fake.skipTo(5_000);
    consul.touch();
    const host = [`127.0.0.1:${consul.server.port}`, `127.0.0.1:${other.server.port}`];
    const namer = consulNamer({ host, lingerMs: 0, setHost: true }, { ...env, clock });
    using seen = new Seen(namer, "/dc1/web");
    await seen.has("10.0.0.1:80");
    await consul.fake.kill();
    await seen.has("10.0.0.1:80", "10.0.0.2:80");
    await until(() => other.held === 1);
    other.put("web", [entry("web", "10.0.0.3", 80)]);
    await seen.has("10.0.0.3:80");
    expect(other.server.requests.filter(({ url }) => url.includes("index=5"))).toEqual([]);
    // The other one is asked who it is.
    await until(() => JSON.stringify(seen.addrs.at(-1)).includes("web.service.dc1.other"));
    expect(seen.trees).toEqual(["pending", "/#/io.l5d.consul/dc1/web"]);
    expect(JSON.stringify(namer.state?.())).toContain(`127.0.0.1:${other.server.port}`);
  });
});
