import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asCatalog, check, entry } from "../../test-support/entries.js";
import { checkOptions } from "../config/namer-config.js";
import { worstOf } from "./checks.js";
import { endpointsOf } from "./endpoints.js";
import { readInstance, readInstances } from "./read-instances.js";

describe("an instance", () => {
  const full = entry("web", "10.0.0.1", 80, {
    id: "web-1",
    tags: ["prod", "v1"],
    meta: { version: "1" },
    nodeMeta: { rack: "r1" },
    weights: { Passing: 10, Warning: 2 },
    checks: [check("warning")],
    more: {
      TaggedAddresses: { wan: { Address: "203.0.113.1", Port: 8080 } },
      Locality: { Region: "eu", Zone: "eu-1" },
    },
  });

  it("is read from the health endpoint", () => {
    expect(readInstance(full)).toEqual({
      id: "web-1",
      service: "web",
      tags: ["prod", "v1"],
      address: "10.0.0.1",
      port: 80,
      meta: { version: "1" },
      wan: { host: "203.0.113.1", port: 8080 },
      status: "warning",
      weights: { passing: 10, warning: 2 },
      node: { name: "node1", address: "10.9.9.9", wanAddress: "", meta: { rack: "r1" } },
      region: "eu",
      zone: "eu-1",
    });
  });

  it("is the same from the catalogue, but for its health and locality", () => {
    const same = { ...readInstance(full), status: "passing", region: "", zone: "" };
    expect(readInstance(asCatalog(full))).toEqual(same);
  });

  it("is read from a prepared query", () => {
    const answer = { Service: "web", Nodes: [full], DNS: { TTL: "" }, Datacenter: "dc2", Failovers: 1 };
    expect(readInstances(answer, { request: "x" }).instances).toEqual([readInstance(full)]);
    expect(readInstances({ Service: "web", Nodes: null }, { request: "x" })).toEqual({ instances: [], odd: 0 });
  });

  it("has null where Go had nothing", () => {
    const bare = {
      Node: { Node: "n", Address: "10.0.0.1", Meta: null },
      Service: { Service: "x", Tags: null },
      Checks: null,
    };
    expect(readInstance(bare)).toMatchObject({ tags: [], meta: {}, port: 0, address: "", status: "passing" });
    expect(readInstance(bare)?.weights).toEqual({ passing: 1, warning: 1 });
  });

  it.each<[unknown]>([
    [null],
    [7],
    ["web"],
    [[]],
    [{}],
    [{ Service: null, Node: {} }],
    [{ Service: {}, Node: "a" }],
    [entry("web", "10.0.0.1", "80")],
    [entry("web", "10.0.0.1", 70_000)],
    [entry("web", "10.0.0.1", -1)],
    [entry("web", "10.0.0.1", 1.5)],
    [entry("web", { ip: "10.0.0.1" }, 80)],
    [entry("web", "", 80, { nodeAddress: 7 as unknown as string })],
  ])("is not %j", (odd) => {
    expect(readInstance(odd)).toBeUndefined();
  });
});

describe("a list of instances", () => {
  it("leaves out what cannot be understood, and counts it", () => {
    const { instances, odd } = readInstances([null, entry("web", "10.0.0.1", 80), { x: 1 }], { request: "GET x" });
    expect(instances).toHaveLength(1);
    expect(odd).toBe(2);
  });

  it("is of the service that was asked for, in whatever case, and not of another", () => {
    const read = (...services: readonly string[]) =>
      readInstances(
        services.map((service, i) => entry(service, `10.0.0.${i}`, 80)),
        { request: "GET x", service: "οδοσ" },
      );
    expect(read("ΟΔΟΣ", "web", "οδοσ").instances.map(({ address }) => address)).toEqual(["10.0.0.0", "10.0.0.2"]);
    expect(read("ΟΔΟΣ", "web").odd).toBe(1);
    expect(() => read("web", "api")).toThrow("GET x: none of 2 instances can be understood");
  });

  it.each<[unknown, string]>([
    [{ code: 1 }, "GET x: expected a list of instances"],
    ["web", "GET x: expected a list of instances"],
    [null, "GET x: expected a list of instances"],
    [{ Nodes: 7 }, "GET x: expected a list of instances"],
    [[null, 7], "GET x: none of 2 instances can be understood"],
  ])("is not %j", (answer, message) => {
    expect(() => readInstances(answer, { request: "GET x" })).toThrow(message);
  });

  it("never throws anything else, and gives only what a request could be sent to, whatever Consul says", () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom("10.0.0.1", "::1", "[::1]", "db.internal", "0.0.0.0", "fe80::1%eth0"),
    );
    const any = fc.oneof(fc.jsonValue() as fc.Arbitrary<unknown>, fc.constant(undefined));
    const maybe = <T>(good: fc.Arbitrary<T>) => fc.oneof({ weight: 4, arbitrary: good as fc.Arbitrary<unknown> }, any);
    const port = fc.oneof(fc.integer({ min: -1, max: 70_000 }), fc.double());
    const health = fc.record({
      Node: maybe(fc.record({ Node: maybe(text), Address: maybe(text), Meta: any, TaggedAddresses: any })),
      Service: maybe(
        fc.record({
          ID: maybe(text),
          Address: maybe(text),
          Port: maybe(port),
          Tags: any,
          Meta: any,
          Weights: maybe(fc.record({ Passing: maybe(fc.double()), Warning: any })),
          TaggedAddresses: maybe(fc.record({ wan: maybe(fc.record({ Address: text, Port: port })) })),
        }),
      ),
      Checks: any,
    });
    const catalog = fc.record({
      Node: any,
      Address: maybe(text),
      ServiceAddress: maybe(text),
      ServicePort: maybe(port),
    });
    const list = fc.oneof(fc.array(fc.oneof(health, catalog, any)), any);
    fc.assert(
      fc.property(list, fc.boolean(), fc.boolean(), (answer, preferServiceAddress, transferMetadata) => {
        let instances: ReturnType<typeof readInstances>["instances"];
        try {
          ({ instances } = readInstances(answer, { request: "GET x" }));
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: "NAMER_ANSWER" });
          return;
        }
        const rules = checkOptions({ preferServiceAddress, transferMetadata, transferTags: true });
        for (const wan of [false, true]) {
          const { addresses, placeless } = endpointsOf(instances, rules, wan);
          expect(addresses.length + placeless).toBeLessThanOrEqual(instances.length);
          const places = new Set<string>();
          for (const one of addresses) {
            const host = "ip" in one ? one.ip : one.host;
            expect(host).toMatch(/^[^\s/@?#[\]%]+$/);
            expect(one.port >= 1 && one.port <= 65_535).toBe(true);
            expect(one.weight >= 0 && Number.isFinite(one.weight)).toBe(true);
            for (const value of Object.values(one.meta)) expect(typeof value).toBe("string");
            places.add(`${host} ${one.port}`);
          }
          expect(places.size).toBe(addresses.length);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("health", () => {
  it.each<[readonly object[] | null, string]>([
    [null, "passing"],
    [[], "passing"],
    [[check("passing"), check("passing")], "passing"],
    [[check("passing"), check("warning")], "warning"],
    [[check("critical"), check("warning")], "critical"],
    [[check("unknown")], "passing"],
    [[check("")], "passing"],
    [[check("critical", "_service_maintenance:web-1"), check("critical")], "maintenance"],
    [[check("critical", "_node_maintenance")], "maintenance"],
    [[check("passing", "_node_maintenance")], "passing"],
    [[check("critical", "_service_maintenance_notes")], "critical"],
    [[check("maintenance")], "maintenance"],
    [[null as unknown as object, check("warning")], "warning"],
  ])("of %j: %s", (checks, status) => {
    expect(worstOf(checks)).toBe(status);
  });
});
