import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createListener, type Server, type Socket } from "node:net";
import { type Clock, NamerError, systemClock } from "@namerkit/core";
import type { Behaviour, Exchange, Script, SeenConnection, SeenRequest } from "./behaviour.js";
import { Connection } from "./connections.js";
import { type BehaviourName, behaviours } from "./named.js";

/** The log keeps this many requests and closed connections, so that a soak can run for days. */
const LOG_LIMIT = 10_000;
const HOST = "127.0.0.1";
/**
 * Below the ports that systems give to those who ask for any. While this server refuses connections its port is free, and another
 * server that was given it would be found by our clients.
 */
const FIRST_PORT = 20_000;
const PORTS = 12_000;
const PORT_TRIES = 50;

export interface FaultyServerOptions {
  /** Stamps requests and times delays; the real clock by default. */
  readonly clock?: Clock;
}

/** An HTTP/1.1 server on the loopback that misbehaves on request. */
export class FaultyServer implements AsyncDisposable {
  readonly #clock: Clock;
  // Parses what comes in. It never listens itself, so that a connection can be kept from it.
  readonly #http = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 });
  readonly #bySocket = new WeakMap<Socket, Connection>();
  readonly #connections: Connection[] = [];
  readonly #requests: SeenRequest[] = [];
  #listener: Server | undefined;
  #port = 0;
  #script: Script;
  #requestCount = 0;
  #connectionCount = 0;
  #thrown: unknown;
  /** Told of each request before anything is done with it. */
  onRequest: ((request: SeenRequest) => void) | undefined;

  /** Use `faultyServer`, which also listens. */
  constructor(script: Script, options: FaultyServerOptions = {}) {
    this.#script = script;
    this.#clock = options.clock ?? systemClock;
    this.#http.on("request", (incoming, response) => this.#take(incoming, response));
    this.#http.on("clientError", (_error, socket) => socket.destroy());
  }

  get port(): number {
    return this.#port;
  }
  /** Without a slash at the end: http://127.0.0.1:49152 */
  get url(): string {
    return `http://${HOST}:${this.#port}`;
  }
  /** The latest 10,000 requests, oldest first; `requestCount` counts all. */
  get requests(): readonly SeenRequest[] {
    return this.#requests;
  }
  get requestCount(): number {
    return this.#requestCount;
  }
  /** Connections in the order in which they came, closed ones too; the latest 10,000. */
  get connections(): readonly SeenConnection[] {
    return this.#connections;
  }
  get connectionCount(): number {
    return this.#connectionCount;
  }
  /** How many connections are open now. */
  get openConnections(): number {
    return this.#connections.reduce((sum, one) => sum + (one.open ? 1 : 0), 0);
  }

  /**
   * From now on does this, with requests that come over connections already open too; what is under way is not changed.
   * A choice that throws shows as a 500 and rejects `close`.
   */
  behave(script: Script | BehaviourName): void {
    this.#script = typeof script === "string" ? behaviours[script]() : script;
  }

  /** As if the process had died: nobody listens any more, and every connection is reset. */
  async refuse(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    const closed = new Promise<void>((resolve) => {
      if (listener === undefined) resolve();
      else listener.close(() => resolve());
    });
    this.dropConnections();
    await closed;
  }

  /** Listens again on the same port after `refuse`. @throws NamerError TESTING_PORT_TAKEN */
  async revive(): Promise<void> {
    if (this.#listener !== undefined) return;
    if (this.#port > 0) {
      this.#listener = await this.#listen(this.#port).catch((cause: unknown) => {
        throw new NamerError("TESTING_PORT_TAKEN", `cannot listen on port ${this.#port} again`, { cause });
      });
      return;
    }
    for (let tries = 0; this.#listener === undefined; tries++) {
      const port = tries < PORT_TRIES ? FIRST_PORT + Math.floor(Math.random() * PORTS) : 0;
      this.#listener = await this.#listen(port).catch((cause: NodeJS.ErrnoException) => {
        if (port === 0 || cause.code !== "EADDRINUSE") throw cause;
        return undefined;
      });
    }
    this.#port = (this.#listener.address() as AddressInfo).port;
  }

  #listen(port: number): Promise<Server> {
    const listener = createListener((socket) => this.#accept(socket));
    return new Promise((resolve, reject) => {
      listener.once("error", reject);
      listener.listen(port, HOST, () => resolve(listener));
    });
  }

  /** Resets every open connection; new ones are welcome. */
  dropConnections(): void {
    for (const one of this.#connections) if (one.open) one.socket.resetAndDestroy();
  }

  /** Stops listening and resolves when every socket is gone. Rejects with what a behaviour has thrown, if one has. */
  async close(): Promise<void> {
    await this.refuse();
    await Promise.all(this.#connections.map((one) => one.closed));
    const thrown = this.#thrown;
    this.#thrown = undefined;
    if (thrown !== undefined) throw thrown;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #accept(socket: Socket): void {
    const connection = new Connection(++this.#connectionCount, socket);
    this.#bySocket.set(socket, connection);
    this.#connections.push(connection);
    if (this.#connections.length > LOG_LIMIT) this.#forgetAConnection();
    // Held back by Nagle, single bytes would come as one.
    socket.setNoDelay(true);
    const script = this.#script;
    if (typeof script !== "function" && script.connect?.(socket)) return;
    this.#http.emit("connection", socket);
  }

  #forgetAConnection(): void {
    const at = this.#connections.findIndex((one) => !one.open);
    if (at >= 0) this.#connections.splice(at, 1);
  }

  #take(incoming: IncomingMessage, response: ServerResponse): void {
    const { socket } = incoming;
    const connection = this.#bySocket.get(socket);
    if (connection === undefined) return;
    connection.requests++;
    const request: SeenRequest = {
      method: incoming.method ?? "",
      url: incoming.url ?? "",
      headers: incoming.headers,
      at: this.#clock.now(),
      number: ++this.#requestCount,
      connection,
    };
    this.#requests.push(request);
    if (this.#requests.length > LOG_LIMIT) this.#requests.shift();
    this.onRequest?.(request);
    const exchange: Exchange = { request, incoming, response, socket, wait: (ms) => this.#wait(ms, connection) };
    this.#play(exchange).catch((thrown: unknown) => {
      this.#thrown ??= thrown;
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
    if (incoming.readableFlowing === null) incoming.resume();
  }

  async #play(exchange: Exchange): Promise<void> {
    const script = this.#script;
    const behaviour: Behaviour = typeof script === "function" ? script(exchange.request) : script;
    await behaviour.request(exchange);
  }

  async #wait(ms: number, connection: Connection): Promise<boolean> {
    try {
      await this.#clock.sleep(ms, connection.signal);
      return connection.open;
    } catch {
      return false;
    }
  }
}

/** Starts a server on a free port of the loopback. `await server.close()`, or `await using`, lets go of every socket. */
export async function faultyServer(
  script: Script | BehaviourName = "ok",
  options: FaultyServerOptions = {},
): Promise<FaultyServer> {
  const server = new FaultyServer(typeof script === "string" ? behaviours[script]() : script, options);
  await server.revive();
  return server;
}
