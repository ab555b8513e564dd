import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "@namerkit/core";
import { Bag, type Bagged } from "@namerkit/watch";
import { type ConnectionStats, SocketBytes } from "../upstream/connection-stats.js";

/** A request that is being handled, as its connection sees it. */
export interface OpenRequest {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** True once nothing of the answer is waited for any more; it may still be on its way out. */
  readonly answered: boolean;
  /** The client is gone, or has got its whole answer. */
  closed(): void;
}

/** One connection of a client, and the requests on it whose answers are not out yet, oldest first. */
export class ClientConnection implements Bagged {
  readonly socket: Socket;
  place: number | undefined;
  /** True once it has lived long enough: it ends with the next answer. */
  old = false;
  /** True once something came of which nobody can be sure where it ends: what follows may be a part of it. */
  distrusted = false;
  /** Requests begun on it. */
  requests = 0;
  readonly #open: OpenRequest[] = [];
  readonly #answered: () => void;
  #tell: (() => void) | undefined;

  /** `answered` is called after each answer. */
  constructor(socket: Socket, answered: () => void) {
    this.socket = socket;
    this.#answered = answered;
  }

  /** Counts what goes through it, after each answer and when it closes. */
  countIn(stats: ConnectionStats, clock: Clock): void {
    const { socket } = this;
    const bytes = new SocketBytes(socket);
    const since = clock.now();
    stats.opened();
    this.#tell = () => bytes.tell(stats);
    socket.once("close", () => {
      bytes.tell(stats);
      stats.closed(clock.now() - since, this.requests);
    });
  }

  get inFlight(): number {
    return this.#open.length;
  }

  add(request: OpenRequest): void {
    this.requests++;
    this.#open.push(request);
    request.res.once("close", () => {
      const at = this.#open.indexOf(request);
      if (at === -1) return;
      this.#open.splice(at, 1);
      request.closed();
      this.#tell?.();
      this.#answered();
    });
  }

  /** Ends an idle connection at this age, and a busy one with its next answer. */
  ageAfter(clock: Clock, lifeMs: number): void {
    const { socket } = this;
    const timer = clock.after(lifeMs, () => {
      this.old = true;
      if (this.inFlight === 0) socket.destroy();
    });
    socket.once("close", () => timer.close());
  }

  /** node tells only the answer that is being written of the end of a connection, not those queued behind it. */
  closed(): void {
    for (const request of this.#open.splice(0)) request.closed();
  }

  /**
   * The connection sent something that is not HTTP. `answer` is called if an answer can be written to the socket without being
   * taken for the answer to another request: nothing is in flight, or only the request whose own body broke, with no answer yet.
   * One that is answered already may still send its answer. Else the connection is cut.
   */
  broken(answer: () => void): void {
    const { socket } = this;
    const [first, second] = this.#open;
    if (!socket.writable || second !== undefined) socket.destroy();
    else if (first === undefined) answer();
    else if (first.answered) first.res.once("close", () => socket.destroy()).end();
    else if (first.req.complete || first.res.headersSent) socket.destroy();
    else answer();
  }
}

/** Every connection of a server. */
export class ClientConnections {
  readonly #all = new Bag<ClientConnection>();
  readonly #known = new WeakMap<Socket, ClientConnection>();
  readonly #answered: () => void;
  #whenEmpty: (() => void) | undefined;

  /** `answered` is called after each answer on any of them. */
  constructor(answered: () => void) {
    this.#answered = answered;
  }

  get size(): number {
    return this.#all.size;
  }

  known(socket: Socket): ClientConnection | undefined {
    return this.#known.get(socket);
  }

  /** Cuts every one. */
  destroy(): void {
    for (const { socket } of this.#all.list()) socket.destroy();
  }

  opened(socket: Socket): ClientConnection {
    // Asked now, the socket still knows when it is closed; access logs ask then.
    socket.remotePort;
    const connection = new ClientConnection(socket, this.#answered);
    this.#known.set(socket, connection);
    this.#all.add(connection);
    socket.once("close", () => {
      this.#all.delete(connection);
      this.#known.delete(socket);
      connection.closed();
      if (this.#all.size === 0) this.#tellEmpty();
    });
    return connection;
  }

  of(socket: Socket): ClientConnection {
    return this.#known.get(socket) ?? this.opened(socket);
  }

  /** Calls back once, as soon as there is none; never before this returns. */
  whenEmpty(fn: () => void): void {
    this.#whenEmpty = fn;
    if (this.#all.size === 0) queueMicrotask(() => this.#tellEmpty());
  }

  #tellEmpty(): void {
    const tell = this.#whenEmpty;
    this.#whenEmpty = undefined;
    tell?.();
  }

  /** Closes those on which nothing has ever been asked; node does not count them among the idle ones. */
  closeUnused(): void {
    for (const { socket } of this.#all.list()) if (socket.bytesRead === 0) socket.destroy();
  }
}
