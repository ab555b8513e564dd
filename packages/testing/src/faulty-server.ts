import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type Behaviour, behaviours, type FaultName } from "./behaviours.js";
import { RequestReader, type SeenRequest } from "./request-reader.js";

/** What a faulty server has been asked, in order. */
export interface LoggedRequest extends SeenRequest {
  /** performance.now() at its arrival. */
  readonly at: number;
}

/** Chooses how to behave for each request. */
export type Script = (request: LoggedRequest, index: number) => Behaviour;

/**
 * A server on 127.0.0.1 that misbehaves on demand, on raw sockets, so that there is nothing between the fault and the client.
 * It tells what it was asked and how many sockets are open, and closes everything when it is closed.
 */
export class FaultyServer implements AsyncDisposable {
  readonly requests: LoggedRequest[] = [];
  #script: Script;
  #server: Server | undefined;
  #port = 0;
  readonly #sockets = new Set<Socket>();
  #halfOpen = false;

  private constructor(script: Script) {
    this.#script = script;
  }

  static async start(script: Script | FaultName = "empty"): Promise<FaultyServer> {
    const server = new FaultyServer(toScript(script));
    await server.revive();
    return server;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Connections that are open now. */
  get sockets(): number {
    return this.#sockets.size;
  }

  /** From the next request on. */
  behave(script: Script | FaultName): void {
    this.#script = toScript(script);
  }

  /** From now on connections are accepted and nothing on them is read or answered, as by a host that has frozen. */
  halfOpen(yes = true): void {
    this.#halfOpen = yes;
    for (const socket of this.#sockets) {
      if (yes) socket.pause();
      else socket.resume();
    }
  }

  /** Resets every connection. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Stops listening, so that connections are refused, and resets those that are open. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, "close");
    server.close();
    this.dropConnections();
    await closed;
  }

  /** Listens again, on the same port. */
  async revive(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    await this.refuse();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    const reader = new RequestReader();
    socket.on("close", () => this.#sockets.delete(socket));
    // Clients that go away are part of the game.
    socket.on("error", () => {});
    if (this.#halfOpen) {
      socket.pause();
      return;
    }
    socket.on("data", (chunk) => {
      for (const seen of reader.feed(chunk)) {
        const request: LoggedRequest = { ...seen, at: performance.now() };
        const index = this.requests.push(request) - 1;
        this.#script(request, index)(socket);
      }
    });
  }
}

function toScript(script: Script | FaultName): Script {
  if (typeof script === "function") return script;
  return () => behaviours[script];
}
