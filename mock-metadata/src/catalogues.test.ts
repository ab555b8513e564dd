import { ManualClock } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { apiVersions } from "./api-version.js";
import { catalogue, catalogueNames } from "./catalogues.js";
import { parseDescription } from "./description/parse.js";
import { lcg } from "./fixtures/start.js";
import { Metadata } from "./metadata.js";

interface Service {
  readonly name: string;
  readonly stack_name: string;
  readonly primary_service_name: string;
  readonly kind: string;
  readonly uuid: string;
  readonly links: Readonly<Record<string, string>> | null;
  readonly sidekicks: readonly string[] | null;
  readonly containers: readonly unknown[] | null;
}

const names = await catalogueNames();

async function told(name: string, api: string): Promise<readonly Service[]> {
  const found = await catalogue(name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  const metadata = new Metadata(parseDescription(found.text, found.file), { clock: new ManualClock(), random: lcg() });
  const request = new Request(`http://m/${api}/services`, { headers: { accept: "application/json" } });
  return JSON.parse(await (await metadata.handle(request, "::1")).text()) as Service[];
}

it("there are four, and no other", async () => {
  expect(names).toEqual(["elasticsearch", "elk", "jenkins", "wordpress"]);
  for (const name of ["nosuch", "../package", "elk.yaml", ""]) expect(await catalogue(name)).toBeUndefined();
});

describe.each(names.flatMap((name) => apiVersions.map((api) => [name, api] as const)))("%s in %s", (name, api) => {
  it("is whole: links lead to services, sidekicks to their primaries, and services have what their kind has", async () => {
    const services = await told(name, api);
    const uuids = new Set(services.map(({ uuid }) => uuid));
    for (const one of services) {
      expect(Object.values(one.links ?? {}).every((to) => uuids.has(to))).toBe(true);
      const primary = services.find(
        (other) => other.name === one.primary_service_name && other.stack_name === one.stack_name,
      );
      expect(primary?.uuid).toBe(one.uuid);
      if (primary !== one) expect(primary?.sidekicks).toContain(one.name);
      const running = one.kind === "service" || one.kind === "loadBalancerService";
      expect((one.containers ?? []).length > 0).toBe(running);
    }
  });
});

const table = async (name: string) => {
  const services = await told(name, "latest");
  const nameOf = (uuid: string) => {
    const one = services.find((other) => other.uuid === uuid && other.name === other.primary_service_name);
    return `${one?.stack_name}/${one?.name}`;
  };
  return Object.fromEntries(
    services
      .filter((one) => one.name === one.primary_service_name)
      .map((one) => [
        `${one.stack_name}/${one.name}`,
        [
          one.kind,
          (one.containers ?? []).length,
          [...(one.sidekicks ?? [])].sort(),
          Object.values(one.links ?? {})
            .map(nameOf)
            .sort(),
        ],
      ]),
  );
};

describe("what runs in", () => {
  it("elasticsearch: three tiers with a confd each, and kopf", async () => {
    expect(await table("elasticsearch")).toEqual({
      "es/elasticsearch-masters": ["service", 3, ["confd"], []],
      "es/elasticsearch-datanodes": ["service", 2, ["confd"], ["es/elasticsearch-masters"]],
      "es/elasticsearch-clients": ["service", 2, ["confd"], ["es/elasticsearch-masters"]],
      "es/kopf": ["service", 1, [], ["es/elasticsearch-clients"]],
    });
  });

  it("elk: links from stack to stack", async () => {
    expect(await table("elk")).toMatchObject({
      "logstash/logstash-collector": ["service", 2, ["logstash-collector-config"], ["logstash/redis"]],
      "logstash/logstash-indexer": [
        "service",
        1,
        ["logstash-indexer-config"],
        ["es/elasticsearch-clients", "logstash/redis"],
      ],
      "kibana/kibana-vip": ["loadBalancerService", 1, [], ["kibana/nginx-proxy"]],
      "kibana/nginx-proxy": ["service", 2, ["nginx-proxy-config"], ["kibana/kibana4"]],
      "kibana/kibana4": ["service", 1, [], ["es/elasticsearch-clients"]],
    });
  });

  it("jenkins: slaves that know their master", async () => {
    expect(await table("jenkins")).toEqual({
      "jenkins/jenkins-master": ["service", 1, [], []],
      "jenkins/jenkins-slave": ["service", 3, [], ["jenkins/jenkins-master"]],
      "jenkins/jenkins-lb": ["loadBalancerService", 1, [], ["jenkins/jenkins-master"]],
    });
  });

  it("wordpress: an alias of a service, and one of a server elsewhere", async () => {
    expect(await table("wordpress")).toEqual({
      "blog/wordpress": ["service", 2, [], ["blog/db"]],
      "blog/mysql": ["service", 1, [], []],
      "blog/db": ["dnsService", 0, [], ["blog/mysql"]],
      "shop/wordpress": ["service", 2, [], ["shop/db"]],
      "shop/mysql-server": ["externalService", 0, [], []],
      "shop/mysql-cloud": ["externalService", 0, [], []],
      "shop/db": ["dnsService", 0, [], ["shop/mysql-server"]],
    });
  });
});
