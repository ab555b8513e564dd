import type { RequestHead } from "@namerkit/core";
import { Dtab, NamerError } from "@namerkit/core";
import { deadlineBudgetMs } from "./deadline-context.js";
import { delegations } from "./delegations.js";
import { type HeaderNames, nominated, via, withoutNominated } from "./header-names.js";
import { defaultLimits, type HttpLimits } from "./limits.js";
import { parseAuthority, parseTarget } from "./request-target.js";

/** What of node's IncomingMessage a head is read from. */
export interface RawRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly httpVersion: string;
  readonly rawHeaders: readonly string[];
}

const foreignContext = /^(?:l5d-|dtab-local$|x-dtab-)/i;

type HeadLimits = Pick<HttpLimits, "requestLineBytes" | "requestHeadBytes" | "delegationsPerRequest">;

/** How the request body is framed: absent, of a known length, or chunked. */
export type Framing = number | "chunked";

/** A request head after the rules of the proxy: what identifiers see, and what is forwarded. */
export class ProxiedHead implements RequestHead {
  readonly method: string;
  readonly target: string;
  readonly authority: string | undefined;
  readonly version: string;
  /** Names and values to forward, without Host, framing, hop-by-hop headers and those the proxy sets itself. */
  get forwarded(): readonly string[] {
    return this.#forwarded;
  }
  readonly framing: Framing;
  readonly via: string;
  /** How many proxies the request has been through, by its Via. */
  readonly hops: number;
  /** The delegations this request brings along; forwarded as l5d-ctx-dtab. */
  readonly local: Dtab;
  /** The request id of a proxy before this one: 16 hex digits. */
  readonly reqid: string | undefined;
  readonly expectsContinue: boolean;
  /** The protocol that the client would rather speak on this connection; undefined if none. */
  readonly upgrade: string | undefined;
  /** What the context leaves until the answer is of no use any more, in milliseconds. */
  readonly deadlineMs: number | undefined;
  readonly #raw: readonly string[];
  readonly #forwarded: string[];

  /**
   * `clearContext`: nothing that begins with l5d- is believed or passed on. Throws NamerError PROXY_BAD_REQUEST,
   * PROXY_NOT_SUPPORTED, PROXY_URI_TOO_LONG, PROXY_HEADERS_TOO_LARGE, or what Dtab.parse throws.
   */
  constructor(
    request: RawRequest,
    names: HeaderNames,
    { clearContext = false, limits = defaultLimits }: { clearContext?: boolean; limits?: HeadLimits } = {},
  ) {
    const url = request.url ?? "";
    const method = request.method ?? "";
    // With two spaces and HTTP/1.1.
    if (url.length + method.length + 10 > limits.requestLineBytes) {
      throw new NamerError("PROXY_URI_TOO_LONG", `the request line is longer than ${limits.requestLineBytes} bytes`);
    }
    const target = method === "CONNECT" ? parseAuthority(url) : parseTarget(url);
    const version = request.httpVersion;
    if (version !== "1.1" && version !== "1.0") throw bad(`HTTP version ${version} is not supported`);
    const raw = request.rawHeaders;
    let forwarded: string[] = [];
    let host: string | undefined;
    let length: string | undefined;
    let encoding: string | undefined;
    let connection: string | undefined;
    let passed: string | undefined;
    let dtabs: string[] | undefined;
    let ctxDtabs: string[] | undefined;
    let deadlines: string[] | undefined;
    let reqid: string | undefined;
    let upgrade: string | undefined;
    let bytes = 0;
    let expects = false;
    for (let i = 0; i + 1 < raw.length; i += 2) {
      const name = raw[i] as string;
      const value = raw[i + 1] as string;
      bytes += name.length + value.length + 4;
      switch (names.rule(name)) {
        case "forward":
          if (!clearContext || !foreignContext.test(name)) forwarded.push(name, value);
          break;
        case "host":
          if (host !== undefined) throw bad("more than one Host header");
          if (!isHost(value)) throw bad("invalid Host header");
          host = value;
          break;
        case "content-length":
          if (length !== undefined && length !== value) throw bad("conflicting `Content-Length` headers");
          length = value;
          break;
        case "transfer-encoding":
          encoding = encoding === undefined ? value : `${encoding}, ${value}`;
          break;
        case "connection":
          connection = connection === undefined ? value : `${connection}, ${value}`;
          break;
        case "via":
          passed = passed === undefined ? value : `${passed}, ${value}`;
          break;
        case "ctx-dtab":
          ctxDtabs ??= [];
          ctxDtabs.push(value);
          break;
        case "ctx-deadline":
          deadlines ??= [];
          deadlines.push(value);
          break;
        case "upgrade":
          upgrade = upgrade === undefined ? value : `${upgrade}, ${value}`;
          break;
        case "dtab":
          dtabs ??= [];
          dtabs.push(value);
          break;
        case "reqid":
          reqid = value;
          break;
        case "expect":
          expects = true;
          break;
      }
    }
    if (bytes > limits.requestHeadBytes) {
      throw new NamerError("PROXY_HEADERS_TOO_LARGE", "the request headers are too large");
    }
    const hops = connection === undefined ? undefined : nominated(connection);
    if (hops !== undefined) forwarded = withoutNominated(forwarded, hops);
    this.method = method;
    this.target = target.path;
    this.authority = target.authority ?? host;
    this.version = version;
    this.#forwarded = forwarded;
    this.framing = framingOf(length, encoding, version);
    this.via = via(passed, version);
    this.hops = passed === undefined || passed === "" ? 0 : passed.split(",").length;
    const untold = clearContext || (dtabs === undefined && ctxDtabs === undefined);
    this.local = untold ? Dtab.empty : localDtab(ctxDtabs, dtabs, limits.delegationsPerRequest);
    this.reqid = !clearContext && reqid !== undefined && /^[0-9a-f]{16}$/.test(reqid) ? reqid : undefined;
    // Who speaks HTTP/1.0 would take a 100 for the answer (RFC 9110, 10.1.1).
    this.expectsContinue = expects && version === "1.1";
    this.upgrade = version === "1.1" && hops?.has("upgrade") === true ? upgrade : undefined;
    this.deadlineMs = clearContext || deadlines === undefined ? undefined : deadlineBudgetMs(deadlines);
    this.#raw = raw;
  }

  /** Forwards another value under this name, given in lower case. */
  replace(name: string, value: string): void {
    for (let i = 0; i + 1 < this.#forwarded.length; i += 2) {
      if (this.#forwarded[i]?.toLowerCase() === name) this.#forwarded[i + 1] = value;
    }
  }

  header(name: string): string | undefined {
    const wanted = name.toLowerCase();
    if (wanted === "host") return this.authority;
    const raw = this.#raw;
    for (let i = 0; i + 1 < raw.length; i += 2) {
      if ((raw[i] as string).length === wanted.length && (raw[i] as string).toLowerCase() === wanted) return raw[i + 1];
    }
    return undefined;
  }
}

/**
 * Host and port, or nothing: no space, no path, no user. Wider than RFC 9110, 7.2, in what a name may be made of, and strict in what
 * would be read as something else than a name by somebody behind us.
 */
function isHost(text: string): boolean {
  return /^[^\s"#/<>?@\\^`{|}\p{Cc}]*$/u.test(text);
}

/** node's parser has refused most of these already; what it lets through but cannot be forwarded unchanged ends here. */
function framingOf(length: string | undefined, encoding: string | undefined, version: string): Framing {
  if (encoding !== undefined) {
    if (length !== undefined) throw bad("both Content-Length and Transfer-Encoding");
    if (version === "1.0") throw bad("Transfer-Encoding in an HTTP/1.0 request");
    if (encoding.trim().toLowerCase() !== "chunked") {
      throw new NamerError("PROXY_NOT_SUPPORTED", "a Transfer-Encoding other than chunked is not supported");
    }
    return "chunked";
  }
  if (length === undefined) return 0;
  if (!/^[0-9]{1,16}$/.test(length) || !Number.isSafeInteger(Number(length)))
    throw bad("invalid `Content-Length` header");
  return Number(length);
}

/** Linkerd's order: the context of proxies before this one, then what the client adds; later entries win. */
function localDtab(context: readonly string[] | undefined, added: readonly string[] | undefined, max: number): Dtab {
  let dtab = Dtab.empty;
  for (const text of [...(context ?? []), ...(added ?? [])]) dtab = dtab.concat(Dtab.parse(text));
  // The binding cache keeps them, and binding multiplies them: what a client may choose has to be small.
  const size = delegations(dtab);
  if (size > max) throw bad(`the delegations of the request hold ${size} names, more than ${max}`);
  return dtab;
}

function bad(message: string): NamerError {
  return new NamerError("PROXY_BAD_REQUEST", message);
}
