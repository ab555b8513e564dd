import { answer, type Behaviour } from "@namerkit/testing";
import type { Backend, BackendEnv, Endpoint, Subject } from "@namerkit/testing/conformance";
import { type ConsulOptions, checkOptions } from "../src/config/namer-config.js";
import { createConsulNamer } from "../src/consul-namer.js";
import { entry } from "./entries.js";
import { MiniConsul } from "./mini-consul.js";

class ConsulBackend implements Backend {
  readonly #consul: MiniConsul;
  #odd = new Map<string, readonly unknown[]>();
  readonly #services = new Map<string, readonly Endpoint[]>();
  #more: object = {};

  private constructor(consul: MiniConsul) {
    this.#consul = consul;
  }

  static async start({ clock }: BackendEnv): Promise<ConsulBackend> {
    return new ConsulBackend(await MiniConsul.start(clock));
  }

  get port(): number {
    return this.#consul.server.port;
  }

  put(service: string, endpoints: readonly Endpoint[]): void {
    this.#services.set(service, endpoints);
    this.#tell(service);
  }

  remove(service: string): void {
    this.#services.delete(service);
    this.#consul.remove(service);
  }

  touch(): void {
    this.#consul.touch();
  }

  addOdd(service: string): void {
    const tags = { tags: ["prod"] };
    const odd = [
      null,
      7,
      "text",
      [],
      { Node: 1, Service: "x" },
      entry(service, "10.0.0.250", "http", tags),
      entry(service, 1, 2, tags),
    ];
    this.#odd.set(service, odd);
    this.#tell(service);
  }

  addUnknown(service: string): void {
    this.#more = { Quantum: "both", Entangled: [{ With: "x" }] };
    this.#tell(service);
  }

  async close(): Promise<void> {
    await this.#consul.server.close();
  }

  #tell(service: string): void {
    const entries = (this.#services.get(service) ?? []).map(({ ip, port }) =>
      entry(service, ip, port, { tags: ["prod"], more: this.#more }),
    );
    this.#consul.put(service, [...((this.#odd.get(service) ?? []) as object[]), ...entries]);
  }
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
