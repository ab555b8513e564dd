/** What an admin page answers. */
export interface AdminAnswer {
  readonly status: number;
  /** The Content-Type. */
  readonly type: string;
  /** A text, or pieces of one that are asked for as the client takes them. */
  readonly body: string | AsyncIterable<string>;
  readonly headers?: readonly (readonly [string, string])[];
}

/** What an admin page is asked. */
export interface AdminRequest {
  readonly method: string;
  /** Without the query; percent-escapes resolved where they are valid. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The Host header. */
  readonly host: string | undefined;
  readonly contentType: string | undefined;
  /** The body as text; empty for GET. */
  readonly body: string;
  /** Aborts when the client goes away or the time for any admin answer is over. */
  readonly signal: AbortSignal;
}

export interface AdminPage {
  /** A whole path, or the beginning of one where `prefix` is true. */
  readonly path: string;
  readonly prefix?: boolean;
  readonly methods: readonly string[];
  /** One line for the index. */
  readonly about: string;
  handle(request: AdminRequest): AdminAnswer | Promise<AdminAnswer>;
}

export function text(status: number, body: string): AdminAnswer {
  return { status, type: "text/plain; charset=utf-8", body };
}

export function json(status: number, value: unknown, pretty = false): AdminAnswer {
  return { status, type: "application/json", body: JSON.stringify(value, undefined, pretty ? 2 : undefined) };
}

export function jsonError(status: number, code: string, error: string): AdminAnswer {
  return json(status, { error, code });
}
