import type { Socket } from "node:net";
import { NamerError } from "@namerkit/core";
import { Client, type Dispatcher } from "undici";
import { SocketBytes } from "./connection-stats.js";

export interface ConnectionLimits {
  readonly responseHeadBytes: number;
  readonly upstreamIdleMs: number;
}

/** As long as a timer can be. */
const maxIdleMs = 2 ** 31 - 1;

/** undici ends a chunked body with this write, and knows no trailers. */
const lastChunk = "\r\n0\r\n\r\n";

/**
 * One socket to an endpoint, with undici's HTTP/1.1 client on it. undici would connect by itself when it is given a request;
 * here the socket is opened before, so that "no connection" and "request may have been sent" can be told apart, and an undici
 * client that asks for a second socket (its first was closed while idle) gets PROXY_CONNECTION_USED instead.
 */
export class Connection {
  readonly socket: Socket;
  /** Requests begun on this connection. */
  uses = 0;
  readonly bytes: SocketBytes;
  /** When it was opened, by the clock of its pool. */
  readonly openedAt: number;
  readonly #client: Client;
  #upgrades = false;
  #patched = false;
  readonly #giveBack: (connection: Connection) => void;

  constructor(socket: Socket, limits: ConnectionLimits, openedAt: number, giveBack: (connection: Connection) => void) {
    this.socket = socket;
    this.bytes = new SocketBytes(socket);
    this.openedAt = openedAt;
    this.#giveBack = giveBack;
    let given = false;
    // The origin is never seen: every request brings its Host, and the socket its address.
    this.#client = new Client("http://endpoint.invalid", {
      maxHeaderSize: limits.responseHeadBytes,
      keepAliveTimeout: Math.min(limits.upstreamIdleMs, maxIdleMs),
      // Silences are timed by the proxy's own clock.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_options, callback) => {
        const first = !given;
        given = true;
        // undici does not look again for a request to send if the answer comes before it has returned.
        queueMicrotask(() => {
          if (first && !socket.destroyed) callback(null, socket);
          else callback(new NamerError("PROXY_CONNECTION_USED", "the endpoint had closed the idle connection"), null);
        });
      },
    });
    this.#client.on("disconnect", () => {
      // An upgraded socket lives on without its client.
      if (!this.#upgrades || socket.destroyed) this.destroy();
    });
  }

  /** False as soon as the socket is known to be unusable. */
  get open(): boolean {
    return !this.socket.destroyed;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.uses++;
    this.#upgrades = typeof options.upgrade === "string";
    if (this.#patched) this.#unpatch();
    this.#client.dispatch(options, handler);
  }

  /** Ends the body of the chunked request that is being sent with these names and values. */
  trailers(pairs: readonly (readonly [string, string])[]): void {
    const { socket } = this;
    const lines = pairs.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    const write = socket.write.bind(socket) as (...args: readonly unknown[]) => boolean;
    this.#patched = true;
    // Bodies are buffers: a string like this is undici's own.
    socket.write = (...args: readonly unknown[]) => {
      if (args[0] !== lastChunk) return write(...args);
      this.#unpatch();
      return write(`\r\n0\r\n${lines}\r\n`, "latin1");
    };
  }

  #unpatch(): void {
    this.#patched = false;
    // The prototype's is underneath.
    Reflect.deleteProperty(this.socket, "write");
  }

  /** The socket, for whoever wants to speak something else than HTTP on it; the pool counts it until it closes. Only before `dispatch`. */
  detach(): Socket {
    return this.socket;
  }

  /** Back to its pool, for the next request. */
  release(): void {
    this.#giveBack(this);
  }

  /** Cuts the connection; a request on it fails. */
  destroy(): void {
    this.socket.destroy();
    if (!this.#client.destroyed) this.#client.destroy().catch(() => {});
  }
}
