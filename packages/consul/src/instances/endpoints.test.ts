import { describe, expect, it } from "vitest";
import { check, type EntryOptions, entry } from "../../test-support/entries.js";
import { type ConsulOptions, checkOptions } from "../config/namer-config.js";
import { commonMeta, endpointsOf } from "./endpoints.js";
import type { Instance } from "./instance.js";
import { readInstances } from "./read-instances.js";

const read = (...entries: readonly object[]): readonly Instance[] => readInstances(entries, { request: "x" }).instances;
const endpoints = (list: readonly Instance[], options: ConsulOptions = {}, wan = false) =>
  endpointsOf(list, checkOptions(options), wan);
const places = (list: readonly Instance[], options: ConsulOptions = {}, wan = false) =>
  endpoints(list, options, wan).addresses.map((one) => `${"ip" in one ? one.ip : `<${one.host}>`}:${one.port}`);
const weight = (options: ConsulOptions, given: EntryOptions) =>
  endpoints(read(entry("web", "10.0.0.1", 80, given)), options).addresses[0]?.weight;

describe("the place of an instance", () => {
  it.each<[string, string, ConsulOptions, readonly string[]]>([
    ["10.0.0.1", "10.0.0.9", {}, ["10.0.0.1:80"]],
    ["", "10.0.0.9", {}, ["10.0.0.9:80"]],
    ["10.0.0.1", "10.0.0.9", { preferServiceAddress: false }, ["10.0.0.9:80"]],
    ["10.0.0.1", "", { preferServiceAddress: false }, []],
    ["", "", {}, []],
    ["2001:db8::1", "", {}, ["2001:db8::1:80"]],
    ["[2001:db8::1]", "", {}, ["2001:db8::1:80"]],
    [" 10.0.0.1 ", "", {}, ["10.0.0.1:80"]],
    ["fe80::1%eth0", "", {}, []],
    ["0.0.0.0", "10.0.0.9", {}, []],
    ["::", "10.0.0.9", {}, []],
    ["127.0.0.1", "10.0.0.9", {}, ["127.0.0.1:80"]],
    ["Web3.Internal", "10.0.0.9", {}, ["<web3.internal>:80"]],
    ["http://web", "10.0.0.9", {}, []],
    ["a b", "10.0.0.9", {}, []],
  ])("at %j of node %j with %j: %j", (address, nodeAddress, options, expected) => {
    expect(places(read(entry("web", address, 80, { nodeAddress })), options)).toEqual(expected);
  });

  it("is none without a port", () => {
    const { addresses, placeless } = endpoints(read(entry("web", "10.0.0.1", 0), entry("web", "10.0.0.2", 80)));
    expect(addresses).toHaveLength(1);
    expect(placeless).toBe(1);
  });

  it("is another one for other datacenters, where Consul knows one", () => {
    const wan = { TaggedAddresses: { wan: { Address: "203.0.113.1", Port: 8080 } } };
    expect(places(read(entry("web", "10.0.0.1", 80, { more: wan })), {}, true)).toEqual(["203.0.113.1:8080"]);
    expect(places(read(entry("web", "10.0.0.1", 80, { more: wan })), {}, false)).toEqual(["10.0.0.1:80"]);
    const noPort = { TaggedAddresses: { wan: { Address: "203.0.113.1", Port: 0 } } };
    expect(places(read(entry("web", "10.0.0.1", 80, { more: noPort })), {}, true)).toEqual(["203.0.113.1:80"]);
    expect(places(read(entry("web", "10.0.0.1", 80)), {}, true)).toEqual(["10.0.0.1:80"]);
    const [node] = [entry("web", "", 80)] as { Node: { TaggedAddresses: unknown } }[];
    if (node !== undefined) node.Node.TaggedAddresses = { lan: "10.9.9.9", wan: "203.0.113.9" };
    expect(places(read(node as object), {}, true)).toEqual(["203.0.113.9:80"]);
    expect(places(read(node as object), {}, false)).toEqual(["10.9.9.9:80"]);
  });

  it("counts once, with the larger weight, whatever the order", () => {
    const a = entry("web", "10.0.0.1", 80, { id: "a", weights: { Passing: 1, Warning: 1 }, node: "n1" });
    const b = entry("web", "10.0.0.1", 80, { id: "b", weights: { Passing: 5, Warning: 1 }, node: "n2" });
    const c = entry("web", "10.0.0.1", 80, { id: "c", weights: { Passing: 5, Warning: 1 }, node: "n3" });
    for (const order of [
      [a, b, c],
      [c, b, a],
      [b, a, c],
    ]) {
      const { addresses } = endpoints(read(...order));
      expect(addresses).toMatchObject([{ weight: 5, meta: { nodeName: "n2" } }]);
    }
  });
});

describe("which instances count", () => {
  const all = read(
    entry("web", "10.0.0.1", 80, { checks: [check("passing")] }),
    entry("web", "10.0.0.2", 80, { checks: [check("warning")] }),
    entry("web", "10.0.0.3", 80, { checks: [check("critical")] }),
    entry("web", "10.0.0.4", 80, { checks: [check("critical", "_node_maintenance")] }),
  );
  it.each<[ConsulOptions, readonly number[]]>([
    [{}, [1, 2, 3, 4]],
    [{ healthStatuses: ["warning"] }, [1, 2, 3, 4]],
    [{ useHealthCheck: true }, [1]],
    [{ useHealthCheck: true, healthStatuses: ["passing", "warning"] }, [1, 2]],
    [{ useHealthCheck: true, healthStatuses: ["critical"] }, [3]],
    [{ useHealthCheck: true, healthStatuses: ["maintenance"] }, [4]],
  ])("with %j", (options, numbers) => {
    expect(places(all, options)).toEqual(numbers.map((n) => `10.0.0.${n}:80`));
  });
});

describe("weights", () => {
  const native: EntryOptions = { weights: { Passing: 10, Warning: 2 }, tags: ["a", "b"] };
  it("are those in Consul, less for one with a warning", () => {
    expect(weight({}, native)).toBe(10);
    const ill = { useHealthCheck: true, healthStatuses: ["passing", "warning"] as const };
    expect(weight({ ...ill, healthStatuses: [...ill.healthStatuses] }, { ...native, checks: [check("warning")] })).toBe(
      2,
    );
  });

  it("are the largest of the tags, and those in Consul count no more, as soon as the configuration has some", () => {
    const weights = (...pairs: readonly (readonly [string, number])[]) => ({
      weights: pairs.map(([tag, one]) => ({ tag, weight: one })),
    });
    expect(weight(weights(["a", 3], ["b", 7]), native)).toBe(7);
    expect(weight(weights(["a", 0.5]), native)).toBe(0.5);
    expect(weight(weights(["z", 3]), native)).toBe(1);
    expect(weight(weights(), native)).toBe(1);
    expect(weight(weights(["A", 3]), native)).toBe(1);
  });
});

describe("metadata", () => {
  const one = entry("web", "10.0.0.1", 80, {
    tags: ["b", "a"],
    meta: { version: "1", both: "service" },
    nodeMeta: { rack: "r1", both: "node", nodeName: "not this" },
    more: { Locality: { Region: "eu", Zone: "eu-1" } },
  });
  const meta = (options: ConsulOptions) => endpoints(read(one), options).addresses[0]?.meta;

  it("is node and locality, and the rest on demand", () => {
    const always = { nodeName: "node1", region: "eu", zone: "eu-1" };
    expect(meta({})).toEqual(always);
    expect(meta({ transferTags: true })).toEqual({ ...always, tags: "a,b" });
    expect(meta({ transferMetadata: true })).toEqual({ ...always, version: "1", both: "service", rack: "r1" });
  });

  it("of a name is what all instances have in common", () => {
    const other = entry("web", "10.0.0.2", 80, { meta: { version: "2", both: "service" } });
    expect(commonMeta(read(one, other))).toEqual({ both: "service" });
    expect(commonMeta(read(one, entry("web", "x", 1)))).toEqual({});
    expect(commonMeta([])).toEqual({});
  });
});
