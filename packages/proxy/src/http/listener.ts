import { createServer, type Server } from "node:http";
import { createServer as createSecureServer, type ServerOptions } from "node:https";
import type { ServerPlan } from "@namerkit/config";
import type { HttpLimits } from "./limits.js";

/** A node server, and how its connections show. */
export interface Listener {
  readonly server: Server;
  /** Comes with each socket that requests are read from, and makes the server read requests from one when it is emitted. */
  readonly accepts: "connection" | "secureConnection";
}

/**
 * The node server behind a server of the plan, not listening yet. Whatever protects the process from slow and oversized clients
 * before there is a request is set here.
 */
export function createListener(plan: ServerPlan, limits: HttpLimits, tls?: ServerOptions): Listener {
  const { noDelay = true, keepAlive = true } = plan.socketOptions ?? {};
  const options = {
    insecureHTTPParser: false,
    // An HTTP/1.1 request without Host is for the identifiers to judge, as in Linkerd.
    requireHostHeader: false,
    maxHeaderSize: headBytes(limits),
    headersTimeout: limits.clientHeadMs,
    // Bodies are timed by silence, not as a whole: see HttpLimits.
    requestTimeout: 0,
    keepAliveTimeout: idleMs(plan, limits),
    connectionsCheckingInterval: Math.max(50, Math.min(1_000, limits.clientHeadMs / 4)),
    noDelay,
    keepAlive,
    keepAliveInitialDelay: 60_000,
  };
  const server =
    tls === undefined
      ? createServer(options)
      : createSecureServer({ ...options, ...tls, handshakeTimeout: limits.clientHeadMs });
  // By default node drops what exceeds 2,000 headers, silently; the size limit bounds them.
  server.maxHeadersCount = 0;
  server.timeout = 0;
  return { server, accepts: tls === undefined ? "connection" : "secureConnection" };
}

/** Gives a server in use the settings of another plan: the size of heads for new connections, the idle time for all of them. */
export function adjustListener(server: Server, plan: ServerPlan, limits: HttpLimits): void {
  server.keepAliveTimeout = idleMs(plan, limits);
  // Node's own option of this name; it is looked at for each new connection.
  Object.assign(server, { maxHeaderSize: headBytes(limits) });
}

/** node counts them together; the head is measured apart once it is there. */
function headBytes(limits: HttpLimits): number {
  return limits.requestLineBytes + limits.requestHeadBytes;
}

function idleMs(plan: ServerPlan, limits: HttpLimits): number {
  return plan.serverSession?.idleTimeMs ?? limits.clientIdleMs;
}
