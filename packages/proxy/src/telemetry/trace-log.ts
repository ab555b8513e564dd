import { defineTelemeter, type Logger, type TelemeterPlugin } from "@namerkit/core";
import { choiceField, optionsJsonSchema, optionsSchema, shareField } from "../identify/options-schema.js";
import { withoutQuery } from "./target.js";
import { sampledAt } from "./trace-ids.js";

const levels = {
  ALL: "trace",
  TRACE: "trace",
  DEBUG: "debug",
  INFO: "info",
  WARNING: "warn",
  ERROR: "error",
  CRITICAL: "error",
  FATAL: "error",
  OFF: undefined,
} as const satisfies Record<string, keyof Logger | undefined>;

type Level = keyof typeof levels;

interface TraceLogOptions {
  /** The share of traces that is logged, from 0 to 1. */
  readonly sampleRate: number;
  readonly level: Level;
}

const fields = { sampleRate: shareField(1), level: choiceField<Level>("INFO", Object.keys(levels) as Level[]) };

/** `io.l5d.tracelog`: a line in the log for each request. */
export const traceLogTelemeter: TelemeterPlugin<TraceLogOptions> = defineTelemeter<TraceLogOptions>({
  kind: "io.l5d.tracelog",
  config: optionsSchema<TraceLogOptions>(fields),
  jsonSchema: optionsJsonSchema<TraceLogOptions>(fields),
  create({ sampleRate, level }, { log }) {
    const to = levels[level];
    if (to === undefined) return { close() {} };
    return {
      observer: {
        finished(request) {
          const { trace, serverTrace, router, server, method, status, durationMs, retries } = request;
          if (!sampledAt(sampleRate, trace.traceId)) return;
          const path = withoutQuery(request.target);
          const fields = {
            trace: trace.traceId,
            span: trace.spanId,
            parent: serverTrace.spanId,
            router,
            server,
            remote: request.remote,
            method,
            path,
            status,
            ms: Math.round(durationMs * 1_000) / 1_000,
            service: request.service,
            client: request.client,
            address: request.address,
            retries,
            error: request.error,
          };
          log[to](fields, `${method} ${path} ${status === 0 ? "cut" : status}`);
        },
      },
      close() {},
    };
  },
});
