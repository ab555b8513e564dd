import { describe, expect, it } from "vitest";
import { container, find, Reading, service, uuidOf } from "../../test-support/catalogue.js";

const web = service("shop/web");
const alias = (key: string, links: object, more: object = {}) => service(key, { kind: "dnsService", links, ...more });

describe("entries that claim the same place", () => {
  const both = <T>(list: readonly T[]): readonly (readonly T[])[] => [list, [...list].reverse()];

  it("a container whose service is listed under another name alone is not taken for that one: it may be its sidekick", async () => {
    const containers = [
      container("shop/web", "10.0.0.1"),
      container("shop/logs", "10.0.0.2", { service_uuid: uuidOf("shop/web") }),
    ];
    expect(await find({ containers, services: [web] }, "shop/web")).toEqual(["10.0.0.1:80"]);
    expect(await find({ containers, services: [web] }, "shop/logs")).toEqual(["10.0.0.2:80"]);
  });

  it("a container whose service uuid is not listed is of the service that has its name", async () => {
    const containers = [container("shop/web", "10.0.0.1", { service_uuid: "unheard of" })];
    expect(await find({ containers, services: [web] }, "shop/web")).toEqual(["10.0.0.1:80"]);
  });

  it("a container that tells only the uuid of its service is of that one", async () => {
    const nameless = { service_name: null, service_uuid: uuidOf("shop/web") };
    const containers = [container("shop/web", "10.0.0.1", nameless)];
    expect(await find({ containers, services: [web] }, "shop/web")).toEqual(["10.0.0.1:80"]);
  });

  it("the sidekick of a service that is being replaced is still found by its own name", async () => {
    const logs = (uuid: string, state: string) => service("shop/logs", { primary_service_name: "web", uuid, state });
    const containers = [
      container("shop/logs", "10.0.0.1", { service_uuid: "old" }),
      container("shop/logs", "10.0.0.2", { service_uuid: "new" }),
    ];
    for (const services of both([logs("old", "removing"), logs("new", "active")])) {
      expect(await find({ containers, services }, "shop/logs")).toEqual(["10.0.0.2:80"]);
      expect(await find({ containers, services }, "shop/logs.web")).toEqual(["10.0.0.2:80"]);
    }
  });

  it("a sidekick of another service that is being removed does not make its name ambiguous", async () => {
    const logs = (primary: string, state: string) =>
      service("shop/logs", { primary_service_name: primary, uuid: uuidOf(`shop/${primary}`), state });
    const containers = [container("shop/logs", "10.0.0.2", { service_uuid: uuidOf("shop/web") })];
    for (const services of both([logs("old", "removing"), logs("web", "active")])) {
      expect(await find({ containers, services }, "shop/logs")).toEqual(["10.0.0.2:80"]);
    }
  });

  it("an alias of a service that is inactive does not lead to its sidekick, which has the same uuid", async () => {
    const services = [
      service("shop/web", { uuid: "u", state: "inactive" }),
      service("shop/logs", { uuid: "u", primary_service_name: "web" }),
      alias("shop/www", { "shop/web": "u" }),
    ];
    const containers = [container("shop/logs", "10.0.0.2", { service_uuid: "u" })];
    for (const order of both(services)) {
      expect(await find({ containers, services: order }, "shop/www")).toEqual([]);
      expect(await find({ containers, services: order }, "shop/logs")).toEqual(["10.0.0.2:80"]);
    }
  });

  it("two active services of one name, as only a broken server tells: always the same one of them", async () => {
    const twins = [service("shop/web", { uuid: "u1" }), service("Shop/Web", { uuid: "u2" })];
    const containers = [
      container("shop/web", "10.0.0.1", { service_uuid: "u1" }),
      container("shop/web", "10.0.0.2", { service_uuid: "u2" }),
    ];
    for (const services of both(twins)) {
      expect(await find({ containers, services }, "shop/web")).toEqual(["10.0.0.1:80"]);
    }
  });

  it("containers at one address, as those on the network of their host: what is told of it does not depend on the order", async () => {
    const at = (uuid: string, weight: string) =>
      container("shop/web", "10.0.0.1", { uuid, labels: { "io.l5d.weight": weight } });
    for (const containers of both([at("c1", "3"), at("c2", "2")])) {
      expect(await find({ containers, services: [web] }, "shop/web")).toEqual(["10.0.0.1:80 [2]"]);
    }
  });

  it("one unhealthy container at an address that a healthy one has too does not cost it", async () => {
    const at = (uuid: string, health_state: string) => container("shop/web", "10.0.0.1", { uuid, health_state });
    for (const containers of both([at("c1", "healthy"), at("c2", "unhealthy")])) {
      expect(await find({ containers, services: [web] }, "shop/web")).toEqual(["10.0.0.1:80"]);
    }
  });

  it("the containers of an unlisted service, some of which tell that they are checked: each counts for itself", async () => {
    const containers = [
      container("shop/web", "10.0.0.1", { service_uuid: "u1", health_check: { port: 80 } }),
      container("shop/web", "10.0.0.2", { service_uuid: "u2" }),
    ];
    for (const order of both(containers))
      expect(await find({ containers: order }, "shop/web")).toEqual(["10.0.0.2:80"]);
  });
});

describe("names that every object has", () => {
  it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])("%s is a name as any other", async (name) => {
    const key = `${name}/${name}`.toLowerCase();
    const labels = JSON.parse(`{"io.l5d.port.admin": "81", ${JSON.stringify(name)}: "x"}`) as object;
    const hosts = [{ uuid: name, name, labels }];
    const said = {
      containers: [
        container(`${name}/${name}`, "10.0.0.1", { uuid: name, service_uuid: name, host_uuid: name, labels }),
      ],
      services: [service(`${name}/${name}`, { uuid: name })],
      hosts,
    };
    for (const told of [{ containerLabels: [name] }, { hostLabels: [name] }]) {
      const meta = [`${name}=x`, `nodeName=${name}`].join(" ");
      expect(await find(said, key, { ...told, port: "admin" })).toEqual([`10.0.0.1:81 [${meta}]`]);
    }
    expect(await find(said, key, { port: name.toLowerCase() })).toEqual([]);
    const linked = JSON.parse(`{${JSON.stringify(name)}: ${JSON.stringify(name)}}`) as object;
    const services = [...said.services, alias("x/y", linked)];
    expect(await find({ ...said, services }, "x/y")).toEqual([`10.0.0.1:80 [nodeName=${name}]`]);
    expect((await new Reading().read(said)).names).toEqual([key]);
  });
});

describe("empty texts, which Go writes for none", () => {
  it("a container of no service is nobody's, is not counted as odd, and others may share its network", async () => {
    const reading = new Reading();
    const catalogue = await reading.read({
      containers: [
        container("x/y", "10.0.0.1", { uuid: "alone", stack_name: "", service_name: "", service_uuid: "" }),
        container("shop/web", "", { network_from_container_uuid: "alone" }),
      ],
      services: [web],
    });
    expect(reading.find(catalogue, "shop/web").length).toBe(1);
    expect([catalogue.names, catalogue.skipped]).toEqual([["shop/web"], 0]);
  });

  it("no label means anything where the prefix or the label is none", async () => {
    const labels = { "": "7", "io.l5d.port.admin": "81" };
    const containers = [container("shop/web", "10.0.0.1", { labels })];
    const none = { weightLabel: "", portLabelPrefix: "" };
    expect(await find({ containers }, "shop/web", none)).toEqual(["10.0.0.1:80"]);
    expect(await find({ containers }, "shop/web", { ...none, port: "admin" })).toEqual([]);
  });
});

describe("what is skipped", () => {
  it("is counted, wherever it is, the same with every reading", async () => {
    const reading = new Reading();
    const said = {
      containers: [
        container("shop/web", null),
        container("shop/web", null, { service_name: null }),
        container("shop/web", "10.0.0.1", { labels: { "io.l5d.weight": "heavy", "io.l5d.port.admin": "81" } }),
      ],
      services: [service("shop/web", { labels: { "io.l5d.port.admin": "none", "io.l5d.port.": "80" } }), 7],
      hosts: [null],
    };
    for (const containers of [said.containers, [...said.containers].reverse()]) {
      expect((await reading.read({ ...said, containers })).skipped).toBe(7);
    }
  });
});

describe("addresses that are none", () => {
  it.each(["None", "0.0.0.0", "127.0.0.1", "x"])("a virtual address %s leaves the containers", async (vip) => {
    const services = [service("kube/web", { kind: "kubernetesService", vip })];
    expect(await find({ containers: [container("kube/web", "10.0.0.1")], services }, "kube/web")).toEqual([
      "10.0.0.1:80",
    ]);
  });

  it.each(["127.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "0"])(
    "an external host %s is no name: resolvers make the loopback of it",
    async (hostname) => {
      const services = [service("shop/db", { kind: "externalService", hostname, external_ips: ["192.0.2.1"] })];
      expect(await find({ services }, "shop/db")).toEqual(["192.0.2.1:80"]);
    },
  );
});

describe("much of everything", () => {
  it("aliases of aliases, however deep", async () => {
    const depth = 20_000;
    const services = Array.from({ length: depth }, (_, i) =>
      alias(`deep/a${i}`, { next: i + 1 < depth ? uuidOf(`deep/a${i + 1}`) : uuidOf("shop/web") }),
    );
    const containers = [container("shop/web", "10.0.0.1")];
    expect(await find({ containers, services: [...services, web] }, "deep/a0")).toEqual(["10.0.0.1:80"]);
  });

  it("100,000 containers of one service, and an alias of it", async () => {
    const containers = Array.from({ length: 100_000 }, (_, i) =>
      container("shop/web", `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, { uuid: `c${i}` }),
    );
    const services = [web, alias("shop/www", { web: uuidOf("shop/web") }, { labels: { "io.l5d.weight": "2" } })];
    const reading = new Reading();
    const catalogue = await reading.read({ containers, services });
    expect(reading.find(catalogue, "shop/web").length).toBe(100_000);
    expect(reading.find(catalogue, "shop/www").length).toBe(100_000);
    expect(catalogue.skipped).toBe(0);
  });

  it("labels of megabytes, and values nested a thousand deep", async () => {
    const nested: unknown = JSON.parse("[".repeat(1_000) + "]".repeat(1_000));
    const labels = {
      ...Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`l${i}`, "x".repeat(50)])),
      nested,
    };
    const containers = [container("shop/web", "10.0.0.1", { labels, ports: nested, links: nested })];
    expect(await find({ containers, services: [web] }, "shop/web")).toEqual(["10.0.0.1:80"]);
  });
});
