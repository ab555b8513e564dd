import type { TraceContext } from "@namerkit/core";

import { b3 } from "./trace-b3.js";
import { finagle } from "./trace-finagle.js";
import { randomId } from "./trace-ids.js";
import { w3c } from "./trace-w3c.js";

/** A header of a request by its name in lower case. */
export type HeaderOf = (name: string) => string | undefined;

/** What a request says of its trace. */
export interface ReceivedTrace {
  /** Undefined: there is none, or none that can be read. */
  readonly context: TraceContext | undefined;
  /** Undefined: nobody has decided yet. */
  readonly sampled: boolean | undefined;
  /** The server's half of the span goes by the id that the client has given it. */
  readonly shared: boolean;
}

/** One way of carrying the context of a trace in headers. */
export interface TraceHeaders {
  /** The headers in lower case: never passed on, as each hop says them anew. */
  readonly names: readonly string[];
  /** How many hex digits the id of a trace has that begins here. */
  readonly idDigits: 16 | 32;
  /** Never throws: what cannot be read counts as absent. */
  read(header: HeaderOf): ReceivedTrace;
  /** Names and values, flat. */
  write(context: TraceContext): string[];
}

/** `default`: l5d-ctx-trace, as Finagle writes it. `zipkin`: B3, of several headers or of one. `w3c`: traceparent and tracestate. */
export type TraceKind = "default" | "zipkin" | "w3c";

export const traceHeaders: Readonly<Record<TraceKind, TraceHeaders>> = { default: finagle, zipkin: b3, w3c };

export function readTrace(header: HeaderOf, kind: TraceKind): ReceivedTrace {
  return traceHeaders[kind].read(header);
}

export function writeTrace(context: TraceContext, kind: TraceKind): string[] {
  return traceHeaders[kind].write(context);
}

/** The next span of the same trace, as for one more hop. */
export function childOf(context: TraceContext, random: () => number): TraceContext {
  const { traceId, spanId: parentId, sampled, flags, state } = context;
  return { traceId, spanId: randomId(random), parentId, sampled, flags, state };
}

/** The id of the first span of a trace: that of the trace, where it fits. */
export function rootSpan(traceId: string, random: () => number): string {
  return traceId.length === 16 ? traceId : randomId(random);
}

/** The first span of a trace of its own. */
export function rootTrace(
  traceId: string,
  random: () => number,
  { sampled = undefined, flags = 0 }: { sampled?: boolean | undefined; flags?: number } = {},
): TraceContext {
  const spanId = rootSpan(traceId, random);
  return { traceId, spanId, parentId: spanId, sampled, flags, state: undefined };
}
