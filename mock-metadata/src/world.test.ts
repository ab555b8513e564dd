import { isNamerError } from "@namerkit/core";
import { fixedRandom } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { parseDescription } from "./description.js";
import { World } from "./world.js";

const world = (services: string): World =>
  new World(parseDescription(`stacks: { shop: { services: ${services} } }`), fixedRandom(0.2, 0.6));

const codeOf = (act: () => void): string => {
  try {
    act();
  } catch (error) {
    return isNamerError(error) ? error.code : String(error);
  }
  return "nothing thrown";
};

describe("World", () => {
  it("starts and removes containers, the newest first", () => {
    const one = world("{ web: { scale: 2 } }");
    const [first, second] = one.containers;
    one.scale("shop/web", 4);
    expect(one.containers.map(({ name, index }) => [name, index])).toEqual([
      ["shop-web-1", 1],
      ["shop-web-2", 2],
      ["shop-web-3", 3],
      ["shop-web-4", 4],
    ]);
    expect(one.containers.slice(0, 2)).toEqual([first, second]);
    one.scale("shop/web", 1);
    expect(one.containers).toEqual([first]);
    one.scale("shop/web", 0);
    expect(one.containers).toEqual([]);
  });

  it("gives each container the address that it was promised, and nobody else's", () => {
    const one = world("{ web: { scale: 3, addresses: [10.42.1.2] }, api: { addresses: [10.42.1.1, 10.42.1.4] } }");
    one.scale("shop/web", 600);
    const ips = one.containers.map(({ ip }) => ip);
    expect(ips[0]).toBe("10.42.1.2");
    expect(one.service("shop/api").containers.map(({ ip }) => ip)).toEqual(["10.42.1.1", "10.42.1.4"]);
    expect(new Set(ips).size).toBe(602);
    expect(ips.every((ip) => /^10\.42\.\d{1,3}\.\d{1,3}$/.test(ip))).toBe(true);
  });

  it("spreads containers over hosts", () => {
    const text =
      "{ hosts: [{ name: a, ip: 192.0.2.1 }, { name: b, ip: 192.0.2.2 }], stacks: { s: { services: { w: { scale: 4 } } } } }";
    const hosts = new World(parseDescription(text), fixedRandom(0.5)).containers.map(
      ({ host }) => host.description.name,
    );
    expect(hosts.filter((name) => name === "a")).toHaveLength(2);
  });

  it("stops and starts services; what is scaled while stopped is stopped", () => {
    const one = world("{ web: { scale: 1 } }");
    one.stop("shop/web");
    one.scale("shop/web", 2);
    expect([one.service("shop/web").state, ...one.containers.map(({ state }) => state)]).toEqual([
      "inactive",
      "stopped",
      "stopped",
    ]);
    one.start("shop/web");
    expect([one.service("shop/web").state, ...one.containers.map(({ state }) => state)]).toEqual([
      "active",
      "running",
      "running",
    ]);
  });

  it("sets the health of one container, or of all", () => {
    const one = world("{ web: { scale: 2, health: healthy } }");
    one.health("shop/web", "unhealthy", 2);
    expect(one.containers.map(({ health }) => health)).toEqual(["healthy", "unhealthy"]);
    one.health("shop/web", null);
    expect(one.containers.map(({ health }) => health)).toEqual([null, null]);
  });

  it("finds services in any case, and says which there are", () => {
    const one = world("{ Web: {} }");
    expect(one.service("SHOP/web").description.name).toBe("Web");
    expect(() => one.service("shop/wep")).toThrow("shop/Web");
    expect(codeOf(() => one.stop("web"))).toBe("MOCK_UNKNOWN");
    expect(codeOf(() => one.health("shop/web", "healthy", 9))).toBe("MOCK_UNKNOWN");
    for (const scale of [-1, 0.5, Number.NaN, 100_001]) {
      expect(codeOf(() => one.scale("shop/web", scale))).toBe("MOCK_CONTROL");
    }
    expect(one.containers).toHaveLength(1);
  });

  it("needs a host", () => {
    expect(codeOf(() => new World({ environment: "x", hosts: [], stacks: [] }, fixedRandom(0)))).toBe(
      "MOCK_DESCRIPTION",
    );
  });
});
