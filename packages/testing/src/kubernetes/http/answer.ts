/** A request as it came in. */
export interface KubernetesRequest {
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly target: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Where a watch writes. */
export interface WatchSink {
  write(text: string): void;
  end(): void;
  reset(): void;
}

interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}
/** Begins when it is given where to write; `close` ends it when the client is gone. */
export type WatchAnswer = Head & { readonly watch: (sink: WatchSink) => { close(): void } };
export type WholeAnswer = Head & { readonly body: string };
export type KubernetesAnswer = WholeAnswer | WatchAnswer;

export interface StatusFields {
  readonly code: number;
  readonly message: string;
  readonly reason?: string;
  readonly details?: object;
  readonly metadata?: object;
}

/** As every error that comes from the API server itself. */
export function statusObject({ code, message, reason, details, metadata = {} }: StatusFields): object {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata,
    status: "Failure",
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  };
}

export function statusAnswer(fields: StatusFields, headers: Readonly<Record<string, string>> = {}): WholeAnswer {
  return jsonAnswer(fields.code, statusObject(fields), headers);
}

export function jsonAnswer(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): WholeAnswer {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: `${JSON.stringify(value)}\n`,
  };
}

export function textAnswer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): WholeAnswer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers }, body };
}
