import { answer, type Behaviour } from "@namerkit/testing";
import type { Backend, BackendEnv, Endpoint, Subject } from "@namerkit/testing/conformance";
import { ConsulFake, type ConsulPort } from "@namerkit/testing/consul";
import { type ConsulOptions, checkOptions } from "../src/config/namer-config.js";
import { createConsulNamer } from "../src/consul-namer.js";

class ConsulBackend implements Backend {
  readonly #consul: ConsulFake;
  readonly #listening: ConsulPort;
  /** Beside what the agent tells of these services, what nobody can understand. */
  readonly #odd = new Map<string, readonly unknown[]>();
  #more: object = {};
  #touches = 0;

  private constructor(consul: ConsulFake, listening: ConsulPort) {
    this.#consul = consul;
    this.#listening = listening;
    consul.faults = { rewrite: (json, target) => this.#told(json, target) };
  }

  static async start({ clock }: BackendEnv): Promise<ConsulBackend> {
    const consul = new ConsulFake({ clock, dev: false });
    return new ConsulBackend(consul, await consul.listen());
  }

  get port(): number {
    return this.#listening.port;
  }

  /** One write for each instance: Consul knows no other way. Those that come are there before others go. */
  put(service: string, endpoints: readonly Endpoint[]): void {
    const before = new Set(this.#consul.instancesOf(service));
    for (const { ip, port } of endpoints) {
      const id = `${service}-${ip}`;
      if (!before.delete(id)) this.#consul.register(service, { id, address: ip, port, tags: ["prod"] });
    }
    for (const id of before) this.#consul.deregister(service, id);
  }

  remove(service: string): void {
    for (const id of this.#consul.instancesOf(service)) this.#consul.deregister(service, id);
  }

  /** The node's own check finds the same in other words, which wakes whoever waits for anything on it. */
  touch(): void {
    this.#consul.check("serfHealth", "passing", `found ${++this.#touches} times`);
  }

  addOdd(service: string): void {
    const node = { Node: "n", Address: "10.0.0.250" };
    const odd = (port: unknown, address: unknown) => ({
      Node: node,
      Service: { ID: "odd", Service: service, Address: address, Port: port, Tags: ["prod"] },
      Checks: [],
    });
    this.#odd.set(service, [null, 7, "text", [], { Node: 1, Service: "x" }, odd("http", "10.0.0.250"), odd(2, 1)]);
    this.touch();
  }

  addUnknown(): void {
    this.#more = { Quantum: "both", Entangled: [{ With: "x" }] };
    this.touch();
  }

  async close(): Promise<void> {
    await this.#consul.close();
  }

  #told(json: unknown, target: string): unknown {
    const service = /^\/v1\/(?:health|catalog)\/service\/([^?]+)/.exec(target)?.[1];
    if (service === undefined || !Array.isArray(json)) return json;
    const odd = (this.#odd.get(service) ?? []).map((one) => (target.startsWith("/v1/catalog/") ? flat(one) : one));
    return [...odd, ...json.map((one: object) => ({ ...one, ...this.#more }))];
  }
}

/** As the catalogue writes it. */
function flat(one: unknown): unknown {
  if (typeof one !== "object" || one === null || !("Service" in one) || typeof one.Service !== "object") return one;
  const { Address, Port, Service, ID, Tags } = one.Service as Record<string, unknown>;
  return {
    Node: "n",
    Address: "10.0.0.250",
    ServiceID: ID,
    ServiceName: Service,
    ServiceAddress: Address,
    ServicePort: Port,
    ServiceTags: Tags,
  };
}

/** What Consul puts on its errors, and must not be taken for an index. */
const misleading = { "x-consul-index": "1", "x-consul-knownleader": "false" };
const error = (status: number, text: string): Behaviour => answer(text, { status, headers: misleading });

const subject = (options: ConsulOptions, pathOf: (service: string) => string): Subject<ConsulBackend> => ({
  backend: (env) => ConsulBackend.start(env),
  create: ({ host, port }, settings, env) =>
    createConsulNamer(checkOptions({ host, port, token: "5e0c9f3a-secret-token", ...options, ...settings }), env),
  path: pathOf,
  spellings: (service) => [pathOf(service.toUpperCase())],
  nonsense: ["/dc1", pathOf(".."), pathOf(".")],
  secret: "5e0c9f3a-secret-token",
  requestsPerAnswer: 1,
  // A query of 60 s, its sixteenth and margin, and the longest pause.
  maxSilenceMs: 90_000,
  faults: {
    "404": { script: () => answer("", { status: 404 }), first: "neg" },
    "404 late": { script: () => error(404, ""), first: "neg" },
    "no such datacenter": { script: () => error(500, "No path to datacenter"), first: "neg" },
    "no leader": { script: () => error(500, "No cluster leader"), first: "late" },
    "datacenter out of reach": { script: () => error(500, "rpc error making call: EOF"), first: "late" },
    "token not known": { script: () => error(403, "ACL not found"), first: "at once" },
    "an empty list of a server without leader": {
      script: () => answer("[]", { headers: { ...misleading, "content-type": "application/json" } }),
      first: "late",
    },
    "an empty list of a server that is out of touch": {
      script: () =>
        answer("[]", {
          headers: { "x-consul-index": "99", "x-consul-lastcontact": "60000", "content-type": "application/json" },
        }),
      first: "late",
    },
    "an empty list, by ACL": {
      script: () => answer("[]", { headers: { "x-consul-index": "99", "x-consul-results-filtered-by-acls": "true" } }),
      first: "at once",
    },
  },
});

/** The Consul namer as the conformance suite sees it: by the health endpoint. */
export const consulSubject = subject({ useHealthCheck: true }, (service) => `/dc1/${service}`);

/** By the catalogue, with all that is asked beside it: who the agent is, and a tag. */
export const catalogueSubject = subject({ includeTag: true, setHost: true }, (service) => `/dc1/prod/${service}`);
