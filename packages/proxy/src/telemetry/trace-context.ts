/** Where a request stands in a trace. Ids are hex. */
export interface TraceContext {
  /** 16 or 32 digits. */
  readonly traceId: string;
  /** 16 digits. */
  readonly spanId: string;
  /** 16 digits; the span's own id at the root. */
  readonly parentId: string;
  /** Undefined: nobody has decided yet. */
  readonly sampled: boolean | undefined;
  /** Finagle's flags, as in l5d-ctx-trace. */
  readonly flags: number;
}
