import type { IncomingHttpHeaders } from "node:http";
import { parseJson } from "./json.js";
import { redact } from "./secrets.js";

/** A whole answer. Nothing of it is left on the wire. */
export class HttpAnswer {
  readonly status: number;
  readonly body: Uint8Array;
  /** The request for people: method and URL, without secrets. */
  readonly request: string;
  readonly #headers: IncomingHttpHeaders;
  readonly #secrets: readonly string[];
  #text: string | undefined;

  /** Answers come from `Http.request`; tests may make them by hand. */
  constructor(
    status: number,
    headers: IncomingHttpHeaders,
    body: Uint8Array,
    request = "the request",
    secrets: readonly string[] = [],
  ) {
    this.status = status;
    this.body = body;
    this.request = request;
    this.#headers = headers;
    this.#secrets = secrets;
  }

  /** A header by its name, in any case; several of the same name are joined by ", ". */
  header(name: string): string | undefined {
    const value = this.#headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  /** The body as UTF-8; what is not UTF-8 becomes U+FFFD, a byte order mark is dropped. */
  text(): string {
    this.#text ??= new TextDecoder().decode(this.body);
    return this.#text;
  }

  /** @throws NamerError NAMER_ANSWER that says where the body stops being JSON, and the content type if that explains it */
  json(): unknown {
    const type = this.header("content-type");
    const what = type === undefined || /json|text\/plain/i.test(type) ? this.request : `${this.request}: ${type}`;
    return parseJson(this.text(), what, (quoted) => redact(quoted, this.#secrets));
  }
}
