import { Compressor, type Sink } from "./compressor.js";
import { type ContentCoding, isCompressible, isTextual, preferredCoding } from "./content-coding.js";
import type { ProxiedHead } from "./request-head.js";
import type { ProxiedResponseHead } from "./response-head.js";

/** Below this there is next to nothing to gain. */
const minLength = 1_024;
/** Each one holds up to a quarter of a megabyte until its reader is through; beyond these, answers go as they are. */
const maxAtOnce = 256;
const remembered = 256;
const accepting = "accept-encoding";
/** With one of these the body is coded, a part, or vouched for byte by byte. */
const untouchable: ReadonlySet<string> = new Set([
  "content-encoding",
  "content-range",
  "content-md5",
  "digest",
  "content-digest",
  "repr-digest",
]);

/** Compresses the answers of a router for clients that accept it, by its `compressionLevel`. */
export class Compression {
  readonly #level: number;
  readonly #wanted: (contentType: string) => boolean;
  readonly #known = new Map<string, ContentCoding | undefined>();
  #busy = 0;

  /** -1: text, at zlib's default level; 1 to 9: whatever may get smaller. */
  constructor(level: number) {
    this.#level = level;
    this.#wanted = level === -1 ? isTextual : isCompressible;
  }

  /** Bodies being compressed. */
  get busy(): number {
    return this.#busy;
  }

  /** The head to answer with, and how to compress the body that comes after it; `head` itself if it is to stay as it is. */
  of(request: ProxiedHead, status: number, head: ProxiedResponseHead): ProxiedResponseHead {
    const accepted = valuesOf(request.forwarded, accepting);
    // Who speaks HTTP/1.0 would lose the length, and the connection with it.
    if (accepted === undefined || request.version !== "1.1" || request.method === "HEAD") return head;
    if (!mayHaveBody(status) || head.blank || (head.length ?? minLength) < minLength) return head;
    if (!this.#touchable(head.headers) || noTransform(request.forwarded)) return head;
    const coding = this.#codingFor(accepted);
    // What the client accepts has decided, either way: caches have to know.
    if (coding === undefined || this.#busy >= maxAtOnce) return { ...head, headers: varying(head.headers) };
    return {
      ...head,
      headers: [...varying(coded(head.headers)), "Content-Encoding", coding],
      length: undefined,
      compress: (sink) => this.#compressor(coding, head.length, sink),
    };
  }

  #compressor(coding: ContentCoding, length: number | undefined, sink: Sink): Compressor {
    const compressor = new Compressor(coding, this.#level, length, sink, () => {
      this.#busy--;
    });
    this.#busy++;
    return compressor;
  }

  #touchable(headers: readonly string[]): boolean {
    let type: string | undefined;
    for (let i = 0; i + 1 < headers.length; i += 2) {
      const name = (headers[i] as string).toLowerCase();
      if (untouchable.has(name)) return false;
      if (name !== "content-type") continue;
      if (type !== undefined) return false;
      type = headers[i + 1] as string;
    }
    return this.#wanted(type ?? "") && !noTransform(headers);
  }

  #codingFor(accepted: string): ContentCoding | undefined {
    // There are few in use, and each client says the same each time.
    if (this.#known.has(accepted)) return this.#known.get(accepted);
    const coding = preferredCoding(accepted);
    if (this.#known.size < remembered) this.#known.set(accepted, coding);
    return coding;
  }
}

function mayHaveBody(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 205 && status !== 206 && status !== 304;
}

function noTransform(headers: readonly string[]): boolean {
  const control = valuesOf(headers, "cache-control");
  return control !== undefined && /(?:^|[\s,])no-transform(?:$|[\s,])/i.test(control);
}

/** Without what was true of the bytes as they were. */
function coded(headers: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    const lower = name.toLowerCase();
    // A range of what is sent now can be asked of nobody.
    if (lower === "content-length" || lower === "accept-ranges") continue;
    kept.push(name, lower === "etag" && !value.startsWith("W/") ? `W/${value}` : value);
  }
  return kept;
}

function varying(headers: readonly string[]): string[] {
  const said = valuesOf(headers, "vary");
  const names = said?.split(",").map((one) => one.trim().toLowerCase());
  return names?.includes("*") || names?.includes(accepting) ? [...headers] : [...headers, "Vary", "Accept-Encoding"];
}

/** All of this name, given in lower case, as one; undefined if there is none. */
function valuesOf(headers: readonly string[], name: string): string | undefined {
  let found: string | undefined;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const one = headers[i] as string;
    if (one.length !== name.length || one.toLowerCase() !== name) continue;
    found = found === undefined ? headers[i + 1] : `${found}, ${headers[i + 1]}`;
  }
  return found;
}
