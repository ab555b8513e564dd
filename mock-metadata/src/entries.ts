import type { ApiVersion } from "./api-version.js";
import { type Json, type JsonObject, nilList, nilMap } from "./json.js";
import type { ContainerNow, ServiceNow, StackNow } from "./snapshot.js";
import type { Container, Host, World } from "./world.js";

/** Containers, services, stacks and hosts as one version of the API writes them. Each is written once, wherever it is told. */
export class Entries {
  readonly #environment: World["environment"];
  readonly #api: ApiVersion;
  readonly #random: () => number;
  readonly #written = new Map<object, JsonObject>();

  constructor(environment: World["environment"], api: ApiVersion, random: () => number) {
    this.#environment = environment;
    this.#api = api;
    this.#random = random;
  }

  /** In random order; a nil list where there is nothing. */
  list<T>(all: readonly T[], write: (one: T) => Json): readonly Json[] {
    if (all.length === 0) return nilList;
    const list = all.map(write);
    for (let i = list.length - 1; i > 0; i--) {
      const j = Math.floor(this.#random() * (i + 1));
      [list[i], list[j]] = [list[j] as Json, list[i] as Json];
    }
    return list;
  }

  container(now: ContainerNow): JsonObject {
    return this.#once(now, () => this.#container(now));
  }

  service(now: ServiceNow): JsonObject {
    return this.#once(now, () => this.#service(now));
  }

  stack(now: StackNow): JsonObject {
    return this.#once(now, () => this.#stack(now));
  }

  host(one: Host): JsonObject {
    return this.#once(one, () => this.#host(one));
  }

  network(): JsonObject {
    return {
      host_ports: true,
      is_default: true,
      metadata: {},
      metadata_kind: "network",
      name: "ipsec",
      uuid: this.#environment.networkUuid,
    };
  }

  #container(now: ContainerNow): JsonObject {
    const { container, hasAddress } = now;
    const { service } = container;
    const { stack } = service;
    const names = `${stack.description.name}/${service.description.name}`;
    return {
      create_index: container.createIndex,
      dns: [],
      dns_search: [],
      environment_uuid: this.#environment.uuid,
      external_id: container.uuid.replaceAll("-", ""),
      health_check_hosts: [],
      health_state: now.health,
      host_uuid: container.host.uuid,
      hostname: container.name,
      ips: hasAddress ? [container.ip] : [],
      labels: {
        "io.rancher.stack.name": stack.description.name,
        "io.rancher.stack_service.name": names,
        ...service.description.labels,
      },
      links: nilMap,
      metadata_kind: "container",
      name: this.#name(container.name),
      network_uuid: this.#environment.networkUuid,
      ports: this.#ports(container),
      primary_ip: hasAddress ? container.ip : null,
      primary_mac_address: macAddress(container.createIndex),
      service_index: String(container.index),
      service_name: this.#name(service.description.name),
      service_uuid: service.uuid,
      stack_name: this.#name(stack.description.name),
      stack_uuid: stack.uuid,
      start_count: now.state === "starting" ? 0 : 1,
      state: now.state,
      system: stack.description.system,
      uuid: container.uuid,
    };
  }

  #service(now: ServiceNow): JsonObject {
    const { service, containers } = now;
    const { description, stack } = service;
    return {
      containers: this.list(containers, (one) =>
        this.#api === "2015-07-25" ? this.#name(one.container.name) : this.container(one),
      ),
      create_index: containers.at(-1)?.container.createIndex ?? 0,
      environment_uuid: this.#environment.uuid,
      expose: description.ports.map((port) => port.replace(/^.*:/, "")),
      external_ips: [],
      fqdn: null,
      health_check: description.health === null ? {} : { interval: 2000, port: 80, unhealthy_threshold: 3 },
      hostname: null,
      kind: "service",
      labels: description.labels,
      links: this.#api === "2016-07-29" ? {} : nilMap,
      metadata: {},
      metadata_kind: "service",
      name: this.#name(description.name),
      ports: description.ports,
      primary_service_name: this.#name(description.name),
      scale: now.scale,
      sidekicks: this.#api === "2016-07-29" ? nilList : [],
      stack_name: this.#name(stack.description.name),
      stack_uuid: stack.uuid,
      state: now.state,
      system: stack.description.system,
      // Whoever is a container of it can read it under /self; then nobody else can.
      token: containers.some((one) => one.hasAddress) ? null : service.token,
      uuid: service.uuid,
      vip: null,
    };
  }

  #stack(now: StackNow): JsonObject {
    const { stack, services } = now;
    return {
      environment_name: this.#environment.name,
      environment_uuid: this.#environment.uuid,
      metadata_kind: "stack",
      name: this.#name(stack.description.name),
      services: this.list(services, (one) =>
        this.#api === "2015-07-25" ? this.#name(one.service.description.name) : this.service(one),
      ),
      system: stack.description.system,
      uuid: stack.uuid,
    };
  }

  #host(host: Host): JsonObject {
    const { name, ip, labels } = host.description;
    return {
      agent_ip: ip,
      agent_state: "active",
      ...(this.#api === "2016-07-29" ? {} : { hostId: host.uuid }),
      hostname: name,
      labels,
      metadata_kind: "host",
      name,
      state: "active",
      uuid: host.uuid,
    };
  }

  /** Since 2016-07-29 names are in lower case, whatever they were created as. */
  #name(name: string): string {
    return this.#api === "2016-07-29" ? name.toLowerCase() : name;
  }

  /** A port that is published on no particular address gets 0.0.0.0, and in the older versions the one of the host. */
  #ports(container: Container): readonly Json[] {
    const { ports } = container.service.description;
    const newest = this.#api === "2016-07-29";
    if (ports.length === 0) return newest ? nilList : [];
    const hostIp = container.host.description.ip;
    return ports.map((port) => {
      const [ip, ...rest] = port.split(":");
      if (rest.length !== 2) return `${newest ? "0.0.0.0" : hostIp}:${port}`;
      return newest || ip !== "0.0.0.0" ? port : [hostIp, ...rest].join(":");
    });
  }

  #once(key: object, write: () => JsonObject): JsonObject {
    const written = this.#written.get(key) ?? write();
    this.#written.set(key, written);
    return written;
  }
}

/** Of the range that everybody may use (02:…), told apart by the number. */
function macAddress(n: number): string {
  const bytes = [2, 0, n >> 24, n >> 16, n >> 8, n].map((byte) => (byte & 255).toString(16).padStart(2, "0"));
  return bytes.join(":");
}
