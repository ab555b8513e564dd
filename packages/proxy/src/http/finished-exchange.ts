import type { IncomingMessage } from "node:http";
import type { FinishedRequest, ServerTrace, TraceContext } from "@namerkit/core";
import type { ServerRuntime } from "../router/runtime.js";
import { hostPort } from "../upstream/connect.js";
import type { Selected } from "./failures.js";
import type { ProxiedHead } from "./request-head.js";

/** Where a request went. */
export interface Course {
  readonly server: ServerRuntime;
  readonly req: IncomingMessage;
  /** Undefined if the head could not be read. */
  readonly head: ProxiedHead | undefined;
  readonly lease: Selected | undefined;
  readonly retries: number;
  readonly trace: TraceContext;
  readonly serverTrace: ServerTrace;
  /** Of the last attempt, if there was one. */
  readonly attemptMs: number | undefined;
}

/** What an exchange knows at its end; the rest is worked out when somebody asks. */
export interface Ended extends Course {
  readonly durationMs: number;
  readonly status: number;
  readonly bytes: number;
  readonly error: string | undefined;
}

/** An exchange as observers see it. */
export class FinishedExchange implements FinishedRequest {
  readonly durationMs: number;
  readonly status: number;
  readonly bytes: number;
  readonly retries: number;
  readonly trace: TraceContext;
  readonly serverTrace: ServerTrace;
  readonly attemptMs: number | undefined;
  readonly error: string | undefined;
  readonly #ended: Ended;
  readonly #endedAt: number;

  constructor(ended: Ended) {
    this.#ended = ended;
    this.#endedAt = ended.server.router.clock.wall();
    this.durationMs = ended.durationMs;
    this.status = ended.status;
    this.bytes = ended.bytes;
    this.retries = ended.retries;
    this.trace = ended.trace;
    this.serverTrace = ended.serverTrace;
    this.attemptMs = ended.attemptMs;
    this.error = ended.error;
  }

  get router(): string {
    return this.#ended.server.router.label;
  }
  get server(): string {
    return this.#ended.server.label;
  }
  get method(): string {
    return this.#ended.req.method ?? "";
  }
  get target(): string {
    return this.#ended.req.url ?? "";
  }
  get version(): string {
    return this.#ended.req.httpVersion;
  }
  get authority(): string | undefined {
    const { head, req } = this.#ended;
    return head === undefined ? req.headers.host : head.authority;
  }
  header(name: string): string | undefined {
    return headerOf(this.rawHeaders, name);
  }
  /** Flat names and values. */
  get rawHeaders(): readonly string[] {
    return this.#ended.req.rawHeaders;
  }
  get remote(): string {
    const { remoteAddress, remotePort } = this.#ended.req.socket;
    return hostPort(remoteAddress ?? "unknown", remotePort ?? 0);
  }
  get startedAt(): number {
    return this.#endedAt - this.durationMs;
  }
  get service(): string | undefined {
    return this.#ended.lease?.service.show();
  }
  get client(): string | undefined {
    return this.#ended.lease?.id.show();
  }
  get address(): string | undefined {
    const address = this.#ended.lease?.address;
    return address === undefined ? undefined : hostPort(address.ip, address.port);
  }
}

/** The first of this name, in any case, in a flat list of names and values. */
export function headerOf(rawHeaders: readonly string[], name: string): string | undefined {
  const wanted = name.toLowerCase();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() === wanted) return rawHeaders[i + 1];
  }
  return undefined;
}
