import { request } from "node:http";
import { loadConfig } from "@namerkit/config";
import { type SourceStatus, silentLog, systemClock } from "@namerkit/core";
import { type Listening, listen, Metadata } from "@namerkit/mock-metadata";
import { type RunningProxy, startProxy } from "@namerkit/proxy";
import { officialRegistry } from "../registry.js";
import { Containers } from "./containers.js";
import { freePort } from "./free-port.js";
import { type Answer, SteadyClient } from "./steady-client.js";

const STACK = "sample-stack";

/** The same stack as examples/rancher: one service with two containers, one with one, and room to scale. */
const description = `
stacks:
  ${STACK}:
    services:
      sample-service1: { addresses: [127.0.0.11, 127.0.0.12] }
      sample-service2: { scale: 1, addresses: [127.0.0.21, 127.0.0.22, 127.0.0.23, 127.0.0.24, 127.0.0.25] }
`;

const config = (metadataPort: number, containerPort: number): string => `
admin: { port: 0 }
namers:
- kind: io.l5d.rancher
  host: 127.0.0.1
  port: ${metadataPort}
  allowLoopback: true
  portMappings: { web: ${containerPort} }
routers:
- protocol: http
  dtab: |
    /stack => /#/io.l5d.rancher/web/${STACK} ;
    /svc/sample => /stack/sample-service1 & /stack/sample-service2 ;
    /svc/fallback => /stack/sample-service2 | /stack/sample-service1 ;
  servers:
  - port: 0
`;

/** What one look at the proxy's and the catalogue's counters says. */
export interface Counts {
  /** Outer changes: routes. */
  readonly treeUpdates: number;
  /** Inner changes: address sets. */
  readonly addrUpdates: number;
  /** Requests that the metadata API has been sent. */
  readonly upstreamRequests: number;
}

/** Everything that the demo needs, in one process: metadata API, containers, proxy, and a steady client. */
export class DemoStack implements AsyncDisposable {
  readonly traffic: SteadyClient;
  readonly #metadata: Metadata;
  readonly #listening: Listening;
  readonly #containers: Containers;
  readonly #proxy: RunningProxy;

  private constructor(parts: {
    readonly metadata: Metadata;
    readonly listening: Listening;
    readonly containers: Containers;
    readonly proxy: RunningProxy;
    readonly onAnswer: (answer: Answer) => void;
  }) {
    this.#metadata = parts.metadata;
    this.#listening = parts.listening;
    this.#containers = parts.containers;
    this.#proxy = parts.proxy;
    this.traffic = new SteadyClient(this.proxyPort, ["sample", "fallback"], parts.onAnswer);
  }

  static async start(onAnswer: (answer: Answer) => void): Promise<DemoStack> {
    const metadata = new Metadata(description, { clock: systemClock, random: Math.random });
    const containers = new Containers(await freePort());
    const listening = await listen(metadata);
    try {
      await containers.become(running(metadata));
      const text = config(listening.port, containers.port);
      const { plan, problems } = await loadConfig(
        { text, file: "demo.yaml", baseDir: process.cwd() },
        officialRegistry(),
      );
      if (plan === undefined) throw new Error(`the demo's own configuration is bad: ${JSON.stringify(problems)}`);
      const proxy = await startProxy(plan, { log: silentLog });
      return new DemoStack({ metadata, listening, containers, proxy, onAnswer });
    } catch (error) {
      containers.close();
      await listening.close();
      throw error;
    }
  }

  get proxyPort(): number {
    return this.#proxy.servers[0]?.port ?? 0;
  }
  get adminPort(): number {
    return this.#proxy.admin.port;
  }
  get metadataPort(): number {
    return this.#listening.port;
  }

  scale(service: string, to: number): Promise<void> {
    return this.#change(() => this.#metadata.world.scale(`${STACK}/${service}`, to));
  }

  stop(service: string): Promise<void> {
    return this.#change(() => this.#metadata.world.stop(`${STACK}/${service}`));
  }

  start(service: string): Promise<void> {
    return this.#change(() => this.#metadata.world.start(`${STACK}/${service}`));
  }

  async takeMetadataDown(): Promise<void> {
    this.#metadata.takeDown();
  }

  async bringMetadataBack(): Promise<void> {
    this.#metadata.bringBack();
  }

  /** How many addresses the proxy knows for a service, as its admin interface says. */
  async addressesOf(service: string): Promise<number> {
    const clients = (await this.#admin("/client_state.json")) as Record<
      string,
      { readonly addresses?: readonly string[] }
    >;
    const id = Object.keys(clients).find((name) => name.endsWith(`/${service}`));
    return id === undefined ? 0 : (clients[id]?.addresses?.length ?? 0);
  }

  /** "live", "stale", ...: what the namer says of its source. */
  async namerState(): Promise<string> {
    const { watch } = (await this.#admin("/namer_state/io.l5d.rancher.json")) as { readonly watch?: SourceStatus };
    return watch?.state ?? "unknown";
  }

  async counts(): Promise<Counts> {
    const { treeUpdates, addrUpdates } = this.#proxy.updates();
    return { treeUpdates, addrUpdates, upstreamRequests: this.#metadata.asked.requests };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.traffic.stop();
    await this.#proxy.drain();
    this.#containers.close();
    await this.#listening.close();
  }

  /** New containers answer before the catalogue tells of them; old ones answer a while longer. As an orchestrator would have it. */
  async #change(change: () => void): Promise<void> {
    change();
    await this.#containers.become(running(this.#metadata));
    this.#metadata.reload();
  }

  #admin(path: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const asking = request(
        { host: "127.0.0.1", port: this.adminPort, path, agent: false, timeout: 5_000 },
        (response) => {
          let body = "";
          response.setEncoding("utf8").on("data", (text: string) => {
            body += text;
          });
          response.on("error", reject);
          response.on("end", () => {
            try {
              resolve(JSON.parse(body));
            } catch (error) {
              reject(
                new Error(`the admin interface answered ${path} with ${response.statusCode}: ${body}`, {
                  cause: error,
                }),
              );
            }
          });
        },
      );
      asking.on("timeout", () => asking.destroy(new Error(`the admin interface did not answer ${path}`)));
      asking.on("error", reject);
      asking.end();
    });
  }
}

/** Addresses by name of the containers that should run now. */
function running(metadata: Metadata): Map<string, string> {
  return new Map(metadata.world.containers.filter((one) => one.state === "running").map(({ name, ip }) => [name, ip]));
}
