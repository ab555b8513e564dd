import { isNamerError } from "@namerkit/core";
import { fixedRandom } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { parseDescription } from "../description/parse.js";
import { serviceName } from "./entities.js";
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
    expect(
      codeOf(
        () => new World({ environment: "x", hosts: [], stacks: [], containers: [], environments: [] }, fixedRandom(0)),
      ),
    ).toBe("MOCK_DESCRIPTION");
  });
});

describe("sidekicks", () => {
  const shop = () =>
    world("{ web: { scale: 2, sidekicks: { Conf: { shareNetwork: true }, log: { health: healthy } } }, api: {} }");

  it("are services of their own, beside their primary on its hosts, and scale with it", () => {
    const one = shop();
    expect(one.services.map(serviceName)).toEqual(["shop/web", "shop/web/Conf", "shop/web/log", "shop/api"]);
    one.scale("shop/web", 3);
    const [web, conf, log] = one.services;
    expect(conf?.containers.map(({ name }) => name)).toEqual(["shop-web-Conf-1", "shop-web-Conf-2", "shop-web-Conf-3"]);
    expect(conf?.containers.map(({ networkFrom }) => networkFrom)).toEqual(web?.containers);
    expect(conf?.containers.map(({ host }) => host)).toEqual(web?.containers.map(({ host }) => host));
    expect(log?.containers.map(({ networkFrom, health }) => [networkFrom, health])).toEqual(
      Array.from({ length: 3 }, () => [undefined, "healthy"]),
    );
    expect([conf?.uuid, log?.uuid]).toEqual([web?.uuid, web?.uuid]);
    one.scale("shop/web", 0);
    expect(one.containers.map(({ name }) => name)).toEqual(["shop-api-1"]);
    expect(codeOf(() => one.scale("shop/web/conf", 1))).toBe("MOCK_CONTROL");
  });

  it("stop with their primary, but not with one container of it", () => {
    const one = shop();
    const states = () => one.containers.map(({ state }) => state);
    one.stop("shop/web", 1);
    expect(states()).toEqual(["stopped", "running", "running", "running", "running", "running", "running"]);
    one.stop("shop/web");
    expect(states()).toEqual([...Array.from({ length: 6 }, () => "stopped"), "running"]);
    expect(one.service("shop/web/log").state).toBe("inactive");
    one.start("shop/web/log");
    expect(states().filter((state) => state === "running")).toHaveLength(3);
  });

  it("with a shared network can have no address", () => {
    expect(codeOf(() => shop().ip("shop/web/conf", "192.0.2.1", 1))).toBe("MOCK_CONTROL");
    shop().ip("shop/web/log", "192.0.2.1", 1);
  });
});

describe("single containers", () => {
  it("are stopped, relabelled, moved and brought into any state, of a service or of none", () => {
    const one = new World(
      parseDescription("containers: { Lone: { ip: 192.0.2.1 } }\nstacks: { s: { services: { w: { scale: 2 } } } }"),
      fixedRandom(0.5),
    );
    const [, second, lone] = one.containers;
    one.state("s/w", "starting", 2);
    one.ip("s/w", "192.0.2.2", 2);
    one.label("s/w", "a", "b", 2);
    one.stop("lone");
    one.health("lone", "healthy");
    one.label("lone", "a", "b");
    one.label("lone", "c", "d");
    one.label("lone", "a", null);
    one.ip("lone", null);
    expect(second).toMatchObject({ state: "starting", ip: "192.0.2.2", showsIp: true, labels: { a: "b" } });
    expect(lone).toMatchObject({ state: "stopped", health: "healthy", showsIp: false, labels: { c: "d" } });
    one.state("s/w", "upgrading");
    one.label("s/w", "x", "y");
    expect(one.service("s/w")).toMatchObject({ state: "upgrading", labels: { x: "y" } });
    expect(one.containers[0]).toMatchObject({ state: "running", labels: {} });
  });

  it("must be there, and so must what they shall be", () => {
    const one = world("{ web: { scale: 2 } }");
    for (const [act, code] of [
      [() => one.stop("lone"), "MOCK_UNKNOWN"],
      [() => one.stop("shop/web", 3), "MOCK_UNKNOWN"],
      [() => one.state("shop/web", "running"), "MOCK_CONTROL"],
      [() => one.state("shop/web", "active", 1), "MOCK_CONTROL"],
      [() => one.health("shop/web", "well"), "MOCK_CONTROL"],
      [() => one.ip("shop/web", "192.0.2.1"), "MOCK_CONTROL"],
      [() => one.ip("shop/web", "here", 1), "MOCK_CONTROL"],
    ] as const) {
      expect(codeOf(act)).toBe(code);
    }
  });
});

describe("links", () => {
  it("may go in circles, to nobody, and elsewhere later", () => {
    const one = world(
      "{ a: { kind: dnsService, links: { b: shop/b } }, b: { kind: dnsService, links: { a: shop/a } }, c: {} }",
    );
    const [a, b, c] = one.services;
    expect([a?.links.get("b"), b?.links.get("a")]).toEqual([b, a]);
    one.link("shop/a", "B", "shop/c");
    one.link("shop/a", "gone", { dangling: "nobody" });
    expect([...(a?.links ?? [])]).toEqual([
      ["B", c],
      ["gone", "nobody"],
    ]);
    one.unlink("shop/a", "GONE");
    expect(a?.links.size).toBe(1);
    expect(codeOf(() => one.unlink("shop/a", "gone"))).toBe("MOCK_UNKNOWN");
    expect(codeOf(() => one.link("shop/a", "x", "shop/x"))).toBe("MOCK_UNKNOWN");
    expect(codeOf(() => one.scale("shop/a", 2))).toBe("MOCK_CONTROL");
  });
});

describe("linked environments", () => {
  it("have services that can be linked to and changed, and no containers here", () => {
    const one = new World(
      parseDescription(`
stacks: { shop: { services: { web: { links: { db: "Other:data/db" } } } } }
environments: { Other: { stacks: { data: { services: { db: { links: { me: data/db } } } } } } }`),
      fixedRandom(0.5),
    );
    const db = one.service("other:data/db");
    expect([one.service("shop/web").links.get("db"), db.links.get("me")]).toEqual([db, db]);
    one.scale("Other:data/db", 3);
    expect([db.containers.length, one.containers.length]).toEqual([3, 1]);
    expect(codeOf(() => one.service("data/db"))).toBe("MOCK_UNKNOWN");
  });
});
