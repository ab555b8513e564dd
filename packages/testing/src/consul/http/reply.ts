import { gzipSync } from "node:zlib";

export interface Reply {
  readonly status: number;
  /** As they are written on the wire. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What becomes of a request: an answer, or a connection that breaks without one. */
export type Outcome = Reply | "reset";

/** Longer bodies are sent in chunks, shorter ones with their length. */
const CHUNKED_ABOVE = 2_048;
const TEXT = "text/plain; charset=utf-8";
const VARY = { Vary: "Accept-Encoding" };

/** On every error of a query: headers that tell nothing, an index among them that must not be used. */
export const misleading = {
  "X-Consul-Index": "1",
  "X-Consul-Knownleader": "false",
  "X-Consul-Lastcontact": "0",
} as const;

export function reply(status: number, body: string | Uint8Array, headers: Readonly<Record<string, string>>): Reply {
  return { status, headers: { ...headers, ...VARY }, body: typeof body === "string" ? Buffer.from(body) : body };
}

/** An error in Consul's words, without a newline. */
export function textReply(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return reply(status, text, { ...headers, "Content-Type": TEXT });
}

/** The only answers that say nothing of encodings: they come from Go's own multiplexer. */
export function bareReply(status: number, body = "", headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers, body: Buffer.from(body) };
}

/** As it is sent to a client that accepts these encodings. */
export function encoded(one: Reply, acceptEncoding: string): Reply {
  const zip = one.body.length > 0 && one.headers.Vary !== undefined && /\bgzip\b/.test(acceptEncoding);
  const body = zip ? gzipSync(one.body) : one.body;
  const framing = body.length > CHUNKED_ABOVE ? {} : { "Content-Length": String(body.length) };
  return { ...one, body, headers: { ...one.headers, ...(zip ? { "Content-Encoding": "gzip" } : {}), ...framing } };
}
