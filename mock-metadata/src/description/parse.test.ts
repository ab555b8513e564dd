import { describe, expect, it } from "vitest";
import { parseDescription } from "./parse.js";

describe("a description", () => {
  const nothing = {
    kind: "service",
    scale: 1,
    addresses: [],
    ports: [],
    labels: {},
    health: null,
    healthCheck: null,
    containers: [],
    state: "active",
    system: false,
    links: [],
    sidekicks: [],
    externalIps: [],
    hostname: null,
    vip: null,
    fqdn: null,
    selector: null,
    metadata: {},
  };
  const servicesOf = (services: string) =>
    parseDescription(`stacks: { shop: { services: ${services} } }`).stacks[0]?.services;
  const check = { port: 80, interval: 2000, unhealthyThreshold: 3 };

  it("needs little", () => {
    expect(parseDescription("stacks: { shop: { services: { web: } } }")).toEqual({
      environment: "Default",
      hosts: [{ name: "host-1", ip: "192.0.2.11", labels: {} }],
      stacks: [{ name: "shop", system: false, services: [{ ...nothing, name: "web" }] }],
      containers: [],
      environments: [],
    });
  });

  it("can say all of a service", () => {
    const { environment, hosts, stacks } = parseDescription(`
environment: Prod
hosts: [{ name: h, ip: 192.0.2.1, labels: { zone: a, rank: 1, spot: true } }]
stacks:
  infra:
    system: true
    services:
      dns: { scale: 3, addresses: [10.42.1.1, 10.42.1.2], ports: ["53:53/udp"], labels: { a: b }, health: unhealthy }
      two: { system: false, state: upgrading, metadata: { a: [1, null] }, fqdn: two.example, selector: "a=b", vip: 10.43.0.1 }
`);
    expect([environment, hosts]).toEqual([
      "Prod",
      [{ name: "h", ip: "192.0.2.1", labels: { zone: "a", rank: "1", spot: "true" } }],
    ]);
    expect(stacks[0]?.system).toBe(true);
    expect(stacks[0]?.services).toEqual([
      {
        ...nothing,
        name: "dns",
        scale: 3,
        addresses: ["10.42.1.1", "10.42.1.2"],
        ports: ["53:53/udp"],
        labels: { a: "b" },
        health: "unhealthy",
        healthCheck: check,
        system: true,
      },
      {
        ...nothing,
        name: "two",
        state: "upgrading",
        metadata: { a: [1, null] },
        fqdn: "two.example",
        selector: "a=b",
        vip: "10.43.0.1",
      },
    ]);
  });

  it("tells the kind by the keys, where they can", () => {
    const services = servicesOf(`{
      web: {}, lb: { kind: loadBalancerService }, k8s: { kind: kubernetesService, vip: 10.43.0.1 },
      ips: { externalIps: [192.0.2.9] }, name: { hostname: db.example }, alias: { kind: dnsService, links: { a: shop/web } } }`);
    expect(services?.map(({ kind, scale }) => [kind, scale])).toEqual([
      ["service", 1],
      ["loadBalancerService", 1],
      ["kubernetesService", 1],
      ["externalService", 1],
      ["externalService", 1],
      ["dnsService", 1],
    ]);
  });

  it("scales as many as are told of", () => {
    const services = servicesOf(
      "{ a: { addresses: [10.42.1.1, 10.42.1.2] }, b: { containers: [{}, null, { state: stopped }] } }",
    );
    expect(services?.map(({ scale }) => scale)).toEqual([2, 3]);
  });

  it("whoever is checked is healthy, and whoever has a health is checked, unless it is said otherwise", () => {
    const services = servicesOf(`{
      a: { health: healthy }, b: { healthCheck: { port: 81, interval: 5, responseTimeout: 6, healthyThreshold: 7,
      unhealthyThreshold: 8, requestLine: GET / } }, c: { health: null, healthCheck: { port: 82 } },
      d: { health: unhealthy, healthCheck: null } }`);
    expect(services?.map(({ health, healthCheck }) => [health, healthCheck])).toEqual([
      ["healthy", check],
      [
        "healthy",
        { port: 81, interval: 5, responseTimeout: 6, healthyThreshold: 7, unhealthyThreshold: 8, requestLine: "GET /" },
      ],
      [null, { port: 82 }],
      ["unhealthy", null],
    ]);
  });

  it("can say what is different about a container, about sidekicks, and where links go", () => {
    const [web] =
      servicesOf(`{ web: {
      containers: [{ state: starting, health: null, labels: { a: b }, ip: null, host: host-1, ports: ["80/tcp"] }, null],
      sidekicks: { conf: { shareNetwork: true, ports: ["1/tcp"] }, log: { addresses: [10.42.3.1], health: healthy } },
      links: { self: Shop/web, gone: { dangling: nobody } } } }`) ?? [];
    const asOthers = { state: null, health: undefined, labels: {}, ip: undefined, host: undefined, ports: undefined };
    expect(web?.containers).toEqual([
      { state: "starting", health: null, labels: { a: "b" }, ip: null, host: "host-1", ports: ["80/tcp"] },
      asOthers,
    ]);
    expect(web?.sidekicks).toMatchObject([
      { name: "conf", shareNetwork: true, ports: ["1/tcp"], healthCheck: null },
      { name: "log", shareNetwork: false, addresses: ["10.42.3.1"], health: "healthy", healthCheck: check },
    ]);
    expect(web?.links).toEqual([
      { name: "self", to: "Shop/web" },
      { name: "gone", dangling: "nobody" },
    ]);
  });

  it("can say what else runs: containers of no service, and linked environments", () => {
    const { containers, environments } = parseDescription(`
stacks: { shop: { services: { web: { links: { db: "other:data/db" } } } } }
containers: { lone: { ip: 192.0.2.5, state: stopped, system: true }, bare: }
environments:
  Other: { hosts: [{ name: far, ip: 192.0.2.7 }], stacks: { data: { services: { db: { links: { me: data/db } } } } } }
`);
    expect(containers).toMatchObject([
      { name: "lone", ip: "192.0.2.5", state: "stopped", system: true },
      { name: "bare", system: false },
    ]);
    expect(environments).toMatchObject([
      { environment: "Other", hosts: [{ name: "far" }], containers: [], environments: [] },
    ]);
  });

  it("may be JSON", () => {
    expect(parseDescription('{"stacks":{"a":{"services":{"b":{"scale":0}}}}}').stacks[0]?.services[0]?.scale).toBe(0);
  });
});
