import { type Address, address, type Endpoint, hostAddress } from "@namerkit/core";
import { usableIp } from "../entries/addresses.js";
import type { Labels } from "../entries/labels.js";
import { isNumber, type Ports } from "../ports.js";
import type { Instance } from "./instance.js";
import { preferred } from "./preference.js";
import type { CatalogueRules } from "./rules.js";

type Rules = Pick<CatalogueRules, "publishedPorts" | "allowLoopback">;

/** What `endpointsOf` has found for instances that are still the same: the same array again, which is equal at a glance. */
export class EndpointBook {
  readonly #ports: Ports;
  readonly #rules: Rules;
  readonly #known = new WeakMap<readonly Instance[], Map<string, readonly Endpoint[]>>();

  constructor(ports: Ports, rules: Rules) {
    this.#ports = ports;
    this.#rules = rules;
  }

  endpointsOf(instances: readonly Instance[], port: string): readonly Endpoint[] {
    let byPort = this.#known.get(instances);
    if (byPort === undefined) {
      byPort = new Map();
      this.#known.set(instances, byPort);
    }
    let endpoints = byPort.get(port);
    if (endpoints === undefined) {
      endpoints = endpointsOf(instances, port, this.#ports, this.#rules);
      // Names of ports may be invented by clients.
      if (byPort.size < MOST_PORTS) byPort.set(port, endpoints);
    }
    return endpoints;
  }
}

/** Of one service, more than anybody listens on. */
const MOST_PORTS = 100;

/**
 * Where requests for one port of a service go, each place once; what is told of one does not depend on the order. `port` is canonical: a number, or a name that labels of the container,
 * of its service, or the configuration give a number to. An instance on which the port means nothing is left out.
 */
export function endpointsOf(
  instances: readonly Instance[],
  port: string,
  ports: Ports,
  rules: Rules,
): readonly Endpoint[] {
  const endpoints: Endpoint[] = [];
  const indexes = new Map<string, number>();
  const fixed = isNumber(port) ? ports.number(port) : undefined;
  for (const instance of instances) {
    const number = fixed ?? labelled(instance, port) ?? ports.number(port);
    if (number === undefined) continue;
    const endpoint = endpointOf(instance, number, rules);
    if (endpoint === undefined) continue;
    const place = `${"ip" in endpoint ? endpoint.ip : endpoint.host} ${endpoint.port}`;
    const index = indexes.get(place);
    if (index === undefined) {
      indexes.set(place, endpoints.length);
      endpoints.push(endpoint);
    } else endpoints[index] = preferred(endpoints[index] as Endpoint, endpoint);
  }
  return endpoints;
}

function endpointOf(instance: Instance, port: number, rules: Rules): Endpoint | undefined {
  const { meta, at, named, published } = instance;
  const weight = first(instance, (labels) => labels.weight) ?? 1;
  if (named) return hostAddress(at, port, { weight, meta });
  if (!rules.publishedPorts || published === undefined) return addressOf(at, port, weight, meta);
  for (const { privatePort, publicPort, hostIp } of published) {
    if (privatePort !== port) continue;
    // Published on the loopback of its host alone, it is out of reach.
    const ip = hostIp === undefined ? instance.hostIp : usableIp(hostIp, rules.allowLoopback);
    if (ip !== undefined) return addressOf(ip, publicPort, weight, meta);
  }
  return undefined;
}

/** Without spreading: ten thousand of them are made at once. */
function addressOf(ip: string, port: number, weight: number, meta: Readonly<Record<string, string>>): Address {
  return weight === 1 && Object.keys(meta).length === 0 ? address(ip, port) : { ip, port, weight, meta };
}

function labelled(instance: Instance, port: string): number | undefined {
  return first(instance, ({ ports }) => ports.get(port));
}

function first<T>({ labels }: Instance, read: (labels: Labels) => T | undefined): T | undefined {
  for (const one of labels) {
    const found = read(one);
    if (found !== undefined) return found;
  }
  return undefined;
}
