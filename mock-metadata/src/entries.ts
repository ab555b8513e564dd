import type { ApiVersion } from "./api-version.js";
import type { HealthCheckDescription } from "./description/types.js";
import { type Json, type JsonObject, nilList, nilMap } from "./json.js";
import type { ContainerNow, ServiceNow, StackNow } from "./snapshot.js";
import { hasStartedIn } from "./states.js";
import type { Container, Environment, Host } from "./world/entities.js";

/** Containers, services, stacks and hosts as one version of the API writes them. Each is written once, wherever it is told. */
export class Entries {
  readonly #environment: Environment;
  readonly #api: ApiVersion;
  readonly #random: () => number;
  readonly #written = new Map<object, JsonObject>();

  constructor(environment: Environment, api: ApiVersion, random: () => number) {
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
    const { container, ip, labels } = now;
    const { service, networkFrom } = container;
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
      ips: ip === null ? [] : [ip],
      labels: { ...this.#labelsOf(container), ...labels },
      links: nilMap,
      metadata_kind: "container",
      name: this.#name(container.name),
      network_from_container_uuid: networkFrom?.uuid ?? null,
      network_uuid: this.#environment.networkUuid,
      ports: this.#ports(container),
      primary_ip: ip,
      primary_mac_address: networkFrom === undefined ? macAddress(container.createIndex) : null,
      ...(service === undefined ? {} : { service_index: String(container.index) }),
      service_name: service === undefined ? null : this.#name(service.description.name),
      service_uuid: service?.uuid ?? null,
      stack_name: service === undefined ? null : this.#name(service.stack.description.name),
      stack_uuid: service?.stack.uuid ?? null,
      start_count: hasStartedIn(now.state) ? 1 : 0,
      state: now.state,
      system: container.system,
      uuid: container.uuid,
    };
  }

  #service(now: ServiceNow): JsonObject {
    const { service, containers, links } = now;
    const { description, main, stack } = service;
    const newest = this.#api === "2016-07-29";
    const linkEntries = Object.entries(links).map(([name, to]) => [this.#name(name), to] as const);
    const sidekicks = service.sidekicks.map((one) => this.#name(one.description.name));
    return {
      containers: this.list(containers, (one) =>
        this.#api === "2015-07-25" ? this.#name(one.container.name) : this.container(one),
      ),
      create_index: containers.at(-1)?.container.createIndex ?? 0,
      environment_uuid: this.#environment.uuid,
      expose: description.ports.map((port) => port.replace(/^.*:/, "")),
      external_ips: main.externalIps,
      fqdn: main.fqdn,
      health_check: healthCheck(service.healthCheck),
      hostname: main.hostname,
      kind: main.kind,
      labels: now.labels,
      // Go lowers the keys of a nil map too, into an empty one.
      links: linkEntries.length === 0 && !newest ? nilMap : Object.fromEntries(linkEntries),
      metadata: main.metadata,
      metadata_kind: "service",
      name: this.#name(description.name),
      ports: description.ports,
      primary_service_name: this.#name(main.name),
      scale: now.scale,
      ...(main.selector === null ? {} : { selector: main.selector }),
      // And the entries of an empty list, into a nil one.
      sidekicks: sidekicks.length === 0 && newest ? nilList : sidekicks,
      stack_name: this.#name(stack.description.name),
      stack_uuid: stack.uuid,
      state: now.state,
      system: main.system,
      // Whoever is a container of it can read it under /self; then nobody else can.
      token: containers.some((one) => one.ip !== null) ? null : service.token,
      uuid: service.uuid,
      vip: main.vip,
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

  /** What Rancher itself writes on the containers of services. A sidekick's is called after its primary. */
  #labelsOf({ service }: Container): Readonly<Record<string, string>> {
    if (service === undefined) return {};
    const { stack, primary, description } = service;
    const names = [
      stack.description.name,
      ...(primary === undefined ? [] : [primary.description.name]),
      description.name,
    ];
    return {
      "io.rancher.stack.name": stack.description.name,
      "io.rancher.stack_service.name": names.join("/"),
    };
  }

  /** A port that is published on no particular address gets 0.0.0.0, and in the older versions the one of the host. */
  #ports({ ports, host }: Container): readonly Json[] {
    const newest = this.#api === "2016-07-29";
    if (ports.length === 0) return newest ? nilList : [];
    const hostIp = host.description.ip;
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

function healthCheck(check: HealthCheckDescription | null): JsonObject {
  if (check === null) return {};
  const { port, interval, responseTimeout, healthyThreshold, unhealthyThreshold, requestLine } = check;
  const told: Record<string, number | string | undefined> = {
    port,
    interval,
    response_timeout: responseTimeout,
    healthy_threshold: healthyThreshold,
    unhealthy_threshold: unhealthyThreshold,
    request_line: requestLine,
  };
  return Object.fromEntries(Object.entries(told).flatMap(([key, one]) => (one === undefined ? [] : [[key, one]])));
}

/** Of the range that everybody may use (02:…), told apart by the number. */
function macAddress(n: number): string {
  const bytes = [2, 0, n >> 24, n >> 16, n >> 8, n].map((byte) => (byte & 255).toString(16).padStart(2, "0"));
  return bytes.join(":");
}
