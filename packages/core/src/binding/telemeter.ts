import type { PluginEnv } from "../source/env.js";
import type { Series } from "../source/metrics.js";
import type { PluginPage } from "./page.js";

/** Where a request stands in a trace. Ids are hex, in lower case. */
export interface TraceContext {
  /** 16 or 32 digits. */
  readonly traceId: string;
  /** 16 digits. */
  readonly spanId: string;
  /** 16 digits; the span's own id at the root. */
  readonly parentId: string;
  /** Undefined: nobody has decided yet. */
  readonly sampled: boolean | undefined;
  /** Finagle's flags, as in l5d-ctx-trace: 1 is debug; whether it is sampled is told by `sampled`. */
  readonly flags: number;
  /** W3C tracestate of the context that this one comes from, to be passed on as it is. */
  readonly state?: string | undefined;
}

/** The span of a server. */
export interface ServerTrace extends TraceContext {
  /** The client has begun the span, as in Finagle and in B3, and reports a half of it. */
  readonly shared: boolean;
}

/** One request, when it is over. Getters compute lazily: nothing is built when nobody observes. */
export interface FinishedRequest {
  /** The router's label. */
  readonly router: string;
  /** The server as metrics name it: its label, or ip/port. */
  readonly server: string;
  readonly method: string;
  /** As it stood in the request line. */
  readonly target: string;
  /** Such as "1.1". */
  readonly version: string;
  /** Of an absolute-form target, or Host. */
  readonly authority: string | undefined;
  /** A header as the client sent it, by its name in any case; the first if there are several. */
  header(name: string): string | undefined;
  /** The client's ip:port, IPv6 in brackets. */
  readonly remote: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** As the client saw it; 0: the connection was cut without a head. */
  readonly status: number;
  /** Of the answer's body, before chunking. */
  readonly bytes: number;
  /** The service path, such as /svc/web; undefined if the request never got so far. */
  readonly service: string | undefined;
  /** The bound id that the last attempt went to. */
  readonly client: string | undefined;
  /** The endpoint of the last attempt, ip:port. */
  readonly address: string | undefined;
  /** Attempts beyond the first that a response classifier allowed. */
  readonly retries: number;
  /** What the endpoint was told of the trace; where it was told nothing, what would have been. */
  readonly trace: TraceContext;
  /** What the trace was when the request came in: the parent of `trace`. */
  readonly serverTrace: ServerTrace;
  /** How long the last attempt took, in milliseconds; undefined if there was none. */
  readonly attemptMs: number | undefined;
  /** Why there was no whole answer of an endpoint. */
  readonly error: string | undefined;
}

/** Is told of every request of a router, once, when it is over. Has to be quick, and to read what it wants before it returns. */
export interface RequestObserver {
  finished(request: FinishedRequest): void;
}

/** Is told of the requests that are sampled. */
export interface RequestTracer extends RequestObserver {
  /** The share, from 0 to 1, of those traces that begin here, or that nobody has decided about. */
  readonly sampleRate: number;
}

/** Tells the world outside of metrics, of requests, or of traces: whichever of these it brings. */
export interface Telemeter {
  readonly pages?: readonly PluginPage[];
  readonly observer?: RequestObserver;
  readonly tracer?: RequestTracer;
  /** Sends what is still waiting to be sent; gives up when the signal aborts. Never rejects. */
  drain?(signal: AbortSignal): Promise<void>;
  close(): void;
}

export interface TelemeterEnv extends PluginEnv {
  /** Everything that is counted in this process. */
  readonly registry: { series(): Iterable<Series> };
}
