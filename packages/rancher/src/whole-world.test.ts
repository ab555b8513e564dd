import { Addr, address, Path, systemClock, Var } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { apiVersions, Metadata } from "@namerkit/mock-metadata";
import { metadataHandlers } from "@namerkit/mock-metadata/msw";
import { Seen, until } from "@namerkit/testing";
import { mswDispatcher } from "@namerkit/testing/msw";
import { afterEach, describe, expect, it } from "vitest";
import { type RancherOptions, rancherNamer } from "./index.js";

/** A bit of everything that a Rancher environment can run. */
const world = `
hosts:
- { name: node-1, ip: 192.0.2.11, labels: { zone: a } }
- { name: node-2, ip: 192.0.2.12, labels: { zone: b } }
containers:
  registry: { ip: 10.42.9.1 }
stacks:
  ES:
    services:
      Masters:
        scale: 2
        addresses: [10.42.1.1, 10.42.1.2]
        healthCheck: { port: 9200 }
        health: healthy
        ports: ["9200:9200/tcp"]
        labels: { io.l5d.port.es: "9200" }
        sidekicks:
          confd: { shareNetwork: true }
          logs: { addresses: [10.42.2.1, 10.42.2.2] }
      clients:
        addresses: [10.42.3.1]
        sidekicks:
          confd: { shareNetwork: true }
  elk:
    services:
      search: { kind: dnsService, links: { "es/masters": es/masters, c: es/clients } }
      loop: { kind: dnsService, links: { again: elk/loop2, search: elk/search } }
      loop2: { kind: dnsService, links: { back: elk/loop } }
      db: { kind: externalService, externalIps: [192.0.2.1, 192.0.2.2] }
      cdn: { kind: externalService, hostname: cdn.example.com }
      web: { kind: kubernetesService, vip: 10.43.0.7 }
      old: { addresses: [10.42.4.1], state: removing }
  infra:
    system: true
    services:
      dns: { addresses: [10.42.5.1] }
`;

const open: Seen[] = [];
afterEach(() => {
  for (const seen of open.splice(0)) seen.close();
});

function start(options: RancherOptions = {}) {
  const metadata = new Metadata(world, { clock: systemClock, random: Math.random });
  const dispatcher = mswDispatcher(metadataHandlers(metadata, "http://rancher-metadata"));
  const inet = () => Var.value(Addr.bound([address("198.51.100.1", 80), address("198.51.100.2", 80)]));
  const env = { ...testEnv({ prefix: Path.parse("/#/r") }), clock: systemClock, inet, dispatcher };
  const namer = rancherNamer(options, env);
  const see = (path: string): Seen => {
    const seen = new Seen(namer, path);
    open.push(seen);
    return seen;
  };
  return { metadata, see };
}

describe.each([...apiVersions, "latest"] as const)("a Rancher environment, in version %s", (apiVersion) => {
  it.each<[string, readonly string[], RancherOptions?]>([
    ["/es/es/masters", ["10.42.1.1:9200", "10.42.1.2:9200"]],
    ["/9200/es/masters", ["10.42.1.1:9200", "10.42.1.2:9200"]],
    ["/80/es/confd.masters", ["10.42.1.1:80", "10.42.1.2:80"]],
    ["/80/ES/Confd.Clients", ["10.42.3.1:80"]],
    ["/80/es/logs", ["10.42.2.1:80", "10.42.2.2:80"]],
    ["/80/elk/search", ["10.42.1.1:80", "10.42.1.2:80", "10.42.3.1:80"]],
    ["/80/elk/loop", ["10.42.1.1:80", "10.42.1.2:80", "10.42.3.1:80"]],
    ["/80/elk/loop2", ["10.42.1.1:80", "10.42.1.2:80", "10.42.3.1:80"]],
    ["/5432/elk/db", ["192.0.2.1:5432", "192.0.2.2:5432"]],
    ["/80/elk/cdn", ["198.51.100.1:80", "198.51.100.2:80"]],
    ["/80/elk/web", ["10.43.0.7:80"]],
    ["/80/infra/dns", ["10.42.5.1:80"]],
    ["/9200/es/masters", ["192.0.2.11:9200", "192.0.2.12:9200"], { publishedPorts: true }],
  ])("%s is %j", async (path, addresses, options = {}) => {
    await start({ apiVersion, ...options })
      .see(path)
      .has(...addresses);
  });

  it.each<[string, RancherOptions?]>([
    ["/80/es/confd"],
    ["/80/elk/old"],
    ["/80/elk/nobody"],
    ["/es/es/clients"],
    ["/80/infra/dns", { excludeSystem: true }],
  ])("%s is Neg", async (path, options = {}) => {
    await start({ apiVersion, ...options })
      .see(path)
      .is("neg");
  });

  it("follows health, and says where things run", async () => {
    const { metadata, see } = start({ apiVersion, hostLabels: ["zone"] });
    const seen = see("/es/es/masters");
    await seen.has("10.42.1.1:9200", "10.42.1.2:9200");
    const addr = seen.addrs.at(-1);
    const zones = addr?.type === "bound" ? addr.addresses.map(({ meta }) => `${meta["nodeName"]} ${meta["zone"]}`) : [];
    expect(zones.sort()).toEqual(["node-1 a", "node-2 b"]);
    metadata.health("es/masters", "unhealthy", 1);
    await seen.has("10.42.1.2:9200");
    metadata.health("es/masters", "initializing", 2);
    await seen.is("neg");
    metadata.health("es/masters", "updating-healthy");
    await seen.has("10.42.1.1:9200", "10.42.1.2:9200");
    expect(seen.trees).toEqual(["pending", "/#/r/es/es/masters", "neg", "/#/r/es/es/masters"]);
    expect(seen.inner.size).toBe(1);
  });

  it("follows links, and what they lead to", async () => {
    const { metadata, see } = start({ apiVersion });
    const seen = see("/80/elk/loop");
    await until(() => seen.addresses.length === 3);
    metadata.unlink("elk/search", "c");
    await seen.has("10.42.1.1:80", "10.42.1.2:80");
    metadata.state("es/masters", "inactive");
    await seen.is("neg");
  });
});
