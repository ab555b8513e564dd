import { ManualClock } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { lcg, start } from "./fixtures/start.js";
import { Metadata } from "./metadata.js";

describe("routes", () => {
  it.each(["POST", "PUT", "DELETE", "OPTIONS"])("%s is not one", async (method) => {
    const answer = await start().ask("/latest/version", { method });
    expect([answer.status, await answer.text()]).toEqual([404, "404 page not found\n"]);
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("the icon of browsers is none either", async () => {
    const answer = await start().ask("/favicon.ico", { headers: { accept: "application/json" } });
    expect([answer.status, await answer.text()]).toEqual([404, "404 page not found\n"]);
  });

  it("HEAD is as GET", async () => {
    const answer = await start().ask("/latest/name", { method: "HEAD" });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/plain; charset=utf-8"]);
  });

  it.each([
    ["//latest/version", "/latest/version"],
    ["/latest//version?wait=true&value=x", "/latest/version?wait=true&value=x"],
    ["/latest/a%2F%2Fb%20c", "/latest/a/b%20c"],
    ["//", "/"],
  ])("%s has moved to %s", async (path, location) => {
    const answer = await start().ask(path, { redirect: "manual" });
    expect([answer.status, answer.headers.get("location")]).toEqual([301, location]);
  });

  it("a slash at the end is nothing", async () => {
    const { text } = start();
    expect(await text("/latest/stacks/")).toBe("0=shop\n");
    expect(await text("/latest/")).toBe(await text("/latest"));
  });

  it.each(["/latest/%zz", "/%"])("%s is a bad escape", async (path) => {
    const answer = await start().ask(path, { headers: { accept: "application/json" } });
    expect(answer.status).toBe(400);
    expect(JSON.parse(await answer.text())).toMatchObject({ code: 400, type: "error" });
  });

  it("segments are unescaped as queries are", async () => {
    const { text } = start();
    expect(await text("/latest/stacks/%53hop/name")).toBe("shop");
    expect(await text("/%6catest/name")).toBe("Default");
    const spaced = new Metadata('stacks: { "a b": {} }', { clock: new ManualClock(), random: lcg() });
    const answer = await spaced.handle(new Request("http://m/latest/stacks/a+b/name"), "::1");
    expect(await answer.text()).toBe("a b");
  });

  it("errors in YAML are the message and its own line end", async () => {
    const answer = await start().ask("/latest/nosuch", { headers: { accept: "text/yaml" } });
    expect(await answer.text()).toBe("code: 404\nmessage: Not found\ntype: error\n\n");
  });
});

describe("versions of the API", () => {
  it("since 2016-07-29 names are in lower case; before, they are as given and must be asked for so", async () => {
    const { json, ask } = start();
    expect(await json("/latest/containers/Shop-Web-1")).toMatchObject({
      name: "shop-web-1",
      hostname: "Shop-Web-1",
      service_name: "web",
      stack_name: "shop",
    });
    expect(await json("/2016-07-29/stacks/SHOP/services/wEb")).toMatchObject({
      name: "web",
      primary_service_name: "web",
    });
    expect(await json("/2015-12-19/containers/Shop-Web-1")).toMatchObject({ service_name: "Web", stack_name: "Shop" });
    expect((await ask("/2015-12-19/containers/shop-web-1")).status).toBe(404);
  });

  it("2015-07-25 tells names where later ones tell all", async () => {
    const { json } = start();
    expect(((await json("/2015-07-25/services/Web/containers")) as string[]).sort()).toEqual([
      "Shop-Web-1",
      "Shop-Web-2",
    ]);
    expect(((await json("/2015-07-25/stacks/Shop/services")) as string[]).sort()).toEqual(["Idle", "Web"]);
    expect(await json("/2015-12-19/stacks/Shop/services/Web/containers/Shop-Web-1")).toMatchObject({
      state: "running",
    });
  });

  it("ports without address get the host's, and since 2016-07-29 0.0.0.0", async () => {
    const { json } = start();
    const old = ["192.0.2.7:8080:80/tcp", "192.0.2.7:1:2/tcp", "192.0.2.9:3:4/udp"];
    expect(await json("/2015-07-25/containers/Shop-Web-1/ports")).toEqual(old);
    expect(await json("/2015-12-19/containers/Shop-Web-1/ports")).toEqual(old);
    expect(await json("/latest/containers/Shop-Web-1/ports")).toEqual([
      "0.0.0.0:8080:80/tcp",
      "0.0.0.0:1:2/tcp",
      "192.0.2.9:3:4/udp",
    ]);
  });

  it("hosts have an id until 2015-12-19, environments are there since 2016-07-29", async () => {
    const { json, text } = start();
    expect(await json("/2015-12-19/hosts/h")).toHaveProperty("hostId");
    expect(await json("/latest/hosts/h")).not.toHaveProperty("hostId");
    expect(await text("/2015-12-19")).not.toContain("environments");
    expect(await text("/latest")).toContain("environments/");
    expect(await json("/latest/environments")).toBeNull();
  });

  it("what is empty is null where the real server has a null, and an empty list where it has one", async () => {
    const { json, text } = start();
    const empty = new Metadata("stacks: {}", { clock: new ManualClock(), random: lcg() });
    const answer = await empty.handle(
      new Request("http://m/latest", { headers: { accept: "application/json" } }),
      "::1",
    );
    expect(JSON.parse(await answer.text())).toMatchObject({ containers: null, services: null, stacks: null });
    expect(await json("/2015-12-19/services/Idle")).toMatchObject({ containers: null, links: null, sidekicks: [] });
    expect(await json("/latest/services/idle")).toMatchObject({
      containers: null,
      links: {},
      sidekicks: null,
      ports: [],
    });
    expect(await text("/latest/services/idle")).toContain("containers/\n");
    const bare = new Metadata("stacks: { s: { services: { w: } } }", { clock: new ManualClock(), random: lcg() });
    for (const [version, ports] of [
      ["2015-12-19", "[]"],
      ["latest", "null"],
    ]) {
      const path = `http://m/${version}/containers/s-w-1/ports`;
      const told = await bare.handle(new Request(path, { headers: { accept: "application/json" } }), "::1");
      expect(await told.text()).toBe(ports);
    }
  });
});

describe("who asks", () => {
  it("a container is told of itself, its service, stack and host", async () => {
    const { json } = start();
    expect(await json("/latest/self/container/name", "10.42.1.2")).toBe("shop-web-2");
    expect(await json("/latest/self/service/name", "10.42.1.2")).toBe("web");
    expect(await json("/latest/SELF/stack/name", "10.42.1.2")).toBe("shop");
    expect(await json("/2015-12-19/self/host/hostname", "10.42.1.2")).toBe("h");
  });

  it("where two have one address, it is the first; and a stopped one keeps its own", async () => {
    const world = "stacks: { s: { services: { a: { addresses: [192.0.2.1] }, b: { addresses: [192.0.2.1] } } } }";
    const metadata = new Metadata(world, { clock: new ManualClock(), random: lcg() });
    metadata.stop("s/a");
    const answer = await metadata.handle(new Request("http://m/latest/self/container/name"), "192.0.2.1");
    expect(await answer.text()).toBe("s-a-1");
  });

  it("others are not", async () => {
    const { ask, json } = start();
    expect(await json("/latest/self")).toEqual({});
    expect((await ask("/latest/self/container")).status).toBe(404);
  });

  it("the token is told to containers of the service alone, but to everybody if it has none", async () => {
    const { json } = start();
    expect(await json("/latest/services/web/token")).toBeNull();
    expect(await json("/latest/self/service/token", "10.42.1.1")).toMatch(/^[0-9a-f]{32}$/);
    expect(await json("/latest/services/idle/token")).toMatch(/^[0-9a-f]{32}$/);
  });

  it("X-Forwarded-For is believed only where that is wanted, and word for word", async () => {
    const asked = async (xff: boolean, value: string) => {
      const { ask } = start({ xff });
      return (await ask("/latest/self/container/name", { headers: { "x-forwarded-for": value } }, "10.42.1.1")).text();
    };
    expect(await asked(false, "10.42.1.2")).toBe("shop-web-1");
    expect(await asked(true, "10.42.1.2")).toBe("shop-web-2");
    expect(await asked(true, "")).toBe("shop-web-1");
    expect(await asked(true, "10.42.1.2, 10.42.1.1")).toBe("Not found\n");
  });

  it("a container that is starting has no address, neither to tell nor to be known by", async () => {
    const { json, metadata, ask } = start();
    const [first] = metadata.world.containers;
    Object.assign(first ?? {}, { state: "starting" });
    metadata.reload();
    expect(await json("/latest/containers/shop-web-1")).toMatchObject({ primary_ip: null, ips: [], start_count: 0 });
    expect((await ask("/latest/self/container", {}, "10.42.1.1")).status).toBe(404);
  });
});

describe("loads", () => {
  it("each has a new version, the same in all versions of the API, even of the same data", async () => {
    const { metadata, text } = start();
    const seen = new Set<string>();
    for (let i = 0; i < 20; i++) {
      metadata.reload();
      seen.add(metadata.version);
      expect(await text("/2015-07-25/version")).toBe(await text("/latest/version"));
    }
    expect(seen.size).toBe(20);
  });

  it("lists stay in their order until the next, and then have another", async () => {
    const { metadata, text } = start();
    metadata.scale("shop/web", 12);
    const orders = new Set<string>();
    for (let i = 0; i < 5; i++) {
      metadata.reload();
      const order = await text("/latest/containers");
      expect(await text("/latest/containers")).toBe(order);
      orders.add(order);
    }
    expect(orders.size).toBeGreaterThan(1);
  });

  it("a change of the world is told from the next on, and not before, whatever has been asked until then", async () => {
    const { metadata, json } = start();
    const told = async () => [
      await json("/latest/services/web/scale"),
      ((await json("/latest/containers")) as unknown[]).length,
      await json("/latest/services/web/state"),
      await json("/2015-12-19/containers/Shop-Web-1/health_state"),
    ];
    metadata.world.scale("shop/web", 3);
    metadata.world.stop("shop/web");
    metadata.world.health("shop/web", "unhealthy");
    expect(await told()).toEqual([2, 2, "active", null]);
    metadata.reload();
    expect(await told()).toEqual([3, 3, "inactive", "unhealthy"]);
  });

  it("before the first there is nothing but `latest`, which is not found", async () => {
    const { metadata, text, ask } = start({ unloaded: true });
    expect(metadata.version).toBe("0");
    expect(await text("/")).toBe("latest\n");
    expect(await text("/latest/version")).toBe("Not found\n");
    expect(await text("/2015-12-19/version")).toBe("Invalid version\n");
    expect((await ask("/2015-12-19/version?wait=true&value=x")).status).toBe(404);
    metadata.reload();
    expect(await text("/latest/version")).toBe(metadata.version);
  });
});

describe("load", () => {
  it("tells another world, under a new version, and what is not in it is not there", async () => {
    const { metadata, ask } = start();
    const { version } = metadata;
    metadata.load("stacks: { blog: { services: { web: { addresses: [10.42.9.9] } } } }");
    expect(metadata.version).not.toBe(version);
    expect(await (await ask("/latest/stacks/blog/services/web/containers/0/primary_ip")).text()).toBe("10.42.9.9");
    expect((await ask("/latest/stacks/shop")).status).toBe(404);
    expect(() => metadata.load("stacks: []")).toThrow(expect.objectContaining({ code: "MOCK_DESCRIPTION" }));
    expect(metadata.world.services.length).toBe(1);
  });
});
