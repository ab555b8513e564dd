import type { TraceContext } from "../telemetry/trace-context.js";
import type { ProxiedHead } from "./request-head.js";

/** Where a request stands in a trace: further on in that of the client, or at the beginning of one of its own. */
export function traceOf(head: ProxiedHead | undefined, random: () => number): TraceContext {
  const id = head?.reqid ?? hex32(random) + hex32(random);
  return { traceId: id, spanId: id, parentId: id, sampled: undefined, flags: 0 };
}

/** What the endpoint is told of it: flat names and values. */
export function traceHeaders(trace: TraceContext): string[] {
  return ["l5d-reqid", trace.traceId];
}

function hex32(random: () => number): string {
  return Math.floor(random() * 0x1_0000_0000)
    .toString(16)
    .padStart(8, "0");
}
