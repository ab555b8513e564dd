import type { IncomingHttpHeaders } from "node:http";
import { parseJson } from "./json.js";
import { oneLine } from "./one-line.js";

const utf8 = new TextDecoder();

/** A whole answer. Nothing of it is left on the wire. */
export class HttpAnswer {
  readonly status: number;
  readonly body: Uint8Array;
  /** The request for people: method and URL, without secrets. */
  readonly request: string;
  readonly #headers: IncomingHttpHeaders;
  readonly #clean: (text: string) => string;
  #text: string | undefined;

  /** Answers come from `Http.request`; tests may make them by hand. `clean` takes out of quoted text what must not be shown. */
  constructor(
    status: number,
    headers: IncomingHttpHeaders,
    body: Uint8Array,
    request = "the request",
    clean: (text: string) => string = (text) => text,
  ) {
    this.status = status;
    this.body = body;
    this.request = request;
    this.#headers = headers;
    this.#clean = clean;
  }

  /** A header by its name, in any case; several of the same name are joined by ", ". */
  header(name: string): string | undefined {
    const value = this.#headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  /** The body as UTF-8; what is not UTF-8 becomes U+FFFD, a byte order mark is dropped. */
  text(): string {
    this.#text ??= utf8.decode(this.body);
    return this.#text;
  }

  /** @throws NamerError NAMER_ANSWER that says where the body stops being JSON, and the content type if that explains it */
  json(): unknown {
    const type = this.header("content-type");
    const told = type === undefined || /json|text\/plain/i.test(type) ? "" : `: ${oneLine(this.#clean(type), 80)}`;
    return parseJson(this.text(), this.request + told, this.#clean);
  }
}
