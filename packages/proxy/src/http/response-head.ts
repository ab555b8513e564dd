import { NamerError } from "@namerkit/core";
import { type HeaderNames, nominated, via, withoutNominated } from "./header-names.js";

/** A response head after the rules of the proxy. */
export interface ProxiedResponseHead {
  /** Flat names and values for `writeHead`. */
  readonly headers: string[];
  /** Bytes the client is told to expect; undefined when the body is chunked or ends with the connection. */
  readonly length: number | undefined;
}

/**
 * What goes on to the client of an endpoint's head: no hop-by-hop headers, Via and l5d-success-class added, and
 * at most one way of framing (node adds Transfer-Encoding where there is no Content-Length).
 * Throws PROXY_UPSTREAM_FAILED if the body cannot be passed on as what it is.
 */
export function responseHead(
  raw: readonly (Buffer | string)[],
  status: number,
  names: HeaderNames,
  options: { readonly clearContext: boolean; readonly close: boolean },
): ProxiedResponseHead {
  let headers: string[] = [];
  let length: number | undefined;
  let passed: string | undefined;
  let connection: string | undefined;
  let encoding: string | undefined;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = text(raw[i] as Buffer | string);
    const rule = names.rule(name);
    if (rule === "drop") continue;
    const value = text(raw[i + 1] as Buffer | string);
    switch (rule) {
      case "connection":
        connection = connection === undefined ? value : `${connection}, ${value}`;
        break;
      case "via":
        passed = passed === undefined ? value : `${passed}, ${value}`;
        break;
      case "content-length":
        length = Number(value);
        if (!Number.isSafeInteger(length)) throw failed("its Content-Length is no length");
        // A 204 must not carry one (RFC 9110, 8.6).
        if (status !== 204) headers.push(name, value);
        break;
      case "transfer-encoding":
        encoding = encoding === undefined ? value : `${encoding}, ${value}`;
        break;
      default:
        if (options.clearContext && /^l5d-/i.test(name)) break;
        headers.push(name, value);
    }
  }
  // Chunks are undone by undici; any other coding would reach the client unannounced (RFC 9112, 6.1).
  if (encoding !== undefined && encoding.trim().toLowerCase() !== "chunked") {
    throw failed("its Transfer-Encoding is not chunked");
  }
  const hops = connection === undefined ? undefined : nominated(connection);
  if (hops !== undefined) headers = withoutNominated(headers, hops);
  headers.push("Via", via(passed, "1.1"));
  if (!options.clearContext) headers.push("l5d-success-class", status < 500 ? "1.0" : "0.0");
  if (options.close) headers.push("Connection", "close");
  return { headers, length };
}

function failed(why: string): NamerError {
  return new NamerError("PROXY_UPSTREAM_FAILED", why);
}

function text(raw: Buffer | string): string {
  return typeof raw === "string" ? raw : raw.toString("latin1");
}
