import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";

/**
 * A port that can be closed and opened again under the same number. What is wanted may change faster than sockets can: one change
 * is made at a time, and then the last wish is looked at again.
 */
export class Port {
  readonly #server: Server;
  readonly #host: string;
  #number: number;
  #wanted = false;
  #busy = false;
  #working: Promise<void> = Promise.resolve();
  readonly #sockets = new Set<Socket>();

  constructor(server: Server, host: string, number: number) {
    this.#server = server;
    this.#host = host;
    this.#number = number;
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  get number(): number {
    return this.#number;
  }

  /** Connections open now. */
  get sockets(): number {
    return this.#sockets.size;
  }

  /** Resolves once it listens, unless it should no longer. Rejects if it cannot, and then stays shut. */
  open(): Promise<void> {
    this.#wanted = true;
    return this.#settled();
  }

  /** Refuses new connections and resets the open ones. Resolves once all of them are gone. */
  shut(): Promise<void> {
    this.#wanted = false;
    return this.#settled();
  }

  #settled(): Promise<void> {
    if (!this.#busy) this.#working = this.#work();
    return this.#working;
  }

  async #work(): Promise<void> {
    this.#busy = true;
    try {
      while (this.#wanted !== this.#server.listening) {
        if (this.#wanted) await this.#listen();
        else await this.#unlisten();
      }
    } finally {
      // In the same turn as the last look, so that no wish falls between the two.
      this.#busy = false;
    }
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#number, this.#host);
    await once(this.#server, "listening");
    this.#number = (this.#server.address() as AddressInfo).port;
  }

  async #unlisten(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }
}
