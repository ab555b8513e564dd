import type { Exchange } from "../faulty/behaviour.js";
import { FakePort } from "../faulty/fake-port.js";
import { type FaultyServer, faultyServer } from "../faulty/server.js";
import type { ApiServer } from "./api-server.js";
import type { KubernetesRequest } from "./http/answer.js";

/** A fake API server on a port of the loopback. */
export class KubernetesPort extends FakePort {
  readonly #api: ApiServer;

  constructor(server: FaultyServer, api: ApiServer, closed: () => void) {
    super(server, "Kubernetes", closed);
    this.#api = api;
  }

  get accepting(): boolean {
    return this.#api.alive;
  }

  protected answer(exchange: Exchange): Promise<void> {
    return serve(exchange, this.#api);
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
