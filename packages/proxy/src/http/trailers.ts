import type { RawHeaders } from "./attempt.js";

/** What a trailer must not say: framing, routing, who is asking, and how the message is to be read (RFC 9110, 6.5.1). */
const forbidden: ReadonlySet<string> = new Set([
  ...["connection", "content-length", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "via"],
  ...[
    "cache-control",
    "expect",
    "max-forwards",
    "pragma",
    "range",
    "age",
    "date",
    "expires",
    "location",
    "retry-after",
  ],
  ...["authorization", "cookie", "set-cookie", "www-authenticate", "forwarded", "vary", "warning"],
  ...["content-encoding", "content-range", "content-type"],
]);
const unsafe = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * The trailers that may be passed on, as pairs, whether announced or not; undefined if there are none. They stay trailers: nothing
 * of them is ever merged into the headers. What the proxies say to each other (`l5d-`) belongs in headers.
 */
export function relayedTrailers(raw: RawHeaders): [string, string][] | undefined {
  let kept: [string, string][] | undefined;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = text(raw[i] as Buffer | string);
    const lower = name.toLowerCase();
    if (
      forbidden.has(lower) ||
      /^(?:proxy-|x-forwarded-|l5d-)/.test(lower) ||
      !/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(lower)
    )
      continue;
    const value = text(raw[i + 1] as Buffer | string);
    if (unsafe.test(value)) continue;
    kept ??= [];
    kept.push([name, value]);
  }
  return kept;
}

function text(raw: Buffer | string): string {
  return typeof raw === "string" ? raw : raw.toString("latin1");
}
