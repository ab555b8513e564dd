import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Server as SecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ServerPlan, SocketOptionsPlan } from "@namerkit/config";
import { type Closable, type Metrics, messageOf, NamerError } from "@namerkit/core";
import type { RouterRuntime, ServerRuntime } from "../router/runtime.js";
import { RequestStats } from "../router/stats.js";
import { ServerTls } from "../tls/server-tls.js";
import { hostPort } from "../upstream/connect.js";
import { ConnectionStats } from "../upstream/connection-stats.js";
import { type ClientConnection, ClientConnections } from "./client-connections.js";
import { detachedResponse } from "./detached-response.js";
import { Exchange } from "./exchange.js";
import { Forwarded } from "./forwarded.js";
import type { HttpLimits } from "./limits.js";
import { createListener, type Listener } from "./listener.js";
import { answerRaw, parseErrorAnswer } from "./parse-error.js";
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

interface Books {
  readonly label: string;
  readonly stats: RequestStats;
  readonly connections: ConnectionStats;
  readonly handshakeFailures: { add(): void };
}

/** One listening port of a router. */
export class ProxyServer implements ServerRuntime {
  readonly router: RouterRuntime;
  readonly clearContext: boolean;
  readonly maxCallDepth: number;
  readonly timeoutMs: number | undefined;
  readonly limits: HttpLimits;
  readonly forwarded: Forwarded | undefined;
  readonly timestampHeader: string | undefined;
  readonly #plan: ServerPlan;
  readonly #listener: Listener;
  readonly #server: Server;
  readonly #connections = new ClientConnections(() => {
    // An answer that had begun before the drain leaves its connection open.
    if (this.#draining) setImmediate(() => this.#server.closeIdleConnections());
  });
  readonly #metrics: Metrics;
  readonly #tls: ServerTls | undefined;
  #certificate: Closable | undefined;
  #books: Books | undefined;
  #draining = false;

  constructor(plan: ServerPlan, router: RouterRuntime, metrics: Metrics) {
    const { limits } = router;
    this.#metrics = metrics;
    this.router = router;
    this.clearContext = plan.clearContext;
    this.maxCallDepth = plan.maxCallDepth;
    this.#plan = plan;
    this.timeoutMs = plan.timeoutMs;
    this.limits = serverLimits(limits, plan.socketOptions);
    this.timestampHeader = plan.timestampHeader;
    const { addForwardedHeader: forwarded } = plan;
    this.forwarded = forwarded === undefined ? undefined : new Forwarded(forwarded, router.label, router.random);
    const { clock, log } = router;
    this.#tls = plan.tls === undefined ? undefined : new ServerTls(plan.tls, { clock, log, metrics });
    this.#listener = createListener(plan, this.limits, this.#tls?.options);
    const { server } = this.#listener;
    // Who does not manage a handshake is none of ours; the socket is destroyed by node.
    server.on("tlsClientError", () => this.#books?.handshakeFailures.add());
    server.on(this.#listener.accepts, this.#onConnection);
    server.on("request", this.#onRequest);
    server.on("checkContinue", this.#onRequest);
    server.on("upgrade", this.#onUpgrade);
    server.on("connect", this.#onConnect);
    server.on("clientError", this.#onClientError);
    this.#server = server;
  }

  /** Only once it listens. */
  get stats(): RequestStats {
    return this.#open(this.#plan.port).stats;
  }

  get label(): string {
    return this.#open(this.#plan.port).label;
  }

  admit(): void {
    const max = this.#plan.maxConcurrentRequests;
    if (max === undefined || this.stats.pending <= max) return;
    throw new NamerError("PROXY_OVERLOADED", `the server handles ${max} requests already`);
  }

  closes(socket: Socket): boolean {
    return this.#draining || this.#connections.known(socket)?.old === true;
  }

  /** Rejects with PROXY_LISTEN or PROXY_TLS_FILES. */
  async listen(): Promise<Listening> {
    const { ip, port } = this.#plan;
    this.#certificate = await this.#tls?.serve(this.#server as SecureServer);
    return new Promise((resolve, reject) => {
      const failed = (cause: Error) =>
        reject(
          new NamerError("PROXY_LISTEN", `cannot listen on ${hostPort(ip, port)}: ${messageOf(cause)}`, { cause }),
        );
      this.#server.once("error", failed);
      const { backlog, reusePort } = this.#plan.socketOptions ?? {};
      const how = { ...(backlog === undefined ? {} : { backlog }), ...(reusePort === undefined ? {} : { reusePort }) };
      this.#server.listen({ host: ip, port, ...how }, () => {
        this.#server.off("error", failed).on("error", (error) => {
          this.router.log.error({ err: error }, `server ${hostPort(ip, port)}: ${messageOf(error)}`);
        });
        const { port } = this.#server.address() as AddressInfo;
        this.#open(port);
        resolve({ host: ip, port });
      });
    });
  }

  /** Takes no more connections, lets every request in flight finish, and resolves when the last connection is closed. */
  drain(): Promise<void> {
    this.#draining = true;
    return new Promise((resolve) => {
      const unused = this.router.clock.after(firstRequestMs, () => this.#connections.closeUnused());
      this.#server.close(() => {
        unused.close();
        resolve();
      });
      this.#server.closeIdleConnections();
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
    this.#books?.connections.close();
    this.#books?.stats.close();
  }

  /** Named after the port that was found free, where the plan leaves that open. */
  #open(port: number): Books {
    const { label, ip } = this.#plan;
    if (this.#books === undefined) {
      const names = label === undefined ? [ip, String(port)] : [label];
      const scope = this.#metrics.scope("server", names.join("/"));
      this.#books = {
        label: names.join("/"),
        stats: new RequestStats(scope),
        connections: new ConnectionStats(scope),
        handshakeFailures: scope.counter("handshake_failures"),
      };
    }
    return this.#books;
  }

  readonly #onConnection = (socket: Socket): void => {
    // One whose request is read a second time is known.
    if (this.#connections.known(socket) !== undefined) return;
    // node remembers it from the first time on, and once the socket is closed it is too late.
    if (this.router.observers.length > 0) void socket.remoteAddress;
    const connection = this.#connections.opened(socket);
    if (this.#books !== undefined) connection.countIn(this.#books.connections, socket, this.router.clock);
    const lifeMs = this.#plan.serverSession?.lifeTimeMs;
    if (lifeMs !== undefined) connection.ageAfter(this.router.clock, lifeMs, socket);
  };

  readonly #onRequest = (req: IncomingMessage, res: ServerResponse): void => {
    const connection = this.#connections.of(req.socket);
    if (connection.inFlight >= this.router.limits.pipelinedRequests) req.socket.destroy();
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
    const exchange = new Exchange(this, req, res, kind);
    connection.add(exchange);
    exchange.start();
  }

  readonly #onClientError = (error: Error, socket: Duplex): void => {
    const connection = this.#connections.of(socket as Socket);
    connection.broken(socket, () => {
      const { status, text } = parseErrorAnswer(
        error,
        (socket as Socket).bytesRead,
        this.router.limits.requestLineBytes,
      );
      answerRaw(socket, status, text);
    });
  };
}

function serverLimits(limits: HttpLimits, socketOptions: SocketOptionsPlan = {}): HttpLimits {
  const { readTimeoutMs = Number.POSITIVE_INFINITY, writeTimeoutMs = Number.POSITIVE_INFINITY } = socketOptions;
  return {
    ...limits,
    uploadIdleMs: Math.min(limits.uploadIdleMs, readTimeoutMs),
    readerStallMs: Math.min(limits.readerStallMs, writeTimeoutMs),
  };
}
