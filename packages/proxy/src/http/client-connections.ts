import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** One connection of a client, and the requests on it that are not answered yet, oldest first. */
export class ClientConnection {
  readonly #open: { readonly req: IncomingMessage; readonly res: ServerResponse }[] = [];

  get inFlight(): number {
    return this.#open.length;
  }

  add(req: IncomingMessage, res: ServerResponse): void {
    const entry = { req, res };
    this.#open.push(entry);
    res.once("close", () => {
      const at = this.#open.indexOf(entry);
      if (at !== -1) this.#open.splice(at, 1);
    });
  }

  /**
   * Whether an error answer may be written to the socket now, without being taken for the answer to another request: nothing is
   * in flight, or only the request whose own body could not be read, still without an answer.
   */
  get mayAnswerError(): boolean {
    const [first, second] = this.#open;
    if (first === undefined) return true;
    return second === undefined && !first.req.complete && !first.res.headersSent;
  }
}

/** Every connection of a server. */
export class ClientConnections {
  readonly #all = new Map<Socket, ClientConnection>();

  get size(): number {
    return this.#all.size;
  }

  opened(socket: Socket): ClientConnection {
    const connection = new ClientConnection();
    this.#all.set(socket, connection);
    socket.once("close", () => this.#all.delete(socket));
    return connection;
  }

  of(socket: Socket): ClientConnection {
    return this.#all.get(socket) ?? this.opened(socket);
  }
}
