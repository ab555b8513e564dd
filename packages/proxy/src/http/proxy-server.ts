import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ServerPlan } from "@namerkit/config";
import { type Closable, type Metrics, messageOf, NamerError } from "@namerkit/core";
import type { RouterRuntime, ServerRuntime } from "../router/runtime.js";
import { RequestStats } from "../router/stats.js";
import { hostPort } from "../upstream/connect.js";
import { ClientConnections } from "./client-connections.js";
import { Exchange } from "./exchange.js";
import { answerRaw, parseErrorAnswer } from "./parse-error.js";

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
  readonly connections: Closable;
  readonly connects: { add(): void };
}

/** One listening port of a router. */
export class ProxyServer implements ServerRuntime {
  readonly router: RouterRuntime;
  readonly clearContext: boolean;
  readonly maxCallDepth: number;
  readonly #plan: ServerPlan;
  readonly #server: Server;
  readonly #connections = new ClientConnections(() => {
    // An answer that had begun before the drain leaves its connection open.
    if (this.#draining) setImmediate(() => this.#server.closeIdleConnections());
  });
  readonly #metrics: Metrics;
  #books: Books | undefined;
  #draining = false;

  constructor(plan: ServerPlan, router: RouterRuntime, metrics: Metrics) {
    const { limits } = router;
    this.#metrics = metrics;
    this.router = router;
    this.clearContext = plan.clearContext;
    this.maxCallDepth = plan.maxCallDepth;
    this.#plan = plan;
    const server = createServer({
      insecureHTTPParser: false,
      // An HTTP/1.1 request without Host is for the identifiers to judge, as in Linkerd.
      requireHostHeader: false,
      maxHeaderSize: limits.requestHeadBytes,
      headersTimeout: limits.clientHeadMs,
      // Bodies are timed by silence, not as a whole: see HttpLimits.
      requestTimeout: 0,
      keepAliveTimeout: limits.clientIdleMs,
      connectionsCheckingInterval: Math.max(50, Math.min(1_000, limits.clientHeadMs / 4)),
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
    });
    // By default node drops what exceeds 2,000 headers, silently; the size limit bounds them.
    server.maxHeadersCount = 0;
    server.timeout = 0;
    server.on("connection", this.#onConnection);
    server.on("request", this.#onRequest);
    server.on("checkContinue", this.#onRequest);
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

  get draining(): boolean {
    return this.#draining;
  }

  /** Rejects with PROXY_LISTEN. */
  listen(): Promise<Listening> {
    const { ip, port } = this.#plan;
    return new Promise((resolve, reject) => {
      const failed = (cause: Error) =>
        reject(
          new NamerError("PROXY_LISTEN", `cannot listen on ${hostPort(ip, port)}: ${messageOf(cause)}`, { cause }),
        );
      this.#server.once("error", failed);
      this.#server.listen({ host: ip, port }, () => {
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
    this.#server.close();
    this.#server.closeAllConnections();
    this.#books?.connections.close();
    this.#books?.stats.close();
  }

  /** Named after the port that was found free, where the plan leaves that open. */
  #open(port: number): Books {
    const { label, ip } = this.#plan;
    if (this.#books === undefined) {
      const names = label === undefined ? [ip, String(port)] : [label];
      const scope = this.#metrics.scope("server", ...names);
      this.#books = {
        label: names.join("/"),
        stats: new RequestStats(scope),
        connections: scope.gauge("connections", () => this.#connections.size),
        connects: scope.counter("connects"),
      };
    }
    return this.#books;
  }

  readonly #onConnection = (socket: Socket): void => {
    this.#books?.connects.add();
    this.#connections.opened(socket);
  };

  readonly #onRequest = (req: IncomingMessage, res: ServerResponse): void => {
    const connection = this.#connections.of(req.socket);
    if (connection.inFlight >= this.router.limits.pipelinedRequests) {
      req.socket.destroy();
      return;
    }
    const exchange = new Exchange(this, req, res);
    connection.add(exchange);
    exchange.start();
  };

  readonly #onConnect = (_req: IncomingMessage, socket: Duplex): void => {
    // Written now, the answer would be taken for that to a request before it.
    if (this.#connections.of(socket as Socket).inFlight > 0) socket.destroy();
    else answerRaw(socket, 501, "CONNECT is not supported");
  };

  readonly #onClientError = (error: Error, socket: Duplex): void => {
    const connection = this.#connections.of(socket as Socket);
    connection.broken(socket, () => {
      const { status, text } = parseErrorAnswer(error);
      answerRaw(socket, status, text);
    });
  };
}
