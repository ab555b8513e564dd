import { describe, expect, it } from "vitest";
import { parseCluster } from "./description.js";

const parse = (json: unknown) => parseCluster(JSON.stringify(json), "cluster.json");

describe("the description of a cluster", () => {
  it("has services with their pods, and ConfigMaps", () => {
    const web = {
      ports: [{ name: "http", port: 80, targetPort: 8080 }],
      pods: [{ ip: "10.0.0.1", name: "a" }, { ip: "::1" }],
    };
    const { services, configMaps } = parse({
      services: { "shop/web": web, "shop/none": {}, "shop/one": { ...web, ready: 1 } },
      configMaps: { "shop/dtab": { dtab: "/svc => /a" } },
    });
    expect(services.get("shop/web")).toEqual({ ...web, ready: 2 });
    expect(services.get("shop/none")).toEqual({ ports: [], pods: [], ready: 0 });
    expect(services.get("shop/one")?.ready).toBe(1);
    expect(configMaps.get("shop/dtab")).toEqual({ dtab: "/svc => /a" });
    expect(parse({})).toEqual({ services: new Map(), configMaps: new Map() });
  });

  it.each([
    [[], /^cluster\.json: expected an object$/],
    [{ service: {} }, /^cluster\.json: service: there is no such field; there are services, configMaps$/],
    [{ services: { web: {} } }, /services\.web: the key is not <namespace>\/<name>/],
    [{ services: { "a/b": { pods: {} } } }, /services\.a\/b\.pods: expected a list/],
    [{ services: { "a/b": { pods: [{ name: "x" }] } } }, /services\.a\/b\.pods\.0: it has no ip/],
    [{ services: { "a/b": { pods: [{ ip: 5 }] } } }, /services\.a\/b\.pods\.0\.ip: expected a text/],
    [{ services: { "a/b": { pods: [{ ip: "1" }], ready: 2 } } }, /a\/b\.ready: expected a whole number from 0 to 1/],
    [{ services: { "a/b": { ports: [{}] } } }, /services\.a\/b\.ports\.0: it has no port/],
    [{ services: { "a/b": { ports: [{ port: 70_000 }] } } }, /ports\.0\.port: expected a whole number from 1 to 65535/],
    [{ configMaps: { "a/b": { c: 1 } } }, /configMaps\.a\/b\.c: expected a text/],
  ])("says what is wrong, and where: %j", (json, message) => {
    expect(() => parse(json)).toThrow(message);
    expect(() => parse(json)).toThrow(expect.objectContaining({ code: "TESTING_KUBERNETES_FILE" }));
  });

  it("is JSON", () => {
    expect(() => parseCluster("{", "c.json")).toThrow(/^c\.json: it is not JSON: /);
  });
});
