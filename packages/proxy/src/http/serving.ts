import type { Socket } from "node:net";
import type { ServerPlan, SocketOptionsPlan } from "@namerkit/config";
import { type Closable, type Metrics, NamerError } from "@namerkit/core";
import type { RouterRuntime, ServerRuntime } from "../router/runtime.js";
import { RequestStats } from "../router/stats.js";
import { ConnectionStats } from "../upstream/connection-stats.js";
import { Forwarded } from "./forwarded.js";
import type { HttpLimits } from "./limits.js";

/** The statistics of a port, under the name of one server. */
interface ServerBooks extends Closable {
  readonly router: string;
  readonly label: string;
  readonly stats: RequestStats;
  readonly connections: ConnectionStats;
  readonly handshakeFailures: { add(): void };
}

/**
 * What requests go by on a port: the server's settings and its router. A request takes it when it begins and keeps it; a reload gives
 * the port another one, for the requests that come after.
 */
export class Serving implements ServerRuntime {
  readonly plan: ServerPlan;
  readonly router: RouterRuntime;
  readonly clearContext: boolean;
  readonly maxCallDepth: number;
  readonly timeoutMs: number | undefined;
  readonly limits: HttpLimits;
  readonly forwarded: Forwarded | undefined;
  readonly timestampHeader: string | undefined;
  /** `rt/<label>`. */
  readonly metrics: Metrics;
  readonly #closes: (socket: Socket) => boolean;
  #books: ServerBooks | undefined;

  /** `closes`: whether the answer that is being sent is the last on its connection. */
  constructor(plan: ServerPlan, router: RouterRuntime, metrics: Metrics, closes: (socket: Socket) => boolean) {
    this.plan = plan;
    this.router = router;
    this.metrics = metrics;
    this.clearContext = plan.clearContext;
    this.maxCallDepth = plan.maxCallDepth;
    this.timeoutMs = plan.timeoutMs;
    this.limits = serverLimits(router.limits, plan.socketOptions);
    this.timestampHeader = plan.timestampHeader;
    const { addForwardedHeader: forwarded } = plan;
    this.forwarded = forwarded === undefined ? undefined : new Forwarded(forwarded, router.label, router.random);
    this.#closes = closes;
  }

  /** The port that was found free names the statistics, where the plan leaves that open. Those of `before` go on if they have the same name. */
  open(port: number, before?: Serving): void {
    const { label, ip } = this.plan;
    const name = label ?? `${ip}/${port}`;
    // Also where they are taken over: this is who they belong to from now on.
    const scope = this.metrics.scope("server", name);
    const known = before === undefined ? undefined : before.#books;
    if (known?.label === name && known.router === this.router.label) this.#books = known;
    else {
      known?.close();
      this.#books = newBooks(this.router.label, name, scope);
    }
  }

  /** Only once the port is open. */
  get stats(): RequestStats {
    return this.books.stats;
  }

  get label(): string {
    return this.books.label;
  }

  get books(): ServerBooks {
    if (this.#books === undefined) throw new TypeError("the port is not open yet");
    return this.#books;
  }

  get opened(): boolean {
    return this.#books !== undefined;
  }

  admit(): void {
    const max = this.plan.maxConcurrentRequests;
    if (max === undefined || this.stats.pending <= max) return;
    throw new NamerError("PROXY_OVERLOADED", `the server handles ${max} requests already`);
  }

  closes(socket: Socket): boolean {
    return this.#closes(socket);
  }

  close(): void {
    this.#books?.close();
  }

  /** As if it had never been there: the port is not one of the configuration any more. */
  forget(): void {
    if (this.#books !== undefined) this.metrics.scope("server", this.#books.label).remove();
  }
}

function newBooks(router: string, label: string, scope: Metrics): ServerBooks {
  const stats = new RequestStats(scope);
  const connections = new ConnectionStats(scope);
  const close = () => {
    connections.close();
    stats.close();
  };
  const handshakeFailures = scope.counter("handshake_failures");
  return { router, label, stats, connections, handshakeFailures, close, [Symbol.dispose]: close };
}

function serverLimits(limits: HttpLimits, socketOptions: SocketOptionsPlan = {}): HttpLimits {
  const { readTimeoutMs = Number.POSITIVE_INFINITY, writeTimeoutMs = Number.POSITIVE_INFINITY } = socketOptions;
  return {
    ...limits,
    uploadIdleMs: Math.min(limits.uploadIdleMs, readTimeoutMs),
    readerStallMs: Math.min(limits.readerStallMs, writeTimeoutMs),
  };
}
