import type { Exchange } from "../faulty/behaviour.js";
import { FakePort } from "../faulty/fake-port.js";
import { type FaultyServer, faultyServer } from "../faulty/server.js";
import { connectionLimit } from "../faulty/shapes.js";
import type { Agent } from "./agent.js";
import type { ConsulRequest } from "./http/ask.js";
import { respond } from "./http/respond.js";

const CONNECTIONS_PER_CLIENT = 200;
/** Bodies of writes are small; what is longer is not read. */
const MAX_BODY_BYTES = 1_048_576;

/** A fake Consul on a port of the loopback. */
export class ConsulPort extends FakePort {
  /** False while the agent is on its way down: it listens no more, but answers what is open. */
  accepting = true;
  readonly #agent: Agent;

  constructor(server: FaultyServer, agent: Agent, closed: () => void) {
    // Every client here is at the one address of the loopback.
    const most = agent.options.maxConnectionsPerClient ?? CONNECTIONS_PER_CLIENT;
    super(server, "Consul", closed, (behaviour) => connectionLimit(most, behaviour));
    this.#agent = agent;
  }

  protected answer(exchange: Exchange): Promise<void> {
    return serve(exchange, this.#agent);
  }
}

export async function listen(agent: Agent, closed: () => void): Promise<ConsulPort> {
  return new ConsulPort(await faultyServer(undefined, { clock: agent.clock }), agent, closed);
}

async function serve({ request, incoming, response, socket }: Exchange, agent: Agent): Promise<void> {
  const gone = new AbortController();
  const left = (): void => gone.abort();
  socket.once("close", left);
  try {
    const body = await bodyOf(incoming);
    const headers = request.headers as ConsulRequest["headers"];
    const outcome = await respond({ method: request.method, target: request.url, headers, body }, agent, gone.signal);
    if (gone.signal.aborted) return;
    if (outcome === "reset") {
      socket.resetAndDestroy();
      return;
    }
    response.writeHead(outcome.status, outcome.headers);
    response.end(outcome.body);
  } finally {
    socket.off("close", left);
  }
}

async function bodyOf(incoming: Exchange["incoming"]): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    for await (const piece of incoming as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length <= MAX_BODY_BYTES) pieces.push(piece);
    }
  } catch {
    // The client is gone, which is seen at the socket.
  }
  return Buffer.concat(pieces);
}
