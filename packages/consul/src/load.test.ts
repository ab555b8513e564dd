import { Path } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { fastClock, hang, hangMidBody, json, Seen, until } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { check, entry } from "../test-support/entries.js";
import { TestConsul } from "../test-support/test-consul.js";
import type { ConsulOptions } from "./config/namer-config.js";
import { consulNamer } from "./standalone.js";

const clock = fastClock(20);
const many = (n: number, output = "") =>
  Array.from({ length: n }, (_, i) =>
    entry("web", `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, 80, {
      checks: [{ ...check("passing"), Output: output }],
    }),
  );

let consul: TestConsul;
let env = testEnv();
const namer = (options: ConsulOptions = {}) =>
  consulNamer({ ...consul.options, lingerMs: 0, waitMs: 2_000, ...options }, { ...env, clock });

beforeEach(async () => {
  env = testEnv({ prefix: Path.parse("/#/io.l5d.consul") });
  consul = await TestConsul.start(clock);
});
afterEach(() => consul[Symbol.asyncDispose]());

/** Five at once and two a second, by the clock: on a slow machine more of its seconds pass. */
const mostSince = (started: number): number => 5 + 2 * ((clock.now() - started) / 1_000) + 2;

describe("much", () => {
  it("an answer of 20 MB is read", async () => {
    consul.put("web", many(20_000, "x".repeat(700)));
    using seen = new Seen(namer({ useHealthCheck: true }), "/dc1/web");
    await until(() => seen.addresses.length === 20_000, { timeoutMs: 30_000 });
    consul.put("web", many(5));
    await until(() => seen.addresses.length === 5, { timeoutMs: 30_000 });
  }, 60_000);

  it("1,000 endpoints that flap 100 times a second: bounded requests, and what is true in the end is seen", async () => {
    const all = many(1_000);
    consul.put("web", all);
    using seen = new Seen(namer(), "/dc1/web");
    await until(() => seen.addresses.length === 1_000);
    const before = consul.server.requestCount;
    const started = clock.now();
    for (let i = 0; i < 500; i++) {
      consul.put("web", i % 2 === 0 ? all.slice(0, 500) : all);
      await clock.sleep(10);
    }
    expect(consul.server.requestCount - before).toBeLessThanOrEqual(mostSince(started));
    expect(seen.trees).toEqual(["pending", "/#/io.l5d.consul/dc1/web"]);
    consul.put("web", all.slice(0, 3));
    await until(() => seen.addresses.length === 3);
  }, 60_000);

  it("names that all ask for at once share one query each", async () => {
    consul.put("web", many(1));
    const one = namer();
    const seen = Array.from({ length: 200 }, (_, i) => new Seen(one, `/dc1/${i % 2 === 0 ? "web" : "WEB"}/r${i}`));
    for (const each of seen) await each.has("10.0.0.0:80");
    await until(() => consul.held === 1);
    expect(consul.asked("/v1/catalog/service/web").length).toBe(2);
    for (const each of seen) each.close();
    await until(() => consul.held === 0 && consul.server.openConnections === 0);
  });

  it("a service that thousands of registrations wake up costs two requests a second", async () => {
    using seen = new Seen(namer(), "/dc1/none");
    await seen.is("neg");
    const before = consul.server.requestCount;
    const started = clock.now();
    for (let i = 0; i < 200; i++) {
      consul.put(`other-${i}`, [entry(`other-${i}`, "10.0.0.1", 80)]);
      await clock.sleep(20);
    }
    expect(consul.server.requestCount - before).toBeLessThanOrEqual(mostSince(started));
    expect(seen.trees).toEqual(["pending", "neg"]);
  });
});

describe("closing", () => {
  const states: Record<string, (seen: Seen) => Promise<unknown>> = {
    "before anything is sent": async () => {},
    "while the first answer is awaited": async () => {
      await until(() => consul.server.requestCount > 0);
    },
    "while a query is held": async (seen) => {
      await seen.has("10.0.0.0:80");
      await until(() => consul.held === 1);
    },
    "in a pause after a failure": async (seen) => {
      await seen.has("10.0.0.0:80");
      consul.port.fault = () => json({ not: "this" });
      consul.touch();
      await until(() => seen.status?.state === "stale");
    },
    "in the pause for want of an index": async (seen) => {
      consul.fake.faults = { index: () => null };
      await seen.has("10.0.0.0:80");
    },
  };

  it.each(Object.entries(states))("%s leaves no connection and asks nothing more", async (_, reach) => {
    consul.put("web", many(1));
    const seen = new Seen(namer({ setHost: true }), "/dc1/web");
    await reach(seen);
    seen.close();
    await until(() => consul.server.openConnections === 0);
    const before = consul.server.requestCount;
    await clock.sleep(20_000);
    expect(consul.server.requestCount).toBe(before);
  });

  it.each([
    ["hangs", hang()],
    ["hangs mid-body", hangMidBody(json(many(5)))],
  ])("while the agent %s", async (_, fault) => {
    consul.server.behave(fault);
    const seen = new Seen(namer({ setHost: true }), "/dc1/web");
    await until(() => consul.server.requestCount > 0);
    seen.close();
    await until(() => consul.server.openConnections === 0);
  });
});
