import { answer, type Behaviour, type FaultyServer, faultyServer, json, type SeenRequest } from "@namerkit/testing";

/** A container as the API tells of it, as far as anybody cares here. */
export function container(service: string, ip: unknown, more: object = {}): object {
  const [stack_name, service_name] = service.split("/");
  return {
    name: `${stack_name}-${service_name}-1`,
    primary_ip: ip,
    service_name,
    stack_name,
    state: "running",
    ...more,
  };
}

/** How long a poll is held: a little more than a second of a clock that is 50 times as fast. */
const HOLD_MS = 30;

/** The metadata API in few lines, with each of its two answers open to be replaced by a fault. */
export class ScriptedApi implements AsyncDisposable {
  readonly server: FaultyServer;
  version = "1";
  containers: unknown = [];
  /** Instead of the version or the containers, where given. */
  versionFault: Behaviour | undefined;
  containersFault: Behaviour | undefined;

  /** Polls under way. */
  held = 0;

  private constructor(server: FaultyServer) {
    this.server = server;
    server.behave((request) => this.#choose(request));
  }

  static async start(containers: unknown = []): Promise<ScriptedApi> {
    const api = new ScriptedApi(await faultyServer());
    api.containers = containers;
    return api;
  }

  /** The API again, after `server.behave`. */
  heal(): void {
    this.server.behave((request) => this.#choose(request));
  }

  change(containers: unknown): void {
    this.containers = containers;
    this.version = `${this.version}1`;
  }

  get options() {
    return { host: "127.0.0.1", port: this.server.port, maxWait: 1 };
  }

  /** Requests for a path that ends so. */
  asked(end: string): number {
    return this.server.requests.filter(({ url }) => url.split("?")[0]?.endsWith(end)).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
  }

  #choose({ url }: SeenRequest): Behaviour {
    const { pathname, searchParams } = new URL(url, "http://metadata");
    if (pathname.endsWith("/containers")) return this.containersFault ?? json(this.containers);
    // What a server that was written for Linkerd alone does not have.
    if (!pathname.endsWith("/version")) return answer("Not found\n", { status: 404 });
    if (this.versionFault !== undefined) return this.versionFault;
    return searchParams.get("wait") === "true" ? this.#hold(searchParams.get("value") ?? "") : answer(this.version);
  }

  #hold(known: string): Behaviour {
    return {
      name: "hold",
      request: async (exchange) => {
        this.held++;
        try {
          for (let i = 0; i < HOLD_MS / 2 && this.version === known; i++) if (!(await exchange.wait(2))) return;
        } finally {
          this.held--;
        }
        await answer(this.version).request(exchange);
      },
    };
  }
}
