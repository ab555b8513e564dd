import type { Socket } from "node:net";
import { NamerError } from "@namerkit/core";
import { Client, type Dispatcher } from "undici";

export interface ConnectionLimits {
  readonly responseHeadBytes: number;
  readonly upstreamIdleMs: number;
}

/**
 * One socket to an endpoint, with undici's HTTP/1.1 client on it. undici would connect by itself when it is given a request;
 * here the socket is opened before, so that "no connection" and "request may have been sent" can be told apart, and an undici
 * client that asks for a second socket (its first was closed while idle) gets PROXY_CONNECTION_USED instead.
 */
export class Connection {
  readonly socket: Socket;
  /** Requests begun on this connection. */
  uses = 0;
  readonly #client: Client;
  readonly #giveBack: (connection: Connection) => void;

  constructor(socket: Socket, limits: ConnectionLimits, giveBack: (connection: Connection) => void) {
    this.socket = socket;
    this.#giveBack = giveBack;
    let given = false;
    // The origin is never seen: every request brings its Host, and the socket its address.
    this.#client = new Client("http://endpoint.invalid", {
      maxHeaderSize: limits.responseHeadBytes,
      keepAliveTimeout: limits.upstreamIdleMs,
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
    this.#client.on("disconnect", () => this.destroy());
  }

  /** False as soon as the socket is known to be unusable. */
  get open(): boolean {
    return !this.socket.destroyed;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.uses++;
    this.#client.dispatch(options, handler);
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
