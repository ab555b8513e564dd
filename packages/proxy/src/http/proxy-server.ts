import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Server as SecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { isDeepStrictEqual } from "node:util";
import type { ServerPlan } from "@namerkit/config";
import { type Closable, type Metrics, messageOf, NamerError } from "@namerkit/core";
import type { RouterRuntime } from "../router/runtime.js";
import { ServerTls } from "../tls/server-tls.js";
import { hostPort } from "../upstream/connect.js";
import { type ClientConnection, ClientConnections } from "./client-connections.js";
import { detachedResponse } from "./detached-response.js";
import { Exchange } from "./exchange.js";
import { adjustListener, createListener, type Listener } from "./listener.js";
import { answerRaw, parseErrorAnswer } from "./parse-error.js";
import { Serving } from "./serving.js";
import type { Kind } from "./tries.js";
import { readAgain, tunnels } from "./upgrade.js";

/**
 * How long a connection on which nothing has arrived may stay when a drain begins: a client that has just connected has its
 * request under way, and no other proxy would get it.
 */
const firstRequestMs = 250;

/** Where a server came to listen. */
export interface Listening {
  readonly host: string;
  readonly port: number;
}

/** One listening port with its connections. What their requests go by may change while they are open. */
export class ProxyServer {
  readonly #plan: ServerPlan;
  readonly #listener: Listener;
  readonly #server: Server;
  readonly #connections = new ClientConnections(() => {
    // An answer that had begun before the drain leaves its connection open.
    if (this.#draining) setImmediate(() => this.#server.closeIdleConnections());
  });
  readonly #tls: ServerTls | undefined;
  #serving: Serving;
  #certificate: Closable | undefined;
  #draining = false;
  #fading = false;

  /** `metrics`: those of the router. */
  constructor(plan: ServerPlan, router: RouterRuntime, metrics: Metrics) {
    this.#plan = plan;
    this.#serving = new Serving(plan, router, metrics, this.#closes);
    const { clock, log } = router;
    this.#tls = plan.tls === undefined ? undefined : new ServerTls(plan.tls, { clock, log, metrics });
    this.#listener = createListener(plan, this.#serving.limits, this.#tls?.options);
    const { server } = this.#listener;
    // Who does not manage a handshake is none of ours; the socket is destroyed by node.
    server.on("tlsClientError", () => {
      if (this.#serving.opened) this.#serving.books.handshakeFailures.add();
    });
    server.on(this.#listener.accepts, this.#onConnection);
    server.on("request", this.#onRequest);
    server.on("checkContinue", this.#onRequest);
    server.on("upgrade", this.#onUpgrade);
    server.on("connect", this.#onConnect);
    server.on("clientError", this.#onClientError);
    this.#server = server;
  }

  /** Whether requests may go by `plan` on this very port, its connections included. */
  fits(plan: ServerPlan): boolean {
    return isDeepStrictEqual(fixedOf(plan), fixedOf(this.#plan));
  }

  /** Requests that begin from now on go by these. Only for a plan that `fits`. */
  adopt(plan: ServerPlan, router: RouterRuntime, metrics: Metrics): void {
    const before = this.#serving;
    const serving = new Serving(plan, router, metrics, this.#closes);
    serving.open(this.port, before);
    this.#serving = serving;
    adjustListener(this.#server, plan, serving.limits);
  }

  /** What requests that begin now go by. */
  get serving(): Serving {
    return this.#serving;
  }

  get host(): string {
    return this.#plan.ip;
  }

  /** Where it came to listen. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  readonly #closes = (socket: Socket): boolean => {
    return this.#draining || this.#fading || this.#connections.known(socket)?.old === true;
  };

  /** All of `listen` that can fail where the port is to be taken over from another. Rejects with PROXY_TLS_FILES. */
  async prepare(): Promise<void> {
    this.#certificate = await this.#tls?.serve(this.#server as SecureServer);
  }

  /**
   * Listens in the place of `other`, whose connections stay with it; not one that arrives is refused. False if the socket cannot be
   * passed on, as in a worker of node:cluster.
   */
  takeOver(other: ProxyServer): boolean {
    const { port } = other;
    try {
      this.#server.listen(other.#server, this.#listening);
    } catch (thrown) {
      const { ip } = this.#plan;
      this.#serving.router.log.error({ err: thrown }, `server ${hostPort(ip, port)}: ${messageOf(thrown)}`);
      return false;
    }
    // Else its end would be that of the socket, which node knows no other way to prevent.
    (other.#server as unknown as { _handle: unknown })._handle = null;
    this.#serving.open(port);
    return true;
  }

  /** Rejects with PROXY_LISTEN or PROXY_TLS_FILES. */
  async listen(): Promise<Listening> {
    const { ip, port } = this.#plan;
    await this.prepare();
    return new Promise((resolve, reject) => {
      const failed = (cause: Error) =>
        reject(
          new NamerError("PROXY_LISTEN", `cannot listen on ${hostPort(ip, port)}: ${messageOf(cause)}`, { cause }),
        );
      this.#server.once("error", failed);
      const { backlog, reusePort } = this.#plan.socketOptions ?? {};
      const how = { ...(backlog === undefined ? {} : { backlog }), ...(reusePort === undefined ? {} : { reusePort }) };
      this.#server.listen({ host: ip, port, ...how }, () => {
        this.#server.off("error", failed);
        this.#listening();
        const { port } = this;
        this.#serving.open(port);
        resolve({ host: ip, port });
      });
    });
  }

  readonly #listening = (): void => {
    this.#server.on("error", (error) => {
      const { ip, port } = this.#plan;
      this.#serving.router.log.error({ err: error }, `server ${hostPort(ip, port)}: ${messageOf(error)}`);
    });
  };

  /** Takes no more connections, lets every request in flight finish, and resolves when the last connection is closed. */
  drain(): Promise<void> {
    this.#draining = true;
    return new Promise((resolve) => {
      const unused = this.#serving.router.clock.after(firstRequestMs, () => this.#connections.closeUnused());
      this.#server.close(() => {
        unused.close();
        resolve();
      });
      this.#server.closeIdleConnections();
    });
  }

  /**
   * As `drain`, for one whose socket another has taken over: a connection ends with its next answer, not while a request may be on its
   * way. Those that are idle for as long as `idleMs` are closed then.
   */
  fade(idleMs: number): Promise<void> {
    this.#fading = true;
    return new Promise((resolve) => {
      const end = () => {
        timer.close();
        this.drain().then(resolve, resolve);
      };
      const timer = this.#serving.router.clock.after(idleMs, end);
      this.#connections.whenEmpty(end);
    });
  }

  /** Cuts everything. */
  close(): void {
    this.#draining = true;
    this.#certificate?.close();
    this.#server.close();
    this.#server.closeAllConnections();
    // Those that have become tunnels are not node's any more.
    this.#connections.destroy();
    this.#serving.close();
  }

  /** After `close`: nothing is to remain of its statistics either. */
  forget(): void {
    this.#serving.forget();
  }

  readonly #onConnection = (socket: Socket): void => {
    // One whose request is read a second time is known.
    if (this.#connections.known(socket) !== undefined) return;
    const serving = this.#serving;
    const { clock, observers } = serving.router;
    // node remembers it from the first time on, and once the socket is closed it is too late.
    if (observers.length > 0) void socket.remoteAddress;
    const connection = this.#connections.opened(socket);
    if (serving.opened) connection.countIn(serving.books.connections, clock);
    const lifeMs = serving.plan.serverSession?.lifeTimeMs;
    if (lifeMs !== undefined) connection.ageAfter(clock, lifeMs);
  };

  readonly #onRequest = (req: IncomingMessage, res: ServerResponse): void => {
    const connection = this.#connections.of(req.socket);
    // It is cut with the answer to the one that nobody could read for sure.
    if (connection.distrusted) return;
    if (connection.inFlight >= this.#serving.router.limits.pipelinedRequests) req.socket.destroy();
    else this.#begin(connection, req, res, "plain");
  };

  readonly #onUpgrade = (req: IncomingMessage, duplex: Duplex, head: Buffer): void => {
    const socket = duplex as Socket;
    if (head.length > 0) socket.unshift(head);
    if (this.#connections.of(socket).inFlight > 0) socket.destroy();
    else if (tunnels(req)) this.#handedOver(req, socket, "upgrade");
    else readAgain(this.#listener, req, socket);
  };

  readonly #onConnect = (req: IncomingMessage, duplex: Duplex, head: Buffer): void => {
    const socket = duplex as Socket;
    if (head.length > 0) socket.unshift(head);
    // An answer to it now would be taken for that to a request before it.
    if (this.#connections.of(socket).inFlight > 0) socket.destroy();
    else this.#handedOver(req, socket, "connect");
  };

  #handedOver(req: IncomingMessage, socket: Socket, kind: Kind): void {
    socket.on("error", () => {});
    this.#begin(this.#connections.of(socket), req, detachedResponse(req, socket), kind);
  }

  #begin(connection: ClientConnection, req: IncomingMessage, res: ServerResponse, kind: Kind): void {
    const exchange = new Exchange(this.#serving, req, res, kind);
    connection.add(exchange);
    exchange.start();
    if (exchange.last) connection.distrusted = true;
  }

  readonly #onClientError = (error: Error, socket: Duplex): void => {
    const connection = this.#connections.of(socket as Socket);
    connection.broken(() => {
      const { status, text } = parseErrorAnswer(
        error,
        (socket as Socket).bytesRead,
        this.#serving.router.limits.requestLineBytes,
      );
      answerRaw(socket, status, text);
    });
  };
}

/** What of a server holds for as long as its socket listens. */
function fixedOf({ ip, port, tls, socketOptions }: ServerPlan): object {
  const { noDelay, keepAlive, backlog, reusePort } = socketOptions ?? {};
  return { ip, port, tls, noDelay, keepAlive, backlog, reusePort };
}
