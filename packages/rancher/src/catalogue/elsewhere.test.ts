import { describe, expect, it } from "vitest";
import { container, find, service, uuidOf } from "../../test-support/catalogue.js";

const web = service("shop/web");

describe("services that are elsewhere", () => {
  it("are at their external addresses", async () => {
    const services = [
      service("shop/db", {
        kind: "externalService",
        external_ips: ["192.0.2.1", "FD00::1", "127.0.0.1", "nonsense", 7, null, "192.0.2.1"],
      }),
    ];
    expect(await find({ services }, "shop/db", { port: "5432" })).toEqual(["192.0.2.1:5432", "fd00::1:5432"]);
  });

  it("are at their host names", async () => {
    const external = (hostname: string) => ({ services: [service("shop/db", { kind: "externalService", hostname })] });
    expect(await find(external("DB.example.com."), "shop/db", { port: "5432" })).toEqual(["db.example.com:5432"]);
    expect(await find(external("192.0.2.7"), "shop/db", { port: "5432" })).toEqual(["192.0.2.7:5432"]);
    expect(await find(external("localhost"), "shop/db")).toEqual([]);
    expect(await find(external("localhost"), "shop/db", { allowLoopback: true })).toEqual(["localhost:80"]);
    expect(await find(external(""), "shop/db")).toEqual([]);
  });

  it("are at their virtual address, whatever containers they have", async () => {
    const services = [service("kube/web", { kind: "kubernetesService", vip: "10.43.0.9" })];
    const containers = [container("kube/web", "10.0.0.1")];
    expect(await find({ containers, services }, "kube/web")).toEqual(["10.43.0.9:80"]);
  });
});

describe("aliases", () => {
  const alias = (key: string, links: object, more: object = {}) => service(key, { kind: "dnsService", links, ...more });
  const containers = [
    container("shop/web", "10.0.0.1"),
    container("shop/api", "10.0.0.2", { health_state: "unhealthy" }),
  ];
  const targets = [
    web,
    service("shop/api"),
    service("shop/db", { kind: "externalService", hostname: "db.example.com" }),
  ];

  it.each([
    ["by uuid, the alias being a name", { web: uuidOf("shop/web") }],
    ["by uuid, the alias being the service", { "shop/web": uuidOf("shop/web") }],
    ["by name, as files written by hand have it", { web: "Shop/Web" }],
    ["by the alias, where the uuid is none", { "shop/web": "unknown" }],
  ])("are found %s", async (_, links) => {
    expect(await find({ containers, services: [...targets, alias("shop/www", links)] }, "shop/www")).toEqual([
      "10.0.0.1:80",
    ]);
  });

  it("lead to all that they link to, of any kind, through other aliases, without what is unhealthy or missing", async () => {
    const services = [
      ...targets,
      alias("shop/inner", { web: uuidOf("shop/web"), api: uuidOf("shop/api") }),
      alias("shop/outer", {
        inner: uuidOf("shop/inner"),
        db: uuidOf("shop/db"),
        web: uuidOf("shop/web"),
        gone: "gone",
      }),
    ];
    expect(await find({ containers, services }, "shop/outer")).toEqual(["10.0.0.1:80", "db.example.com:80"]);
    const sick = [containers[1]];
    expect(await find({ containers: sick, services }, "shop/inner", { failOpen: true })).toEqual(["10.0.0.2:80"]);
  });

  it("may lead in a circle, or to themselves", async () => {
    const services = [
      ...targets,
      alias("shop/a", { b: uuidOf("shop/b"), a: uuidOf("shop/a") }),
      alias("shop/b", { a: uuidOf("shop/a"), web: uuidOf("shop/web") }),
    ];
    for (const name of ["shop/a", "shop/b"])
      expect(await find({ containers, services }, name)).toEqual(["10.0.0.1:80"]);
    expect(await find({ services: [alias("shop/a", { a: uuidOf("shop/a") })] }, "shop/a")).toEqual([]);
  });

  it("of thousands to thousands are still found at once", async () => {
    const keys = Array.from({ length: 300 }, (_, i) => `shop/a${i}`);
    const links = Object.fromEntries([...keys.map((key) => [key, uuidOf(key)]), ["web", uuidOf("shop/web")]]);
    const services = [...targets, ...keys.map((key) => alias(key, links))];
    expect(await find({ containers, services }, "shop/a0")).toEqual(["10.0.0.1:80"]);
  });
});
