import type { Exchange } from "../faulty/behaviour.js";
import { FakePort } from "../faulty/fake-port.js";
import { type FaultyServer, faultyServer } from "../faulty/server.js";
import type { ApiServer } from "./api-server.js";
import type { KubernetesRequest } from "./http/answer.js";
import { respond } from "./http/respond.js";

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

  protected async answer({ request, response, socket }: Exchange): Promise<void> {
    if (!this.#api.alive) {
      socket.resetAndDestroy();
      return;
    }
    const headers = request.headers as KubernetesRequest["headers"];
    await respond(this.#api, { method: request.method, target: request.url, headers }, response, socket);
  }
}

export async function listen(api: ApiServer, closed: () => void): Promise<KubernetesPort> {
  return new KubernetesPort(await faultyServer(undefined, { clock: api.clock }), api, closed);
}
