import { type Listening, listen, Metadata } from "@namerkit/mock-metadata";
import { answer } from "@namerkit/testing";
import type { Backend, BackendEnv, Endpoint, Subject } from "@namerkit/testing/conformance";
import { checkOptions, type RancherOptions } from "../src/config.js";
import { createRancherNamer } from "../src/rancher-namer.js";

type Entry = Readonly<Record<string, unknown>>;

/** The mock, with entries among its containers that no server of today tells of. */
class OddMetadata extends Metadata {
  readonly odd: unknown[] = [];
  more: Entry = {};

  override async tell(...args: Parameters<Metadata["tell"]>): ReturnType<Metadata["tell"]> {
    const told = await super.tell(...args);
    const [request] = args;
    const { response } = told;
    if (!/\/(containers|services|hosts)$/.test(new URL(request.url).pathname) || response.status !== 200) return told;
    const list = ((await response.json()) ?? []) as Entry[];
    const odd = request.url.endsWith("/containers") ? this.odd : [];
    const entries = [...odd, ...list.map((entry) => ({ ...entry, ...this.more }))];
    return { ...told, response: Response.json(entries, { headers: response.headers }) };
  }
}

/** Rancher's metadata API, told which services there are by writing its whole world anew, as the real server reads its file. */
class RancherBackend implements Backend {
  readonly #metadata: OddMetadata;
  readonly #listening: Listening;
  readonly #services = new Map<string, readonly Endpoint[]>();

  private constructor(metadata: OddMetadata, listening: Listening) {
    this.#metadata = metadata;
    this.#listening = listening;
  }

  static async start({ clock }: BackendEnv): Promise<RancherBackend> {
    const metadata = new OddMetadata("stacks: {}", { clock, random: Math.random });
    return new RancherBackend(metadata, await listen(metadata));
  }

  get port(): number {
    return this.#listening.port;
  }

  put(service: string, endpoints: readonly Endpoint[]): void {
    this.#services.set(service, endpoints);
    this.#tell();
  }

  remove(service: string): void {
    this.#services.delete(service);
    this.#tell();
  }

  /** Another version, and all lists in another order. */
  touch(): void {
    this.#metadata.reload();
  }

  addOdd(service: string): void {
    const one = { stack_name: "shop", service_name: service, state: "running", ports: ["%!s(<nil>):80:80/tcp"] };
    this.#metadata.odd.push(null, 7, "text", [], { ...one, primary_ip: "not an address" }, { ...one, stack_name: {} });
    this.#metadata.reload();
  }

  addUnknown(): void {
    this.#metadata.more = { quantum_state: "both", entangled_with: [{ uuid: "x" }] };
    this.#metadata.odd.push({ metadata_kind: "portal", leads_to: "elsewhere" });
    this.#metadata.reload();
  }

  async close(): Promise<void> {
    await this.#listening.close();
  }

  #tell(): void {
    const services = Object.fromEntries(
      [...this.#services].map(([name, all]) => [name, { scale: all.length, addresses: all.map(({ ip }) => ip) }]),
    );
    // JSON is YAML.
    this.#metadata.load(JSON.stringify({ stacks: { shop: { services } } }));
  }
}

const notFound = answer("Not found\n", { status: 404 });

/** The Rancher namer as the conformance suite sees it. */
export const rancherSubject: Subject<RancherBackend> = {
  backend: (env) => RancherBackend.start(env),
  create: ({ host, port }, settings, env) => {
    const options: RancherOptions = { host, port, ...settings };
    return createRancherNamer(checkOptions(options), env);
  },
  path: (service) => `/http/shop/${service}`,
  spellings: (service) => [`/HTTP/SHOP/${service.toUpperCase()}`, `/Http/Shop/${service}`],
  nonsense: ["/0/shop/web", "/65536/shop/web", "/http/shop", "/no port/shop/web"],
  // Not of the version alone: half of one is a version too, and /version has faults.test.ts.
  requests: { containers: /\/containers/, services: /\/services/, hosts: /\/hosts/ },
  // The poll, containers, services, hosts, whose stack it is, and the version again.
  requestsPerAnswer: 6,
  // A poll of 30 s and its margin, and the longest pause.
  maxSilenceMs: 60_000,
  // What the server says of everything before its first load.
  faults: { "404": { script: () => notFound, first: "late" } },
  // Servers that were written for Linkerd have neither: names are what their containers say.
  definite: { "404 of services": "any", "404 of hosts": "any" },
  declines: { secret: "the metadata API knows no credentials" },
};
