import type { Behaviour, Exchange, SeenRequest } from "../faulty/behaviour.js";
import { type FaultyServer, faultyServer } from "../faulty/server.js";
import type { ApiServer } from "./api-server.js";
import type { KubernetesRequest } from "./http/answer.js";

/** A fake API server on a port of the loopback. */
export class KubernetesPort implements AsyncDisposable {
  /** With the log of requests and connections. Its `behave` puts something else in the place of the API server, until `heal`. */
  readonly server: FaultyServer;
  /** Asked for each request: something to be done to the connection instead of answering, such as `hangMidBody()`. */
  fault: ((request: SeenRequest) => Behaviour | undefined) | undefined;
  readonly #closed: () => void;
  readonly #behaviour: Behaviour;

  constructor(server: FaultyServer, api: ApiServer, closed: () => void) {
    this.server = server;
    this.#closed = closed;
    this.#behaviour = {
      name: "Kubernetes",
      connect: (socket) => {
        if (!api.alive) socket.resetAndDestroy();
        return !api.alive;
      },
      request: (exchange) => {
        const fault = this.fault?.(exchange.request);
        return fault === undefined ? serve(exchange, api) : fault.request(exchange);
      },
    };
    this.heal();
  }

  get host(): string {
    return "127.0.0.1";
  }
  get port(): number {
    return this.server.port;
  }
  /** Without a slash at the end. */
  get url(): string {
    return this.server.url;
  }

  /** The API server again, whatever `fault` or the server's `behave` has put in its place. */
  heal(): void {
    this.fault = undefined;
    this.server.behave(this.#behaviour);
  }

  async close(): Promise<void> {
    this.#closed();
    await this.server.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

export async function listen(api: ApiServer, closed: () => void): Promise<KubernetesPort> {
  return new KubernetesPort(await faultyServer(undefined, { clock: api.clock }), api, closed);
}

async function serve({ request, response, socket }: Exchange, api: ApiServer): Promise<void> {
  if (!api.alive) {
    socket.resetAndDestroy();
    return;
  }
  const gone = new AbortController();
  const left = (): void => gone.abort();
  socket.once("close", left);
  try {
    const headers = request.headers as KubernetesRequest["headers"];
    const answer = await api.handle({ method: request.method, target: request.url, headers }, gone.signal);
    if (gone.signal.aborted) return;
    response.writeHead(answer.status, { ...answer.headers });
    if ("body" in answer) {
      response.end(answer.body);
      return;
    }
    // The head comes at once, though nothing may follow for long.
    response.flushHeaders();
    const watch = answer.watch({
      write: (text) => void response.write(text),
      end: () => void response.end(),
      reset: () => socket.resetAndDestroy(),
    });
    response.once("close", () => watch.close());
  } finally {
    socket.off("close", left);
  }
}
