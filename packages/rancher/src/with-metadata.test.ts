import { testEnv } from "@namerkit/core/testing";
import { apiVersions, type Listening, listen, Metadata } from "@namerkit/mock-metadata";
import { fastClock, Seen, until } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RancherOptions } from "./config.js";
import { rancherNamer } from "./standalone.js";

// A tick of the server, 5 s, is over in 100 ms.
const clock = fastClock(50);
const description = `
stacks:
  Shop:
    services:
      Web: { scale: 1 }
      api: { scale: 2 }
`;

/** The poll; containers, services, hosts, and whose stack it is; and the version again. */
const PER_CHANGE = 6;

let metadata: Metadata;
let server: Listening;
const open: Seen[] = [];

const namer = (more: RancherOptions = {}) =>
  rancherNamer({ host: "127.0.0.1", port: server.port, maxWait: 5, lingerMs: 0, ...more }, { ...testEnv(), clock });
const see = (path = "/http/shop/web", one = namer()): Seen => {
  const seen = new Seen(one, path);
  open.push(seen);
  return seen;
};
const polling = () => until(() => metadata.waiting === 1, { what: "one poll waiting" });
const has = (seen: Seen, count: number) =>
  until(() => seen.tree.startsWith("/") && seen.addresses.length === count, { what: `${count} addresses` });

beforeEach(async () => {
  metadata = new Metadata(description, { clock, random: Math.random });
  server = await listen(metadata);
});
afterEach(async () => {
  for (const seen of open.splice(0)) seen.close();
  await server.close();
});

describe("a faithful metadata API", () => {
  it.each([...apiVersions, "latest"] as const)("is understood in version %s", async (apiVersion) => {
    const seen = see("/http/shop/web", namer({ apiVersion }));
    await has(seen, 1);
    await polling();
    metadata.scale("shop/web", 3);
    await has(seen, 3);
  });

  it("scales 1 -> 5 -> 1: the addresses move, the tree does not", async () => {
    const seen = see();
    await has(seen, 1);
    await polling();
    metadata.scale("shop/web", 5);
    await has(seen, 5);
    await polling();
    metadata.scale("shop/web", 1);
    await has(seen, 1);
    expect(seen.trees).toEqual(["pending", "/#/test/http/shop/web"]);
    expect(seen.addrs.length).toBe(3);
  });

  it("loses a service and has it back: one change of the tree each way, the same inner Var", async () => {
    const seen = see();
    await has(seen, 1);
    await polling();
    metadata.stop("shop/web");
    await seen.is("neg");
    await polling();
    metadata.start("shop/web");
    await has(seen, 1);
    expect(seen.trees).toEqual(["pending", "/#/test/http/shop/web", "neg", "/#/test/http/shop/web"]);
    expect(seen.inner.size).toBe(1);
  });

  it("reloads the same in another order: nothing is published", async () => {
    const seen = see("/http/shop/api");
    await has(seen, 2);
    for (let i = 0; i < 5; i++) {
      await polling();
      const { requests } = metadata.asked;
      metadata.reload();
      await until(() => metadata.asked.requests === requests + PER_CHANGE);
    }
    await polling();
    expect([seen.states.length, seen.addrs.length]).toEqual([2, 1]);
    expect(seen.status?.counters).toMatchObject({ updates: 1 });
  });

  it("has nothing loaded yet, and says 404 to everything: neither Neg nor empty, and well when it has", async () => {
    const seen = see();
    await has(seen, 1);
    await polling();
    metadata.unload();
    const late = see("/http/shop/api");
    await until(() => seen.status?.state === "stale", { what: "stale" });
    await late.is("failed: NAMER_UNAVAILABLE");
    expect(late.error).toMatch(/^no answer within 5000 ms: .*404: /);
    expect(seen.trees).toEqual(["pending", "/#/test/http/shop/web"]);
    metadata.reload();
    await has(late, 2);
    expect(late.trees).not.toContain("neg");
  });

  it("is not there at first, and comes without data", async () => {
    metadata.takeDown();
    const seen = see();
    await seen.is("failed: NAMER_UNAVAILABLE");
    expect(seen.error).toContain("ECONNREFUSED");
    metadata.bringBack();
    await has(seen, 1);
  });

  it("restarts: names stay, and follow what has changed meanwhile", async () => {
    const seen = see();
    await has(seen, 1);
    await polling();
    const back = metadata.restart({ downMs: 2_000, loadMs: 1_000 });
    await until(() => seen.status?.state === "stale", { what: "stale" });
    metadata.world.scale("shop/web", 2);
    await back;
    await has(seen, 2);
    expect(seen.trees).toEqual(["pending", "/#/test/http/shop/web"]);
  });

  it("answers a poll with the same version when its time is up: contact, and nothing else", async () => {
    const seen = see();
    await has(seen, 1);
    const { polls } = metadata.asked;
    await until(() => metadata.asked.polls >= polls + 3, { what: "three polls" });
    expect(metadata.asked.requests - metadata.asked.polls).toBe(PER_CHANGE);
    expect([seen.status?.state, seen.states.length, seen.addrs.length]).toEqual(["live", 2, 1]);
  });

  it("is asked the same few things per change, however many names are bound", async () => {
    const one = namer();
    const all = Array.from({ length: 1_000 }, (_, i) => see(`/${i + 1}/shop/web`, one));
    await until(() => all.every((seen) => seen.addresses.length === 1));
    await polling();
    const { requests } = metadata.asked;
    metadata.scale("shop/web", 2);
    await until(() => all.every((seen) => seen.addresses.length === 2));
    await polling();
    expect(metadata.asked.requests - requests).toBe(PER_CHANGE);
    expect(server.sockets).toBe(1);
    for (const seen of all) seen.close();
    await until(() => server.sockets === 0 && metadata.waiting === 0, { what: "no socket left" });
  });
});
