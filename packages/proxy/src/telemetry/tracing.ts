import type { ServerTrace, TraceContext } from "@namerkit/core";
import { childOf, type HeaderOf, rootSpan, type TraceKind, traceHeaders } from "./trace-context.js";
import { lowHalf, randomId, sampledAt } from "./trace-ids.js";

export interface TracingOptions {
  readonly kind: TraceKind;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** The share of those traces that nobody has decided about, from 0 to 1; undefined: leave them undecided. */
  readonly sampleRate?: number | undefined;
}

/** Which trace each request of a router belongs to. */
export class Tracing {
  readonly #options: TracingOptions;
  readonly #headers;

  constructor(options: TracingOptions) {
    this.#options = options;
    this.#headers = traceHeaders[options.kind];
  }

  /** Request headers that carry the context: consumed here. */
  get consumed(): readonly string[] {
    return this.#headers.names;
  }

  /**
   * The server's span of a request. `header` is undefined where nothing that the client says is believed; `reqid` is the id of a
   * request whose trace is not told otherwise, 16 hex digits.
   */
  begin(header: HeaderOf | undefined, reqid: string | undefined): ServerTrace {
    const { random } = this.#options;
    const received = header === undefined ? undefined : this.#headers.read(header);
    const known = received?.context;
    const traceId = known?.traceId ?? this.#newId(reqid);
    const sampled = received?.sampled ?? this.#decide(header, traceId);
    const shared = received?.shared === true;
    const spanId = known === undefined ? rootSpan(traceId, random) : shared ? known.spanId : randomId(random);
    const parentId = known === undefined ? spanId : shared ? known.parentId : known.spanId;
    // Written out, as every request has one: spreading takes several times as long.
    return { traceId, spanId, parentId, sampled, flags: known?.flags ?? 0, state: known?.state, shared };
  }

  /** The span of an attempt. */
  child(server: TraceContext): TraceContext {
    return childOf(server, this.#options.random);
  }

  /** What an endpoint is told: flat names and values. */
  write(trace: TraceContext): string[] {
    const headers = this.#headers.write(trace);
    headers.push("l5d-reqid", lowHalf(trace.traceId));
    return headers;
  }

  #newId(reqid: string | undefined): string {
    const { random } = this.#options;
    const low = reqid ?? randomId(random);
    return this.#headers.idDigits === 16 ? low : randomId(random) + low;
  }

  #decide(header: HeaderOf | undefined, traceId: string): boolean | undefined {
    const rate = asked(header?.("l5d-sample")) ?? this.#options.sampleRate;
    return rate === undefined ? undefined : sampledAt(rate, traceId);
  }
}

/** The share that a client asks for: clamped, and without what is no number. */
function asked(text: string | undefined): number | undefined {
  if (text === undefined || !/^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?\s*$/.test(text)) return undefined;
  return Math.min(1, Math.max(0, Number(text)));
}
