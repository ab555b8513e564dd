import { type Logger, messageOf } from "@namerkit/core";
import type { TraceContext } from "../telemetry/trace-context.js";

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
  /** Why there was no whole answer of an endpoint. */
  readonly error: string | undefined;
}

/** Is told of every request of a router, once, when it is over. */
export interface RequestObserver {
  finished(request: FinishedRequest): void;
}

/** An observer that throws costs neither the request nor the others anything. */
export function tellObservers(observers: readonly RequestObserver[], request: FinishedRequest, log: Logger): void {
  for (const observer of observers) {
    try {
      observer.finished(request);
    } catch (thrown) {
      log.error({ err: thrown }, `an observer of requests failed: ${messageOf(thrown)}`);
    }
  }
}
