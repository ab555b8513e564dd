import type { Socket } from "node:net";
import type { SeenConnection } from "./behaviour.js";

/** A connection with its socket, for the server alone. */
export class Connection implements SeenConnection {
  readonly number: number;
  readonly socket: Socket;
  readonly closed: Promise<void>;
  readonly #controller = new AbortController();
  requests = 0;

  constructor(number: number, socket: Socket) {
    this.number = number;
    this.socket = socket;
    // Resets are what this server is for; "close" follows each of them.
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#controller.abort();
        resolve();
      });
    });
  }

  get open(): boolean {
    return !this.#controller.signal.aborted;
  }

  /** Aborts when the socket is gone. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }
}
