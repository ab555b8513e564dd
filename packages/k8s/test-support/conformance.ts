import { answer, json } from "@namerkit/testing";
import type { Backend, BackendEnv, Endpoint, Subject } from "@namerkit/testing/conformance";
import { checkOptions, type K8sOptions } from "../src/config/namer-config.js";
import { createK8sNamer } from "../src/k8s-namer.js";
import { endpoints, service, slice } from "./objects.js";
import { TestApi } from "./test-api.js";

class ClusterBackend implements Backend {
  readonly #api: TestApi;
  #touches = 0;

  private constructor(api: TestApi) {
    this.#api = api;
  }

  static async start({ clock }: BackendEnv): Promise<ClusterBackend> {
    return new ClusterBackend(await TestApi.start(clock));
  }

  get port(): number {
    return this.#api.port;
  }

  put(name: string, all: readonly Endpoint[]): void {
    const ips = all.map(({ ip }) => ip);
    service(this.#api, name, { http: 80 });
    slice(this.#api, `${name}-1`, { service: name, ports: { http: 80 }, pods: ips.map((ip) => ({ ip })) });
    endpoints(this.#api, name, ips, { http: 80 });
  }

  remove(name: string): void {
    this.#api.remove("endpointslices", "prod", `${name}-1`);
    this.#api.remove("services", "prod", name);
    this.#api.remove("endpoints", "prod", name);
  }

  /** Somebody annotates what is watched. */
  touch(): void {
    for (const name of ["web", "api", "db"]) {
      this.#api.touch("endpointslices", "prod", `${name}-1`, { generation: ++this.#touches });
      this.#api.touch("services", "prod", name, { generation: this.#touches });
    }
    this.#api.bookmark();
  }

  /** One more slice, of which nothing can be used. */
  addOdd(name: string): void {
    const labels = { "kubernetes.io/service-name": name };
    const pod = { addresses: ["10.0.0.250"], conditions: {} };
    const odd = {
      addressType: "IPv4",
      endpoints: [null, 7, {}, { addresses: "x" }, pod],
      ports: [null, { name: "http", port: "x" }],
    };
    this.#api.apply("endpointslices", "prod", `${name}-odd`, odd, labels);
    this.#api.apply("endpointslices", "prod", `${name}-odder`, { addressType: "carrier pigeon", endpoints: 7 }, labels);
  }

  addUnknown(): void {
    this.#api.more = { quantum: { entangled: true } };
    this.touch();
  }

  async close(): Promise<void> {
    await this.#api[Symbol.asyncDispose]();
  }
}

const status = (code: number, message: string) =>
  json({ kind: "Status", status: "Failure", message, code }, { status: code });

const subject = (options: K8sOptions, pathOf: (name: string) => string): Subject<ClusterBackend> => ({
  backend: (env) => ClusterBackend.start(env),
  create: ({ host, port }, settings, env) =>
    createK8sNamer(checkOptions({ host, port, token: "5e0c9f3a-secret-token", ...options, ...settings }), env),
  path: pathOf,
  spellings: (name) => [pathOf(name.toUpperCase())],
  nonsense: ["/prod/http", "/prod/http/-", "/prod/http/a.b.c", "/PR_OD/http/web"],
  secret: "5e0c9f3a-secret-token",
  // Slices, or Endpoints in their place. What is known of a Service stays of use while it cannot be had.
  requests: { backing: /\/endpoint/ },
  // The slices, the Service, and where these are refused the Endpoints.
  requestsPerAnswer: 3,
  maxSilenceMs: 120_000,
  faults: {
    "no such API": { script: () => answer("404 page not found", { status: 404 }), first: "either" },
    "no rights": { script: () => status(403, "endpointslices is forbidden"), first: "at once" },
    "a store that hangs": { script: () => status(504, "Timeout: request did not complete"), first: "late" },
    "a list that is none": { script: () => json({ kind: "Status" }), first: "either" },
  },
});

/** The Kubernetes namer as the conformance suite sees it: by the name of a port. */
export const portNameSubject = subject({ scope: "namespace" }, (name) => `/prod/http/${name}`);

/** By the number of the Service's port, one watch for each service. */
export const portNumberSubject = subject({ scope: "service" }, (name) => `/prod/80/${name}`);
