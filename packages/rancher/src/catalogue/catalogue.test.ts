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

describe("what is told of an address", () => {
  const hosts = [
    {
      uuid: "host-1",
      name: "node-1",
      hostname: "node-1.lan",
      agent_ip: "192.0.2.11",
      labels: { zone: "a", rack: "7" },
    },
    { uuid: "host-2", name: null, hostname: "node-2.lan", agent_ip: "192.0.2.12", labels: null },
  ];
  const containers = [
    container("shop/web", "10.0.0.1", { labels: { "io.l5d.weight": "2.5", version: "v2", zone: "container" } }),
    container("shop/web", "10.0.0.2", { host_uuid: "host-2", labels: null }),
    container("shop/web", "10.0.0.3", { host_uuid: "gone", labels: { "io.l5d.weight": "heavy", version: 2 } }),
  ];

  it("is its node, its weight, and the labels that are asked for", async () => {
    expect(await find({ containers, hosts }, "shop/web")).toEqual([
      "10.0.0.1:80 [2.5 nodeName=node-1]",
      "10.0.0.2:80 [nodeName=node-2.lan]",
      "10.0.0.3:80",
    ]);
    const options = { hostLabels: ["zone", "rack"], containerLabels: ["version", "zone"], weightLabel: "" };
    expect(await find({ containers, hosts }, "shop/web", options)).toEqual([
      "10.0.0.1:80 [zone=container rack=7 version=v2 nodeName=node-1]",
      "10.0.0.2:80 [nodeName=node-2.lan]",
      "10.0.0.3:80",
    ]);
  });

  it("may be said by the service for all of its containers", async () => {
    const services = [service("shop/web", { labels: { "io.l5d.weight": "0.5" } })];
    expect(await find({ containers, services }, "shop/web")).toEqual([
      "10.0.0.1:80 [2.5]",
      "10.0.0.2:80 [0.5]",
      "10.0.0.3:80 [0.5]",
    ]);
  });

  it("is the same object as long as it says the same, so that sets compare at a glance", async () => {
    const reading = new Reading();
    const metaOf = async (order: readonly object[]) =>
      reading.find(await reading.read({ containers: order, hosts }), "shop/web").map(({ meta }) => meta);
    const first = await metaOf(containers);
    const again = await metaOf([...containers, container("shop/api", "10.0.0.9")]);
    expect(first.length).toBe(3);
    for (const [i, meta] of first.entries()) expect(again[i]).toBe(meta);
  });
});

describe("ports by name", () => {
  const containers = [
    container("shop/web", "10.0.0.1", { labels: { "io.l5d.port.Admin": "9990", "io.l5d.port.http": "8080" } }),
    container("shop/web", "10.0.0.2", { labels: { "io.l5d.port.admin": "none", "io.l5d.port.": "1" } }),
    container("shop/web", "10.0.0.3"),
  ];

  it("are what the container says, then its service, then the configuration; without any, it is not there", async () => {
    expect(await find({ containers }, "shop/web", { port: "http" })).toEqual([
      "10.0.0.1:8080",
      "10.0.0.2:80",
      "10.0.0.3:80",
    ]);
    expect(await find({ containers }, "shop/web", { port: "admin" })).toEqual(["10.0.0.1:9990"]);
    const services = [service("shop/web", { labels: { "io.l5d.port.admin": "9991" } })];
    const said = { containers, services };
    expect(await find(said, "shop/web", { port: "admin", portMappings: { admin: 1 } })).toEqual([
      "10.0.0.1:9990",
      "10.0.0.2:9991",
      "10.0.0.3:9991",
    ]);
    expect(await find({ containers }, "shop/web", { port: "admin", portLabelPrefix: "" })).toEqual([]);
    expect(await find({ containers }, "shop/web", { port: "http", portLabelPrefix: "port." })).toContain("10.0.0.1:80");
  });

  it("numbers stand for themselves", async () => {
    const labels = { "io.l5d.port.80": "8080" };
    expect(await find({ containers: [container("shop/web", "10.0.0.1", { labels })] }, "shop/web")).toEqual([
      "10.0.0.1:80",
    ]);
  });

  it("may be given by an alias", async () => {
    const labels = { "io.l5d.port.db": "5432" };
    const services = [
      service("shop/pg", { kind: "externalService", external_ips: ["192.0.2.1"] }),
      service("shop/db", { kind: "dnsService", links: { pg: uuidOf("shop/pg") }, labels }),
    ];
    expect(await find({ services }, "shop/db", { port: "db" })).toEqual(["192.0.2.1:5432"]);
    expect(await find({ services }, "shop/pg", { port: "db" })).toEqual([]);
  });
});

describe("published ports", () => {
  const hosts = [{ uuid: "host-1", name: "node-1", agent_ip: "192.0.2.11" }];
  const on = (ports: unknown, more: object = {}) => ({
    containers: [container("shop/web", "10.0.0.1", { ports, ...more })],
  });
  const options = { publishedPorts: true } as const;

  it.each([
    [["0.0.0.0:8080:80/tcp"], ["192.0.2.11:8080 [nodeName=node-1]"]],
    [["192.0.2.99:8080:80/tcp"], ["192.0.2.99:8080 [nodeName=node-1]"]],
    [["8080:80/tcp"], ["192.0.2.11:8080 [nodeName=node-1]"]],
    [["%!s(<nil>):8080:80/tcp"], ["192.0.2.11:8080 [nodeName=node-1]"]],
    [["[fd00::1]:8080:80/tcp"], ["fd00::1:8080 [nodeName=node-1]"]],
    [["127.0.0.1:8080:80/tcp"], []],
    [["127.0.0.1:8080:80/tcp", "0.0.0.0:8081:80/tcp"], ["192.0.2.11:8081 [nodeName=node-1]"]],
    [["0.0.0.0:53:80/udp", "x", 7, "0.0.0.0:8080:80/tcp"], ["192.0.2.11:8080 [nodeName=node-1]"]],
    [["0.0.0.0:8080:81/tcp"], []],
    [["0.0.0.0:8080-8090:80-90/tcp"], []],
    [null, []],
  ])("%j: %j", async (ports, found) => {
    expect(await find({ ...on(ports), hosts }, "shop/web", options)).toEqual(found);
  });

  it("of a container that shares a network are those of the one that has it", async () => {
    const containers = [
      container("shop/web", "10.0.0.1", { uuid: "parent", ports: ["0.0.0.0:9000:9/tcp"] }),
      container("shop/logs", null, { network_from_container_uuid: "parent" }),
    ];
    expect(await find({ containers, hosts }, "shop/logs", { ...options, port: "9" })).toEqual([
      "192.0.2.11:9000 [nodeName=node-1]",
    ]);
  });

  it("are no matter for what is elsewhere, and without a known host there are none", async () => {
    const services = [service("shop/db", { kind: "externalService", external_ips: ["192.0.2.1"] })];
    expect(await find({ services }, "shop/db", options)).toEqual(["192.0.2.1:80"]);
    expect(await find(on(["0.0.0.0:8080:80/tcp"]), "shop/web", options)).toEqual([]);
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
