import fc from "fast-check";
import type { Said } from "./catalogue.js";

/** Few of each, so that entries meet: under one name, one uuid, one address. Some are the names of what every object has. */
const stacks = ["a", "A", "__proto__"];
const names = ["web", "Web", "logs", "constructor", ""];
const uuids = ["u1", "u2", "u3", "", null];
const ips = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "127.0.0.1", "", null];

const one = <T>(...values: readonly T[]) => fc.constantFrom(...values);

const labels = fc.dictionary(
  one("io.l5d.port.admin", "io.l5d.port.http", "io.l5d.port.__proto__", "io.l5d.weight", "zone", "__proto__"),
  one("81", "2", "0", "heavy", ""),
  { maxKeys: 3 },
);

const container = fc.record({
  uuid: one("c1", "c2", "c3", "c4", "c5", null),
  stack_name: one(...stacks, null),
  service_name: one(...names, null),
  service_uuid: one(...uuids),
  primary_ip: one(...ips),
  network_from_container_uuid: one("c1", "c2", null),
  host_uuid: one("h1", "h2", null),
  state: one("running", "running", "stopped", "starting", null),
  health_state: one("healthy", "unhealthy", "initializing", null),
  health_check: one({}, { port: 80 }, null),
  system: one(false, false, true),
  ports: fc.subarray(["0.0.0.0:8080:80/tcp", "192.0.2.9:8081:81/tcp", "127.0.0.1:1:80/tcp"]),
  labels: fc.option(labels),
});

const service = fc.record({
  uuid: one(...uuids),
  stack_name: one(...stacks),
  name: one(...names),
  primary_service_name: one("web", "api", "logs", null, null),
  kind: one("service", "service", "service", "dnsService", "externalService", "kubernetesService"),
  state: one("active", "active", "removing", null),
  health_check: one({}, { port: 80 }, null),
  system: one(false, false, true),
  vip: one(null, null, "10.43.0.1", "None"),
  external_ips: fc.subarray(["10.0.0.1", "192.0.2.1", "127.0.0.1"]),
  hostname: one(null, "db.example.com", "192.0.2.7", "localhost"),
  links: fc.option(
    fc.dictionary(one("a/web", "a/logs", "x", "__proto__"), one("u1", "u2", "u3", "A/Web"), { maxKeys: 3 }),
  ),
  labels: fc.option(labels),
});

const host = fc.record({
  uuid: one("h1", "h2", null),
  name: one("node-1", "node-2", null),
  agent_ip: one("192.0.2.1", "192.0.2.2", null),
  labels: fc.option(labels),
});

const odd = one<unknown>(null, 7, "text", [], {});
const listOf = (entry: fc.Arbitrary<unknown>, maxLength: number) =>
  fc.array(fc.oneof({ weight: 12, arbitrary: entry }, { weight: 1, arbitrary: odd }), { maxLength });

/** Catalogues that no Rancher should ever tell of, and some do. */
export const worlds: fc.Arbitrary<Said> = fc.record({
  containers: listOf(container, 8),
  services: fc.option(listOf(service, 6), { nil: undefined, freq: 6 }),
  hosts: fc.option(listOf(host, 3), { nil: undefined, freq: 6 }),
  ownStack: fc.constant("a"),
});

/** The next world: mostly what was there, with a few entries gone, come, or changed. */
export const sequences: fc.Arbitrary<readonly Said[]> = fc
  .tuple(worlds, fc.array(fc.tuple(worlds, fc.infiniteStream(fc.boolean())), { minLength: 1, maxLength: 5 }))
  .map(([first, steps]) => {
    const all = [first];
    for (const [other, coins] of steps) all.push(mixed(all.at(-1) as Said, other, coins));
    return all;
  });

function mixed(before: Said, other: Said, coins: Iterator<boolean>): Said {
  const flip = () => coins.next().value === true;
  const mix = (a: unknown, b: unknown) =>
    flip() ? a : [...listIn(a).filter(() => flip() || flip()), ...listIn(b).filter(() => flip() && flip())];
  return {
    containers: mix(before.containers, other.containers),
    services: before.services && mix(before.services, other.services),
    hosts: before.hosts && mix(before.hosts, other.hosts),
    ownStack: "a",
  };
}

export function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Whatever one may ask of such worlds. */
export const askable: readonly (readonly [name: string, port: string])[] = ["a", "__proto__"].flatMap((stack) =>
  ["web", "logs", "constructor", "web.api", "logs.web", "web.logs", "constructor.web"].flatMap((name) =>
    ["80", "http", "admin", "__proto__"].map((port) => [`${stack}/${name}`, port] as const),
  ),
);
