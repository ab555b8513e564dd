import type { Endpoint } from "@namerkit/core";
import { HttpAnswer } from "@namerkit/watch";
import { ListReader } from "../src/api/lists.js";
import { Catalogue } from "../src/catalogue/catalogue.js";
import { InstanceBook } from "../src/catalogue/containers.js";
import { EndpointBook } from "../src/catalogue/endpoints.js";
import { checkOptions, type RancherOptions } from "../src/config.js";
import { Ports } from "../src/ports.js";

/** What the API says, list by list; undefined for a list that it does not have. */
export interface Said {
  readonly containers?: unknown;
  readonly services?: unknown;
  readonly hosts?: unknown;
  readonly ownStack?: string;
}

/** Reads what is said as the namer would, and finds services in it. */
export class Reading {
  readonly #config;
  readonly #reader;
  #last: Catalogue | undefined;
  readonly #book = new InstanceBook();
  readonly #endpoints: EndpointBook;

  constructor(options: RancherOptions = {}) {
    this.#config = checkOptions(options);
    this.#reader = new ListReader(this.#config);
    this.#endpoints = new EndpointBook(new Ports(this.#config.portMappings), this.#config);
  }

  async read({ containers = [], services, hosts, ownStack }: Said): Promise<Catalogue> {
    const asking = {
      containers: async () => answerOf(containers),
      services: async () => (services === undefined ? undefined : answerOf(services)),
      hosts: async () => (hosts === undefined ? undefined : answerOf(hosts)),
      ownStack: async () => ownStack,
    };
    const lists = await this.#reader.read(asking, new AbortController().signal);
    this.#last = new Catalogue(lists, this.#config, this.#book, this.#last);
    return this.#last;
  }

  find(catalogue: Catalogue, name: string, port = "80"): readonly Endpoint[] {
    return this.#endpoints.endpointsOf(catalogue.instancesOf(name), port);
  }
}

/** `ip:port` or `host:port`, sorted, of one service in what is said; with what else is told of each in `[]`. */
export async function find(said: Said, name: string, options: Omit<RancherOptions, "port"> & { port?: string } = {}) {
  const { port, ...rest } = options;
  const reading = new Reading(rest);
  return reading
    .find(await reading.read(said), name, port)
    .map(show)
    .sort();
}

export function show(endpoint: Endpoint): string {
  const { port, weight, meta } = endpoint;
  const more = [...(weight === 1 ? [] : [weight]), ...Object.entries(meta).map(([key, value]) => `${key}=${value}`)];
  return `${"ip" in endpoint ? endpoint.ip : endpoint.host}:${port}${more.length > 0 ? ` [${more.join(" ")}]` : ""}`;
}

export function answerOf(value: unknown): HttpAnswer {
  return new HttpAnswer(200, {}, Buffer.from(JSON.stringify(value)), "GET /a/list");
}

/** A container as 2016-07-29 tells of it. */
export function container(service: string, ip: unknown, more: object = {}): object {
  const [stack_name, service_name] = service.split("/");
  return {
    health_state: null,
    host_uuid: "host-1",
    labels: {},
    name: `${stack_name}-${service_name}-1`,
    network_from_container_uuid: null,
    ports: [],
    primary_ip: ip,
    service_name,
    service_uuid: `uuid of ${service.toLowerCase()}`,
    stack_name,
    state: "running",
    system: false,
    uuid: `uuid of ${service} at ${String(ip)}`,
    ...more,
  };
}

/** A service as 2016-07-29 tells of it, without its containers. */
export function service(key: string, more: object = {}): object {
  const [stack_name, name] = key.split("/");
  return {
    external_ips: [],
    health_check: {},
    hostname: null,
    kind: "service",
    labels: {},
    links: {},
    name,
    primary_service_name: name,
    sidekicks: null,
    stack_name,
    state: "active",
    system: false,
    uuid: `uuid of ${key.toLowerCase()}`,
    vip: null,
    ...more,
  };
}

export const uuidOf = (key: string): string => `uuid of ${key.toLowerCase()}`;
