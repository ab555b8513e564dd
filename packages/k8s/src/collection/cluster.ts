import type { Clock, Closable, Logger, Metrics } from "@namerkit/core";
import { type Http, type JsonShape, ListWatch } from "@namerkit/watch";
import type { Access } from "../access/access.js";
import { apiHttp } from "../access/api-http.js";
import type { Backing } from "../objects/backing.js";
import { Interner } from "../objects/interner.js";
import { endpointsFields, readEndpoints } from "../objects/read-endpoints.js";
import { readService, SERVICE_FIELDS, type Service } from "../objects/read-service.js";
import { readSlice, SERVICE_NAME, sliceFields } from "../objects/read-slice.js";
import { Backings } from "./backings.js";
import { Collection } from "./collection.js";
import { type Scope, Scoped } from "./scope.js";

/** Where HTTP/2 is not spoken (kubectl proxy) each watch has a connection. */
const CONNECTIONS = 512;
/** Collections that nobody watches any more are forgotten when there are more than these. */
const FORGOTTEN = 256;

export interface ClusterEnv {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly metrics: Pick<Metrics, "counter">;
  readonly baseDir: string;
  readonly dispatcher?: object | undefined;
}

export interface ClusterOptions {
  readonly scope: Scope | "auto";
  /** The key of the label that names are told apart by. */
  readonly label: string | undefined;
}

interface Kind<T> {
  /** Group and version, such as `api/v1`. */
  readonly api: string;
  readonly resource: string;
  /** What selects the objects of one service. */
  readonly ofService: (service: string) => Readonly<Record<string, string>>;
  readonly read: (object: unknown) => T | undefined;
  /** What `read` looks at. */
  readonly fields: JsonShape;
  readonly groupOf: (key: string, item: T) => string;
}

/** What is known of one cluster, shared by all names. */
export class Cluster implements Closable {
  readonly backings: Backings;
  readonly services: Scoped<Service>;
  readonly #http: Http;
  readonly #access: Access;
  readonly #env: ClusterEnv;
  readonly #collections = new Map<string, Collection<unknown>>();

  constructor(access: Access, options: ClusterOptions, env: ClusterEnv) {
    this.#access = access;
    this.#env = env;
    this.#http = apiHttp(access, env, { connections: CONNECTIONS });
    const reading = { label: options.label, interner: new Interner() };
    const ofBacking = (key: string, { service }: Backing): string => `${namespaceOf(key)}/${service}`;
    const slices: Kind<Backing> = {
      api: "apis/discovery.k8s.io/v1",
      resource: "endpointslices",
      ofService: (service) => ({ labelSelector: `${SERVICE_NAME}=${service}` }),
      read: (object) => readSlice(object, reading),
      fields: sliceFields(options.label),
      groupOf: ofBacking,
    };
    const endpoints: Kind<Backing> = {
      api: "api/v1",
      resource: "endpoints",
      ofService: (service) => ({ fieldSelector: `metadata.name=${service}` }),
      read: (object) => readEndpoints(object, reading),
      fields: endpointsFields(options.label),
      groupOf: ofBacking,
    };
    const services: Kind<Service> = {
      api: "api/v1",
      resource: "services",
      ofService: (service) => ({ fieldSelector: `metadata.name=${service}` }),
      read: readService,
      fields: SERVICE_FIELDS,
      groupOf: (key) => key,
    };
    const scoped = <T>(kind: Kind<T>): Scoped<T> =>
      new Scoped<T>({
        scope: options.scope,
        clock: env.clock,
        collection: (scope, namespace, service) => this.#collection(kind, scope, namespace, service),
      });
    this.services = scoped(services);
    this.backings = new Backings(scoped(slices), scoped(endpoints), env.clock);
  }

  /** For /namer_state. */
  state(): unknown {
    const running = [...this.#collections.values()].filter((one) => one.running);
    return {
      api: this.#access.base,
      credentials: this.#access.from,
      watches: running.map(({ what, live, size, observers, error }) => ({
        ...{ what, live, objects: size, observers },
        ...(error !== undefined && { error: error.message }),
      })),
    };
  }

  close(): void {
    for (const one of this.#collections.values()) one.close();
    this.#collections.clear();
    this.#http.close();
  }
  [Symbol.dispose](): void {
    this.close();
  }

  #collection<T>(kind: Kind<T>, scope: Scope, namespace: string, service: string): Collection<T> {
    const place = scope === "cluster" ? "" : `namespaces/${namespace}/`;
    const path = `${kind.api}/${place}${kind.resource}`;
    const query = scope === "service" ? kind.ofService(service) : undefined;
    const what = query === undefined ? path : `${path} of ${service}`;
    const found = this.#collections.get(what);
    if (found !== undefined) return found as Collection<T>;
    this.#forget();
    const { clock, random } = this.#env;
    const made = new Collection<T>(this.#env, {
      what,
      groupOf: kind.groupOf,
      begins: (signal) => this.#http.hold(signal),
      watch: () =>
        new ListWatch<T>({
          ...{ http: this.#http, clock, random, read: kind.read, fields: kind.fields },
          url: `${this.#access.base}/${path}`,
          credentials: this.#access.credentials,
          ...(query !== undefined && { query }),
        }),
    });
    this.#collections.set(what, made as Collection<unknown>);
    return made;
  }

  #forget(): void {
    if (this.#collections.size < FORGOTTEN) return;
    for (const [what, one] of this.#collections) if (!one.running) this.#collections.delete(what);
  }
}

function namespaceOf(key: string): string {
  return key.slice(0, key.indexOf("/"));
}
