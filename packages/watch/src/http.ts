import { type Clock, type Closable, messageOf, NamerError } from "@namerkit/core";
import { Agent, type Dispatcher, request } from "undici";
import { parseJson } from "./json.js";
import { retryAfterMs } from "./retry-after.js";
import { showUrl } from "./show-url.js";
import { oneLine } from "./text.js";

export interface HttpOptions {
  readonly clock: Clock;
  /** An undici Dispatcher to use instead of connections of our own; it is never closed by us. */
  readonly dispatcher?: object | undefined;
  /** Connections at once to the catalogue. Default 8. */
  readonly maxConnections?: number | undefined;
}

export interface HttpRequest {
  /** Aborting it resets the connection at once, whatever state it is in. */
  readonly signal: AbortSignal;
  /** For everything: connecting, waiting, and the whole body. Milliseconds. */
  readonly deadlineMs: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Default 64 MiB. */
  readonly maxBytes?: number | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** One value of a header, by its lower-case name. */
  header(name: string): string | undefined;
  readonly text: string;
  /** The body as JSON. Throws NAMER_ANSWER with the place of the mistake. The Content-Type is not looked at: catalogues get it wrong. */
  json(): unknown;
}

const MAX_BYTES = 64 * 1024 * 1024;

/**
 * GET requests to a catalogue. Deadlines are our own, on the given clock: undici's tick twice a second, and do not bound a body that
 * trickles. Closing it resets every connection it made.
 *
 * Every failure is a NamerError that names the request, without credentials: ABORTED if the signal aborted, NAMER_REFUSED for 401
 * and 403, NAMER_ANSWER for what cannot be understood, NAMER_UNAVAILABLE for all else, with `retryAfterMs` where the server said.
 */
export class Http implements Closable {
  readonly #clock: Clock;
  readonly #own: Agent | undefined;
  readonly #dispatcher: Dispatcher;

  constructor(options: HttpOptions) {
    this.#clock = options.clock;
    if (options.dispatcher === undefined) {
      this.#own = new Agent({
        connections: options.maxConnections ?? 8,
        pipelining: 1,
        keepAliveTimeout: 30_000,
        headersTimeout: 0,
        bodyTimeout: 0,
        maxResponseSize: -1,
      });
    }
    this.#dispatcher = this.#own ?? (options.dispatcher as Dispatcher);
  }

  /** A successful (2xx) answer, whole. */
  async get(url: URL, options: HttpRequest): Promise<HttpAnswer> {
    const what = `GET ${showUrl(url)}`;
    if (options.signal.aborted) throw aborted(what, options.signal.reason);
    const { promise: late, signal, release } = this.#deadline(options, what);
    try {
      // Raced, not only aborted: a dispatcher that ignores its signal must not hold us.
      return await Promise.race([this.#exchange(url, what, options, signal), late]);
    } catch (error) {
      if (options.signal.aborted) throw aborted(what, options.signal.reason);
      if (signal.aborted && signal.reason instanceof NamerError) throw signal.reason;
      if (error instanceof NamerError) throw error;
      throw new NamerError("NAMER_UNAVAILABLE", `${what} failed: ${oneLine(messageOf(error), 300)}`, { cause: error });
    } finally {
      release();
    }
  }

  close(): void {
    // Rejections belong to the requests under way, which report them.
    this.#own?.destroy().catch(() => {});
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #exchange(url: URL, what: string, options: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const response = await request(url, {
      dispatcher: this.#dispatcher,
      method: "GET",
      headers: { ...options.headers },
      signal,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const header = (name: string): string | undefined => {
      const value = response.headers[name];
      return Array.isArray(value) ? value[0] : value;
    };
    const text = await readText(response.body, options.maxBytes ?? MAX_BYTES, what, header("content-length"));
    const status = response.statusCode;
    if (status < 200 || status > 299) throw statusError(what, status, text, header, this.#clock);
    const encoding = header("content-encoding");
    if (encoding !== undefined && encoding !== "identity") {
      throw new NamerError(
        "NAMER_ANSWER",
        `${what} answered in Content-Encoding ${oneLine(encoding, 40)}, which nobody asked for`,
      );
    }
    return { status, header, text, json: () => parseJson(text, what) };
  }

  #deadline({ signal, deadlineMs }: HttpRequest, what: string) {
    const controller = new AbortController();
    let reject: (error: unknown) => void = () => {};
    const promise = new Promise<never>((_resolve, refuse) => {
      reject = refuse;
    });
    promise.catch(() => {});
    const stop = (reason: unknown): void => {
      controller.abort(reason);
      reject(reason);
    };
    const abort = (): void => stop(signal.reason ?? new Error("aborted"));
    const timer = this.#clock.after(deadlineMs, () =>
      stop(new NamerError("NAMER_UNAVAILABLE", `${what} was not answered within ${deadlineMs} ms`)),
    );
    signal.addEventListener("abort", abort, { once: true });
    const release = (): void => {
      timer.close();
      signal.removeEventListener("abort", abort);
    };
    return { promise, signal: controller.signal, release };
  }
}

type Body = Dispatcher.ResponseData["body"];

async function readText(body: Body, maxBytes: number, what: string, length: string | undefined): Promise<string> {
  // A stream destroyed by us still reports why; we know.
  body.on("error", () => {});
  const tooLarge = () => new NamerError("NAMER_ANSWER", `${what} answered more than ${maxBytes} bytes`);
  if (Number(length) > maxBytes) {
    body.destroy();
    throw tooLarge();
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += (chunk as Buffer).length;
    if (size > maxBytes) {
      body.destroy();
      throw tooLarge();
    }
    chunks.push(chunk as Buffer);
  }
  return (chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString("utf8");
}

function statusError(
  what: string,
  status: number,
  text: string,
  header: (name: string) => string | undefined,
  clock: Clock,
): NamerError {
  if (status >= 300 && status < 400) {
    const target = oneLine(header("location") ?? "nowhere", 200);
    return new NamerError("NAMER_ANSWER", `${what} answered ${status}, a redirect to ${target}, which is not followed`);
  }
  const words = oneLine(text, 200);
  const message = `${what} answered ${status}${words === "" ? "" : `: ${words}`}`;
  if (status === 401 || status === 403) return new NamerError("NAMER_REFUSED", message);
  const retryAfter = status === 429 || status === 503 ? retryAfterMs(header("retry-after"), clock.wall()) : undefined;
  return new NamerError("NAMER_UNAVAILABLE", message, retryAfter === undefined ? {} : { retryAfterMs: retryAfter });
}

function aborted(what: string, reason: unknown): NamerError {
  return new NamerError("ABORTED", `${what} was aborted`, { cause: reason });
}
