import { messageOf, NamerError } from "@namerkit/core";
import type { PodDescription, ServiceDescription } from "../control/controllers.js";

/** A service, and the pods that there may be behind it: the first `ready` of them are. */
export interface DescribedService extends ServiceDescription {
  readonly pods: readonly PodDescription[];
  readonly ready: number;
}

/** What a cluster consists of at first. Keys are `<namespace>/<name>`. */
export interface ClusterDescription {
  readonly services: ReadonlyMap<string, DescribedService>;
  /** Texts by key. */
  readonly configMaps: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads what a file says of a cluster, such as
 * `{ "services": { "shop/web": { "ports": [{ "name": "http", "port": 80, "targetPort": 8080 }], "pods": [{ "ip": "10.0.0.1" }] } } }`.
 *
 * @throws NamerError TESTING_KUBERNETES_FILE that names the file, and the place in it
 */
export function parseCluster(text: string, file: string): ClusterDescription {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    throw problem(file, `it is not JSON: ${messageOf(thrown)}`);
  }
  const at = new Place(file, "", json);
  const { services, configMaps } = at.members(["services", "configMaps"]);
  return {
    services: services?.map(serviceAt) ?? new Map(),
    configMaps: configMaps?.map((one) => Object.fromEntries(one.entries((value) => value.text()))) ?? new Map(),
  };
}

function serviceAt(place: Place): DescribedService {
  const { ports, pods, ready } = place.members(["ports", "pods", "ready"]);
  const described = pods?.list((pod): PodDescription => {
    const { ip, name } = pod.members(["ip", "name"]);
    if (ip === undefined) throw pod.problem("it has no ip");
    return { ip: ip.text(), ...(name !== undefined && { name: name.text() }) };
  });
  const all = described ?? [];
  const count = ready?.number(0, all.length) ?? all.length;
  const portList = ports?.list((port) => {
    const { name, port: number, targetPort } = port.members(["name", "port", "targetPort"]);
    if (number === undefined) throw port.problem("it has no port");
    return {
      ...(name !== undefined && { name: name.text() }),
      port: number.number(1, 65_535),
      ...(targetPort !== undefined && { targetPort: targetPort.number(1, 65_535) }),
    };
  });
  return { ports: portList ?? [], pods: all, ready: count };
}

/** A value, and where in the file it stands. */
class Place {
  readonly #file: string;
  readonly #at: string;
  readonly #value: unknown;

  constructor(file: string, at: string, value: unknown) {
    this.#file = file;
    this.#at = at;
    this.#value = value;
  }

  problem(what: string): NamerError {
    return problem(this.#file, this.#at === "" ? what : `${this.#at}: ${what}`);
  }

  /** These, and no others, may be there. */
  members<K extends string>(known: readonly K[]): Partial<Record<K, Place>> {
    const found: Partial<Record<K, Place>> = {};
    for (const [name, place] of this.entries((one) => one)) {
      if (!known.includes(name as K)) throw place.problem(`there is no such field; there are ${known.join(", ")}`);
      found[name as K] = place;
    }
    return found;
  }

  /** Of things by namespace and name. */
  map<T>(of: (place: Place) => T): ReadonlyMap<string, T> {
    return new Map(
      this.entries((place) => place).map(([key, place]) => {
        if (!/^[a-z0-9-]+\/[a-z0-9.-]+$/.test(key)) throw place.problem("the key is not <namespace>/<name>");
        return [key, of(place)];
      }),
    );
  }

  entries<T>(of: (place: Place) => T): readonly (readonly [string, T])[] {
    const value = this.#value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw this.problem("expected an object");
    return Object.entries(value as Json).map(([name, one]) => [name, of(this.#inside(name, one))]);
  }

  list<T>(of: (place: Place) => T): readonly T[] {
    if (!Array.isArray(this.#value)) throw this.problem("expected a list");
    return this.#value.map((one: unknown, i) => of(this.#inside(String(i), one)));
  }

  text(): string {
    if (typeof this.#value !== "string" || this.#value === "") throw this.problem("expected a text");
    return this.#value;
  }

  number(least: number, most: number): number {
    const value = this.#value;
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
    throw this.problem(`expected a whole number from ${least} to ${most}`);
  }

  #inside(name: string, value: unknown): Place {
    return new Place(this.#file, this.#at === "" ? name : `${this.#at}.${name}`, value);
  }
}

function problem(file: string, what: string): NamerError {
  return new NamerError("TESTING_KUBERNETES_FILE", `${file}: ${what}`);
}
