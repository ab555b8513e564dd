import { describe, expect, it } from "vitest";
import { container, find, Reading, service, uuidOf } from "../../test-support/catalogue.js";

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
