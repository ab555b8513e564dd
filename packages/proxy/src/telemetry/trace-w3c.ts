import type { TraceContext } from "@namerkit/core";
import type { HeaderOf, ReceivedTrace, TraceHeaders } from "./trace-context.js";
import { zeroId } from "./trace-ids.js";

/** Of a later version than 00 more may follow. */
const shape = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * www.w3.org/TR/trace-context: the client's span is the parent of the server's, and whether it is sampled is always decided.
 * tracestate is passed on as it is: we have nothing to say in it.
 */
export const w3c: TraceHeaders = { names: ["traceparent", "tracestate"], idDigits: 32, read, write };

const nothing: ReceivedTrace = { context: undefined, sampled: undefined, shared: false };

function read(header: HeaderOf): ReceivedTrace {
  const value = header("traceparent");
  const found = value === undefined || value.length > 1_024 ? null : shape.exec(value);
  if (found === null) return nothing;
  const [, version, traceId, spanId, bits, more] = found as unknown as [
    string,
    string,
    string,
    string,
    string,
    string?,
  ];
  if (version === "ff" || (version === "00" && more !== undefined)) return nothing;
  if (spanId === zeroId || /^0+$/.test(traceId)) return nothing;
  const sampled = (Number.parseInt(bits, 16) & 1) === 1;
  const state = header("tracestate");
  return { context: { traceId, spanId, parentId: spanId, sampled, flags: 0, state }, sampled, shared: false };
}

function write({ traceId, spanId, sampled, state }: TraceContext): string[] {
  const headers = ["traceparent", `00-${traceId.padStart(32, "0")}-${spanId}-${sampled === true ? "01" : "00"}`];
  if (state !== undefined) headers.push("tracestate", state);
  return headers;
}
