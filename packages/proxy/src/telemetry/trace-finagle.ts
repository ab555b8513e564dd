import type { TraceContext } from "@namerkit/core";
import type { HeaderOf, ReceivedTrace, TraceHeaders } from "./trace-context.js";

const name = "l5d-ctx-trace";
/** Base64 of 32 or of 40 bytes. */
const shape = /^(?:[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{54}==)$/;

const samplingKnown = 2;
const sampledFlag = 4;

/**
 * Finagle's context: span id, parent id, trace id and flags of 8 bytes each, big-endian, and where a trace id has 16 bytes, the
 * first 8 of them at the end. Bits of the flags: 1 debug (sampled, always), 2 sampling is decided, 4 sampled.
 */
export const finagle: TraceHeaders = { names: [name], idDigits: 16, read, write };

const nothing: ReceivedTrace = { context: undefined, sampled: undefined, shared: false };

function read(header: HeaderOf): ReceivedTrace {
  const value = header(name);
  if (value === undefined || !shape.test(value)) return nothing;
  const hex = Buffer.from(value, "base64").toString("hex");
  const bits = Number.parseInt(hex.slice(56, 64), 16);
  const decided = (bits & samplingKnown) !== 0 ? (bits & sampledFlag) !== 0 : undefined;
  const sampled = (bits & 1) !== 0 ? true : decided;
  const context = {
    traceId: hex.slice(64) + hex.slice(32, 48),
    spanId: hex.slice(0, 16),
    parentId: hex.slice(16, 32),
    sampled,
    flags: (bits & ~(samplingKnown | sampledFlag)) >>> 0,
    state: undefined,
  };
  return { context, sampled, shared: true };
}

function write({ traceId, spanId, parentId, sampled, flags }: TraceContext): string[] {
  const decided = sampled === undefined ? 0 : sampled ? samplingKnown | sampledFlag : samplingKnown;
  const bits = ((flags | decided) >>> 0).toString(16).padStart(16, "0");
  const hex =
    traceId.length === 16
      ? spanId + parentId + traceId + bits
      : spanId + parentId + traceId.slice(16) + bits + traceId.slice(0, 16);
  return [name, Buffer.from(hex, "hex").toString("base64")];
}
