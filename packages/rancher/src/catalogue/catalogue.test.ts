import { describe, expect, it } from "vitest";
import { container, find, Reading, service, uuidOf } from "../../test-support/catalogue.js";

const web = service("shop/web");

describe("the containers of a service", () => {
  it("are found by its name in any case, each address once", async () => {
    const containers = [
      container("Shop/Web", "10.0.0.1", { service_uuid: null }),
      container("shop/web", "10.0.0.1", { uuid: "another" }),
      container("shop/web", "10.0.0.2"),
      container("shop/api", "10.0.0.3"),
    ];
    expect(await find({ containers, services: [web] }, "shop/web")).toEqual(["10.0.0.1:80", "10.0.0.2:80"]);
    expect(await find({ containers }, "shop/web"), "without a list of services").toEqual([
      "10.0.0.1:80",
      "10.0.0.2:80",
    ]);
    expect(await find({ containers }, "shop/other")).toEqual([]);
  });

  it.each([
    ["running", true],
    ["Running", true],
    [null, true],
    ["starting", false],
    ["stopped", false],
    ["", false],
    [7, false],
    [[["running"]], false],
  ])("count in state %j: %s", async (state, counts) => {
    const containers = [container("shop/web", "10.0.0.1", { state })];
    expect((await find({ containers, services: [web] }, "shop/web")).length).toBe(counts ? 1 : 0);
  });

  it("count while they start where that is wanted", async () => {
    const containers = [container("shop/web", "10.0.0.1", { state: "starting" })];
    expect(await find({ containers }, "shop/web", { includeStarting: true })).toEqual(["10.0.0.1:80"]);
  });

  it.each(["inactive", "deactivating", "removed", "removing", "Inactive"])("do not while it is %s", async (state) => {
    const services = [service("shop/web", { state })];
    expect(await find({ containers: [container("shop/web", "10.0.0.1")], services }, "shop/web")).toEqual([]);
  });

  it.each(["active", "activating", "upgrading", "upgraded", "updating-active", null])(
    "do while it is %s",
    async (state) => {
      const services = [service("shop/web", { state })];
      expect((await find({ containers: [container("shop/web", "10.0.0.1")], services }, "shop/web")).length).toBe(1);
    },
  );

  it("are those of the service that works, while it is replaced by one of the same name", async () => {
    const services = [service("shop/web", { uuid: "old", state: "removing" }), service("shop/web", { uuid: "new" })];
    const containers = [
      container("shop/web", "10.0.0.1", { service_uuid: "old" }),
      container("shop/web", "10.0.0.2", { service_uuid: "new" }),
    ];
    for (const order of [services, [...services].reverse()]) {
      expect(await find({ containers, services: order }, "shop/web")).toEqual(["10.0.0.2:80"]);
    }
  });

  it("may be Rancher's own, unless that is not wanted", async () => {
    const containers = [
      container("dns/dns", "10.0.0.1", { system: true }),
      container("lb/lb", "10.0.0.2"),
      container("shop/web", "10.0.0.3"),
    ];
    const said = { containers, services: [service("dns/dns"), service("lb/lb", { system: true }), web] };
    const found = async (excludeSystem: boolean) =>
      (await Promise.all(["dns/dns", "lb/lb", "shop/web"].map((name) => find(said, name, { excludeSystem })))).flat();
    expect(await found(false)).toEqual(["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"]);
    expect(await found(true)).toEqual(["10.0.0.3:80"]);
  });
});

describe("health, as Rancher's DNS has it", () => {
  const checked = { services: [service("shop/web", { health_check: { port: 80 } })] };
  const unchecked = { services: [web] };

  it.each([
    ["healthy", checked, true],
    ["HEALTHY", checked, true],
    ["updating-healthy", checked, true],
    ["unhealthy", checked, false],
    ["updating-unhealthy", checked, false],
    ["initializing", checked, false],
    ["reinitializing", checked, false],
    [null, checked, false],
    ["", checked, false],
    [null, unchecked, true],
    ["", unchecked, true],
    ["unhealthy", unchecked, false],
    [null, { services: [service("shop/web", { health_check: { port: 0 } })] }, true],
    [null, {}, true],
  ])("%j of %j: %s", async (health_state, said, healthy) => {
    const containers = [container("shop/web", "10.0.0.1", { health_state })];
    expect((await find({ containers, ...said }, "shop/web")).length).toBe(healthy ? 1 : 0);
    expect((await find({ containers, ...said }, "shop/web", { useHealthCheck: false })).length).toBe(1);
  });

  it("is asked of the container where no service is listed", async () => {
    const containers = [container("shop/web", "10.0.0.1", { health_check: { port: 80 } })];
    expect(await find({ containers }, "shop/web")).toEqual([]);
  });

  it("failOpen: where none is healthy, all that run, and what has stopped never", async () => {
    const sick = [
      container("shop/web", "10.0.0.1", { health_state: "unhealthy" }),
      container("shop/web", "10.0.0.2", { health_state: "initializing" }),
      container("shop/web", "10.0.0.3", { health_state: "healthy", state: "stopped" }),
    ];
    expect(await find({ containers: sick, ...checked }, "shop/web")).toEqual([]);
    const open = await find({ containers: sick, ...checked }, "shop/web", { failOpen: true });
    expect(open).toEqual(["10.0.0.1:80", "10.0.0.2:80"]);
    const one = [...sick, container("shop/web", "10.0.0.4", { health_state: "healthy" })];
    expect(await find({ containers: one, ...checked }, "shop/web", { failOpen: true })).toEqual(["10.0.0.4:80"]);
  });
});

describe("a container without an address of its own", () => {
  const parent = container("shop/web", "10.0.0.1", { uuid: "parent", host_uuid: "host-1" });
  const kick = service("shop/logs", { primary_service_name: "web" });

  it("has that of the one whose network it shares, whatever that one's state is", async () => {
    for (const primary_ip of [null, ""]) {
      const shared = container("shop/logs", primary_ip, { network_from_container_uuid: "parent" });
      for (const containers of [
        [parent, shared],
        [shared, parent],
      ]) {
        expect(await find({ containers, services: [web, kick] }, "shop/logs")).toEqual(["10.0.0.1:80"]);
      }
    }
  });

  it.each([
    ["nobody", { network_from_container_uuid: "nobody" }],
    ["itself", { network_from_container_uuid: "me", uuid: "me" }],
    ["", {}],
  ])("has none where it shares that of '%s', and is counted", async (_, more) => {
    const reading = new Reading();
    const catalogue = await reading.read({ containers: [parent, container("shop/logs", null, more)] });
    expect([reading.find(catalogue, "shop/logs"), catalogue.skipped]).toEqual([[], 1]);
  });

  it("is not followed in a ring", async () => {
    const ring = ["a", "b", "c"].map((uuid, i, all) =>
      container("shop/web", null, { uuid, network_from_container_uuid: all[(i + 1) % 3] }),
    );
    expect(await find({ containers: ring }, "shop/web")).toEqual([]);
  });
});

describe("sidekicks", () => {
  const sidekick = (name: string, primary: string) =>
    service(`es/${name}`, { primary_service_name: primary, uuid: uuidOf(`${name}.${primary}`) });
  const of = (name: string, primary: string, ip: string) =>
    container(`es/${name}`, ip, { service_uuid: uuidOf(`${name}.${primary}`) });
  const services = [
    service("es/masters"),
    service("es/clients"),
    sidekick("confd", "masters"),
    sidekick("confd", "clients"),
    sidekick("kopf", "clients"),
    service("es/logs"),
    sidekick("logs", "masters"),
  ];
  const containers = [
    of("confd", "masters", "10.0.0.1"),
    of("confd", "clients", "10.0.0.2"),
    of("kopf", "clients", "10.0.0.3"),
    container("es/logs", "10.0.0.4"),
    of("logs", "masters", "10.0.0.5"),
    container("es/masters", "10.0.0.6"),
  ];

  it.each([
    ["es/confd.masters", ["10.0.0.1:80"]],
    ["es/confd.clients", ["10.0.0.2:80"]],
    ["es/kopf.clients", ["10.0.0.3:80"]],
    ["es/logs.masters", ["10.0.0.5:80"]],
    ["es/kopf", ["10.0.0.3:80"]],
    ["es/confd", []],
    ["es/logs", ["10.0.0.4:80"]],
    ["es/masters", ["10.0.0.6:80"]],
    ["es/confd.logs", []],
  ])("%s is %j", async (name, addresses) => {
    expect(await find({ containers, services }, name)).toEqual(addresses);
  });

  it("are told apart where they have the uuid of the service they go with, as Rancher writes it", async () => {
    const shared = (key: string, primary: string) =>
      service(key, { primary_service_name: primary, uuid: uuidOf(`es/${primary}`) });
    const all = [
      shared("es/masters", "masters"),
      shared("es/confd", "masters"),
      shared("es/clients", "clients"),
      shared("es/confd", "clients"),
      service("es/all", { kind: "dnsService", links: { m: uuidOf("es/masters") } }),
    ];
    const one = (key: string, primary: string, ip: string) =>
      container(key, ip, { service_uuid: uuidOf(`es/${primary}`) });
    const run = [
      one("es/masters", "masters", "10.0.0.1"),
      one("es/confd", "masters", "10.0.0.2"),
      one("es/clients", "clients", "10.0.0.3"),
      one("es/confd", "clients", "10.0.0.4"),
    ];
    for (const services of [all, [...all].reverse()]) {
      const found = (name: string) => find({ containers: run, services }, name);
      expect(await found("es/masters")).toEqual(["10.0.0.1:80"]);
      expect(await found("es/confd.masters")).toEqual(["10.0.0.2:80"]);
      expect(await found("es/confd.clients")).toEqual(["10.0.0.4:80"]);
      expect(await found("es/all")).toEqual(["10.0.0.1:80"]);
    }
  });

  it("are enumerated by the name that is theirs alone", async () => {
    const { names } = await new Reading().read({ containers, services });
    expect(names).toEqual([
      "es/confd.clients",
      "es/confd.masters",
      "es/kopf.clients",
      "es/logs",
      "es/logs.masters",
      "es/masters",
    ]);
  });
});

describe("the catalogue as a whole", () => {
  it("counts what it skips, and loses nothing else by it", async () => {
    const reading = new Reading();
    const catalogue = await reading.read({
      containers: [
        null,
        1,
        container("shop/web", "127.0.0.1"),
        container("shop/web", "10.0.0.1"),
        container("a/b/c", "10.0.0.2", { service_name: "b/c" }),
      ],
      services: [web, 7, service("shop/web", { name: null })],
      hosts: ["x", { name: "without a uuid" }],
    });
    expect(JSON.parse(JSON.stringify(catalogue))).toEqual({ services: { "shop/web": ["10.0.0.1"] }, skipped: 8 });
  });

  it("knows standalone containers as nobody's, and counts none of them", async () => {
    const alone = { stack_name: null, service_name: null, service_uuid: null };
    const catalogue = await new Reading().read({
      containers: [container("x/y", "10.0.0.1", alone), container("x/y", null, alone)],
    });
    expect([catalogue.names, catalogue.skipped]).toEqual([[], 0]);
  });
});
