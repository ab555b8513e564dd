import type { ApiVersion } from "./api-version.js";
import { Entries } from "./entries.js";
import { type Json, type JsonObject, nilList } from "./json.js";
import type { Snapshot } from "./snapshot.js";

/**
 * What one version of the API tells of one load. Lists are in random order, as the real server's are, and stay in it until the next
 * load. Each part is made when it is first asked for: a poll of the version costs nothing, however much runs.
 */
export class Answers {
  readonly #snapshot: Snapshot;
  readonly #api: ApiVersion;
  readonly #version: string;
  readonly #random: () => number;
  readonly #entries: Entries;
  readonly #parts = new Map<string, Json>();

  constructor(snapshot: Snapshot, api: ApiVersion, version: string, random: () => number) {
    this.#snapshot = snapshot;
    this.#api = api;
    this.#version = version;
    this.#random = random;
    this.#entries = new Entries(snapshot.environment, api, random);
  }

  /** All that a client at `ip` can walk through. */
  tell(ip: string): JsonObject {
    const snapshot = this.#snapshot;
    const entries = this.#entries;
    const part = (name: string, make: () => Json): Json => this.#part(name, make);
    const self = (): JsonObject => this.#self(ip);
    const environments = (): Json => part("environments", () => this.#environments());
    const told = {
      get containers() {
        return part("containers", () => entries.list(snapshot.containers, (one) => entries.container(one)));
      },
      get hosts() {
        return part("hosts", () => entries.list(snapshot.hosts, (one) => entries.host(one)));
      },
      name: snapshot.environment.name,
      networks: [entries.network()],
      region_name: null,
      get self() {
        return self();
      },
      get services() {
        return part("services", () => entries.list(snapshot.services, (one) => entries.service(one)));
      },
      get stacks() {
        return part("stacks", () => entries.list(snapshot.stacks, (one) => entries.stack(one)));
      },
      system: false,
      uuid: snapshot.environment.uuid,
      version: this.#version,
    };
    if (this.#api === "2016-07-29") {
      Object.defineProperty(told, "environments", { enumerable: true, get: environments });
    }
    return told;
  }

  /** Empty for whoever is not a container. Only here is the token of a service told that has containers. */
  #self(ip: string): JsonObject {
    const asking = this.#snapshot.containerAt(ip);
    if (asking === undefined) return {};
    const entries = this.#entries;
    const { container, service } = asking;
    const told = { container: entries.container(asking), host: entries.host(container.host) };
    if (service === undefined) return told;
    const stack = this.#snapshot.stacks.find((one) => one.services.includes(service));
    return {
      ...told,
      service: { ...entries.service(service), token: service.service.token },
      ...(stack === undefined ? {} : { stack: entries.stack(stack) }),
    };
  }

  /** All that is told of linked environments, whoever asks; in them, nobody is a client. */
  #environments(): readonly Json[] {
    const told = this.#snapshot.linked.map((one) => {
      const {
        environments: _,
        self: __,
        ...others
      } = new Answers(one, this.#api, this.#version, this.#random).tell("");
      return others;
    });
    return told.length === 0 ? nilList : told;
  }

  #part(name: string, make: () => Json): Json {
    const made = this.#parts.get(name) ?? make();
    this.#parts.set(name, made);
    return made;
  }
}
