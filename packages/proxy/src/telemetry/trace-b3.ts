import type { TraceContext } from "@namerkit/core";
import type { HeaderOf, ReceivedTrace, TraceHeaders } from "./trace-context.js";
import { zeroId } from "./trace-ids.js";

const idShape = /^[0-9a-fA-F]{16}$/;
const traceIdShape = /^(?:[0-9a-fA-F]{16}){1,2}$/;

/**
 * Zipkin's headers (github.com/openzipkin/b3-propagation): x-b3-traceid and its like, or all of it in `b3`, which is believed where
 * both are there. Both are written, as an endpoint may know either; but not a parent without a decision, for which `b3` has no place.
 */
export const b3: TraceHeaders = {
  names: ["b3", "x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid", "x-b3-sampled", "x-b3-flags"],
  idDigits: 16,
  read: (header) => single(header("b3")) ?? several(header),
  write,
};

interface Parts {
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  readonly parentId: string | undefined;
  readonly sampled: boolean | undefined;
  readonly debug: boolean;
}

function several(header: HeaderOf): ReceivedTrace {
  const traceId = header("x-b3-traceid");
  const debug = header("x-b3-flags") === "1";
  const sampled = debug ? true : decision(header("x-b3-sampled"));
  const ids =
    traceId === undefined ? undefined : { spanId: header("x-b3-spanid"), parentId: header("x-b3-parentspanid") };
  return received({ traceId, spanId: ids?.spanId, parentId: ids?.parentId, sampled, debug });
}

/** Undefined where it is no B3 at all. */
function single(value: string | undefined): ReceivedTrace | undefined {
  if (value === undefined || value.length > 128) return undefined;
  const parts = value.split("-");
  if (parts.length > 4) return undefined;
  const [first, spanId, flag, parentId] = parts;
  const lone = parts.length === 1 ? first : flag;
  const debug = lone === "d";
  const sampled = debug ? true : decision(lone);
  if (parts.length === 1) {
    if (sampled === undefined) return undefined;
    return received({ traceId: undefined, spanId: undefined, parentId: undefined, sampled, debug });
  }
  const read = received({ traceId: first, spanId, parentId, sampled, debug });
  return read.context === undefined ? undefined : read;
}

function received({ traceId, spanId, parentId, sampled, debug }: Parts): ReceivedTrace {
  const ids = traceId !== undefined && spanId !== undefined && traceIdShape.test(traceId) && idShape.test(spanId);
  if (!ids || /^0+$/.test(traceId) || spanId === zeroId) return { context: undefined, sampled, shared: false };
  const parent = parentId !== undefined && idShape.test(parentId) && parentId !== zeroId ? parentId : spanId;
  const context = {
    traceId: traceId.toLowerCase(),
    spanId: spanId.toLowerCase(),
    parentId: parent.toLowerCase(),
    sampled,
    flags: debug ? 1 : 0,
    state: undefined,
  };
  return { context, sampled, shared: true };
}

/** Old clients write true and false. */
function decision(text: string | undefined): boolean | undefined {
  if (text === "1" || text === "true") return true;
  if (text === "0" || text === "false") return false;
  return undefined;
}

function write({ traceId, spanId, parentId, sampled, flags }: TraceContext): string[] {
  const debug = (flags & 1) !== 0;
  const headers = ["x-b3-traceid", traceId, "x-b3-spanid", spanId];
  const child = parentId !== spanId;
  if (child) headers.push("x-b3-parentspanid", parentId);
  // Debug says that it is sampled, too.
  if (debug) headers.push("x-b3-flags", "1");
  else if (sampled !== undefined) headers.push("x-b3-sampled", sampled ? "1" : "0");
  const flag = debug ? "d" : sampled === undefined ? undefined : sampled ? "1" : "0";
  // In one header, a parent has its place behind the flag only.
  if (flag !== undefined) headers.push("b3", [traceId, spanId, flag, ...(child ? [parentId] : [])].join("-"));
  else if (!child) headers.push("b3", `${traceId}-${spanId}`);
  return headers;
}
