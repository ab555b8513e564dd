import type { Behaviour, Exchange, SeenRequest } from "../faulty/behaviour.js";
import { type FaultyServer, faultyServer } from "../faulty/server.js";
import { connectionLimit } from "../faulty/shapes.js";
import type { Agent } from "./agent.js";
import type { ConsulRequest } from "./http/ask.js";
import { respond } from "./http/respond.js";

const CONNECTIONS_PER_CLIENT = 200;
/** Bodies of writes are small; what is longer is not read. */
const MAX_BODY_BYTES = 1_048_576;

/** A fake Consul on a port of the loopback. */
export class ConsulPort implements AsyncDisposable {
  /** With the log of requests and connections. Its `behave` puts something else in the place of Consul, until `heal`. */
  readonly server: FaultyServer;
  /** Asked for each request: something to be done to the connection instead of answering, such as `hangMidBody()`. */
  fault: ((request: SeenRequest) => Behaviour | undefined) | undefined;
  /** False while the agent is on its way down: it listens no more, but answers what is open. */
  accepting = true;
  readonly #closed: () => void;
  readonly #consul: Behaviour;

  constructor(server: FaultyServer, agent: Agent, closed: () => void) {
    this.server = server;
    this.#closed = closed;
    const consul: Behaviour = {
      name: "Consul",
      connect: (socket) => {
        if (!this.accepting) socket.resetAndDestroy();
        return !this.accepting;
      },
      request: (exchange) => {
        const fault = this.fault?.(exchange.request);
        return fault === undefined ? serve(exchange, agent) : fault.request(exchange);
      },
    };
    // Every client here is at the one address of the loopback.
    this.#consul = connectionLimit(agent.options.maxConnectionsPerClient ?? CONNECTIONS_PER_CLIENT, consul);
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

  /** Consul again, whatever `fault` or the server's `behave` has put in its place. */
  heal(): void {
    this.fault = undefined;
    this.server.behave(this.#consul);
  }

  async close(): Promise<void> {
    this.#closed();
    await this.server.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
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
