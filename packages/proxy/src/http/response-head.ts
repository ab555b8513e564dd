import { STATUS_CODES } from "node:http";
import { NamerError } from "@namerkit/core";
import type { Compressor, Sink } from "./compressor.js";
import { type HeaderNames, nominated, via, withoutNominated } from "./header-names.js";

/** A response head after the rules of the proxy. */
export interface ProxiedResponseHead {
  /** Flat names and values for `writeHead`. */
  readonly headers: string[];
  /** Bytes the client is told to expect; undefined when the body is chunked or ends with the connection. */
  readonly length: number | undefined;
  /** The body says what the client must not know: none is passed on. */
  readonly blank: boolean;
  /** Makes what the body is to go through, where it is to be compressed; the headers say so already. */
  readonly compress?: (sink: Sink) => Compressor;
}

/** How an answer is passed on. */
export interface ResponseHeadOptions {
  readonly clearContext: boolean;
  /** In the eyes of the response classifier. */
  readonly success: boolean;
  /** The connection ends with the answer. */
  readonly close: boolean;
  /** What the endpoint was told as Host because its metadata says so: in Location and Refresh it becomes `host` again. */
  readonly authority?: unknown;
  readonly host?: string | undefined;
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
  options: ResponseHeadOptions,
): ProxiedResponseHead {
  let headers: string[] = [];
  let length: number | undefined;
  let passed: string | undefined;
  let connection: string | undefined;
  let encoding: string | undefined;
  let blank = false;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = text(raw[i] as Buffer | string);
    const rule = names.rule(name);
    if (rule === "drop" || rule === "upgrade") continue;
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
      case "authority":
        headers.push(name, withHost(value, options.authority, options.host));
        break;
      case "l5d-err":
        if (options.clearContext) blank = true;
        else headers.push(name, value);
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
  if (blank) {
    headers = withoutNominated(headers, aboutTheBody);
    if (status !== 204 && status !== 304) headers.push("Content-Length", "0");
    length = 0;
  }
  headers.push("Via", via(passed, "1.1"));
  if (!options.clearContext) headers.push("l5d-success-class", options.success ? "1.0" : "0.0");
  if (options.close) headers.push("Connection", "close");
  return { headers, length, blank };
}

const aboutTheBody: ReadonlySet<string> = new Set(["content-length", "content-encoding", "content-range", "etag"]);

/** Puts `host` in the place of `authority` in the URL of a Location or a Refresh. */
function withHost(value: string, authority: unknown, host: string | undefined): string {
  if (typeof authority !== "string" || authority === "" || host === undefined || host === "") return value;
  const at = value.toLowerCase().indexOf(`//${authority.toLowerCase()}`);
  if (at === -1) return value;
  const end = at + 2 + authority.length;
  const next = value.charAt(end);
  return next === "" || "/?#;,\"' ".includes(next) ? value.slice(0, at + 2) + host + value.slice(end) : value;
}

/** What of a head that is no final answer is passed on: a flat list. */
function relayed(raw: readonly (Buffer | string)[], names: HeaderNames, clearContext: boolean): string[] {
  const headers: string[] = [];
  let hops: Set<string> | undefined;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = text(raw[i] as Buffer | string);
    const value = text(raw[i + 1] as Buffer | string);
    const rule = names.rule(name);
    if (rule === "connection") hops = new Set([...(hops ?? []), ...(nominated(value) ?? [])]);
    else if ((rule === "forward" || rule === "authority") && !(clearContext && /^l5d-/i.test(name))) {
      headers.push(name, value);
    }
  }
  return hops === undefined ? headers : withoutNominated(headers, hops);
}

/** The head of a 101: hop-by-hop as it is, it says what the connection becomes. Throws PROXY_UPSTREAM_FAILED if it does not say that. */
export function upgradeHead(raw: readonly (Buffer | string)[], names: HeaderNames, clearContext: boolean): string[] {
  let upgrade: string | undefined;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (names.rule(text(raw[i] as Buffer | string)) === "upgrade") upgrade = text(raw[i + 1] as Buffer | string);
  }
  if (upgrade === undefined) throw failed("it switches protocols without saying to which");
  return [...relayed(raw, names, clearContext), "Upgrade", upgrade, "Connection", "Upgrade", "Via", "1.1 linkerd"];
}

/** An interim answer as it goes over the wire; undefined if it says what cannot be written. */
export function informationHead(
  status: number,
  raw: readonly (Buffer | string)[],
  names: HeaderNames,
  clearContext: boolean,
): string | undefined {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Information"}\r\n`;
  const headers = relayed(raw, names, clearContext);
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const [name = "", value = ""] = headers.slice(i, i + 2);
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value)) return undefined;
    head += `${name}: ${value}\r\n`;
  }
  return `${head}\r\n`;
}

function failed(why: string): NamerError {
  return new NamerError("PROXY_UPSTREAM_FAILED", why);
}

function text(raw: Buffer | string): string {
  return typeof raw === "string" ? raw : raw.toString("latin1");
}
