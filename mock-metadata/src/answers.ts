import type { Json, JsonObject } from "./json.js";
import type { Container, Service, Stack, World } from "./world.js";

/** The dated versions of the metadata API, oldest first. `latest` is the newest. */
export const apiVersions = ["2015-07-25", "2015-12-19", "2016-07-29"] as const;
export type ApiVersion = (typeof apiVersions)[number];

/** What one version of the API tells of the world, `self` left out. Lists are in random order, as the real server's are. */
export function answersOf(world: World, api: ApiVersion, version: string, random: () => number): JsonObject {
  const writer = new Writer(world, api, random);
  return {
    containers: writer.list(world.containers, (one) => writer.container(one)),
    ...(api === "2016-07-29" ? { environments: [{ name: world.environment.name, uuid: world.environment.uuid }] } : {}),
    hosts: writer.list(world.hosts, (one) => writer.host(one)),
    name: world.environment.name,
    networks: [writer.network()],
    region_name: null,
    services: writer.list(world.services, (one) => writer.service(one)),
    stacks: writer.list(world.stacks, (one) => writer.stack(one)),
    system: false,
    uuid: world.environment.uuid,
    version,
  };
}

/** What /self tells the client at `ip`: undefined unless it is a container of ours. */
export function selfOf(world: World, api: ApiVersion, ip: string, random: () => number): JsonObject | undefined {
  const writer = new Writer(world, api, random);
  for (const service of world.services) {
    const container = service.containers.find((one) => one.ip === ip);
    if (container === undefined) continue;
    return {
      container: writer.container(container),
      host: writer.host(container.host),
      service: { ...writer.service(service), token: service.uuid.replaceAll("-", "") },
      stack: writer.stack(service.stack),
    };
  }
  return undefined;
}

class Writer {
  readonly #world: World;
  readonly #api: ApiVersion;
  readonly #random: () => number;

  constructor(world: World, api: ApiVersion, random: () => number) {
    this.#world = world;
    this.#api = api;
    this.#random = random;
  }

  list<T>(all: readonly T[], write: (one: T) => Json): Json[] {
    return this.#shuffled(all.map(write));
  }

  container(one: Container): JsonObject {
    const { service } = one;
    const { stack } = service;
    const up = one.state === "running" || one.state === "stopped";
    return {
      create_index: one.createIndex,
      dns: [],
      dns_search: [],
      environment_uuid: this.#world.environment.uuid,
      external_id: one.uuid.replaceAll("-", ""),
      health_check_hosts: [],
      health_state: one.health,
      host_uuid: one.host.uuid,
      hostname: one.name,
      ips: up ? [one.ip] : [],
      labels: {
        "io.rancher.stack.name": stack.description.name,
        "io.rancher.stack_service.name": `${stack.description.name}/${service.description.name}`,
        ...service.description.labels,
      },
      links: null,
      metadata_kind: "container",
      name: this.#name(one.name),
      network_uuid: this.#networkUuid(),
      ports: service.description.ports.map((port) => this.#port(port, one)),
      primary_ip: up ? one.ip : null,
      primary_mac_address: `02:00:00:00:${hexByte(one.createIndex >> 8)}:${hexByte(one.createIndex)}`,
      service_index: String(one.index),
      service_name: this.#name(service.description.name),
      service_uuid: service.uuid,
      stack_name: this.#name(stack.description.name),
      stack_uuid: stack.uuid,
      start_count: 1,
      state: one.state,
      system: stack.description.system,
      uuid: one.uuid,
    };
  }

  service(one: Service): JsonObject {
    const { description, stack } = one;
    const containers =
      this.#api === "2015-07-25"
        ? one.containers.map((each) => each.name)
        : this.list(one.containers, (each) => this.container(each));
    return {
      containers,
      create_index: one.containers.at(-1)?.createIndex ?? 0,
      environment_uuid: this.#world.environment.uuid,
      expose: description.ports.map((port) => port.replace(/^.*:/, "")),
      external_ips: [],
      fqdn: null,
      health_check: description.health === null ? {} : { interval: 2000, port: 80, unhealthy_threshold: 3 },
      hostname: null,
      kind: "service",
      labels: description.labels,
      links: {},
      metadata: {},
      metadata_kind: "service",
      name: this.#name(description.name),
      ports: description.ports,
      primary_service_name: this.#name(description.name),
      scale: one.scale,
      sidekicks: [],
      stack_name: this.#name(stack.description.name),
      stack_uuid: stack.uuid,
      state: one.state,
      system: stack.description.system,
      token: null,
      uuid: one.uuid,
      vip: null,
    };
  }

  stack(one: Stack): JsonObject {
    const services =
      this.#api === "2015-07-25"
        ? one.services.map((service) => service.description.name)
        : this.list(one.services, (service) => this.service(service));
    return {
      environment_name: this.#world.environment.name,
      environment_uuid: this.#world.environment.uuid,
      metadata_kind: "stack",
      name: this.#name(one.description.name),
      services,
      system: one.description.system,
      uuid: one.uuid,
    };
  }

  host(one: Container["host"]): JsonObject {
    const { name, ip, labels } = one.description;
    return {
      agent_ip: ip,
      agent_state: "active",
      ...(this.#api === "2016-07-29" ? {} : { hostId: one.uuid }),
      hostname: name,
      labels,
      metadata_kind: "host",
      name,
      state: "active",
      uuid: one.uuid,
    };
  }

  network(): JsonObject {
    return {
      host_ports: true,
      is_default: true,
      metadata: {},
      metadata_kind: "network",
      name: "ipsec",
      uuid: this.#networkUuid(),
    };
  }

  /** Since 2016-07-29 names are in lower case, whatever they were created as. */
  #name(name: string): string {
    return this.#api === "2016-07-29" ? name.toLowerCase() : name;
  }

  #port(port: string, container: Container): string {
    if (port.split(":").length > 2) return port;
    return `${this.#api === "2016-07-29" ? "0.0.0.0" : container.host.description.ip}:${port}`;
  }

  #networkUuid(): string {
    return `${this.#world.environment.uuid.slice(0, -1)}0`;
  }

  #shuffled(list: Json[]): Json[] {
    for (let i = list.length - 1; i > 0; i--) {
      const j = Math.floor(this.#random() * (i + 1));
      [list[i], list[j]] = [list[j] as Json, list[i] as Json];
    }
    return list;
  }
}

function hexByte(n: number): string {
  return (n & 255).toString(16).padStart(2, "0");
}
