import { type ClientHttp2Session, type ClientHttp2Stream, constants, type IncomingHttpHeaders } from "node:http2";
import type { Dispatcher } from "undici";

/** A request that undici would dispatch, on a stream of an HTTP/2 connection. Tells the handler all that undici would. */
export class Exchange implements Dispatcher.DispatchController {
  readonly #options: Dispatcher.DispatchOptions;
  readonly #handler: Dispatcher.DispatchHandler;
  #stream: ClientHttp2Stream | undefined;
  #reason: Error | null = null;
  #done: (() => void) | undefined;
  #over = false;

  constructor(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) {
    this.#options = options;
    this.#handler = handler;
  }

  get aborted(): boolean {
    return this.#reason !== null;
  }

  get paused(): boolean {
    return this.#stream?.isPaused() ?? false;
  }

  get reason(): Error | null {
    return this.#reason;
  }

  /** Sends it; `done` is called once, when the stream is free for another. */
  start(session: ClientHttp2Session, done: () => void): void {
    this.#done = done;
    this.#handler.onRequestStart?.(this, {});
    if (this.#over) return;
    try {
      const stream = session.request(headersOf(this.#options), { endStream: true });
      this.#stream = stream;
      let failure: Error | undefined;
      let responded = false;
      stream.on("response", (headers) => {
        responded = true;
        const { ":status": status = 0, ...rest } = headers;
        this.#handler.onResponseStart?.(this, status, fieldsOf(rest));
      });
      stream.on("data", (chunk: Buffer) => this.#handler.onResponseData?.(this, chunk));
      stream.on("end", () => {
        // A stream that the server has reset ends too.
        if (responded && stream.rstCode === constants.NGHTTP2_NO_ERROR && failure === undefined) this.#end();
      });
      stream.on("error", (error) => {
        failure = error;
      });
      stream.on("close", () => {
        this.fail(failure ?? new Error(`the server has closed the stream (HTTP/2 code ${stream.rstCode})`));
        this.#finish();
      });
    } catch (thrown) {
      this.fail(thrown instanceof Error ? thrown : new Error(String(thrown)));
      this.#finish();
    }
  }

  abort(reason: Error): void {
    if (this.#over) return;
    this.#reason = reason;
    this.fail(reason);
    if (this.#stream === undefined) this.#finish();
    else this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }

  /** Tells the handler, unless it has been told an end already. */
  fail(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#handler.onResponseError?.(this, error);
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#handler.onResponseEnd?.(this, {});
  }

  #finish(): void {
    const done = this.#done;
    this.#done = undefined;
    done?.();
  }
}

function headersOf({ origin = "", path, method, headers }: Dispatcher.DispatchOptions): Record<string, string> {
  const { protocol, host } = new URL(origin);
  const { host: authority = host, ...rest } = (headers ?? {}) as Record<string, string>;
  return { ":method": method, ":scheme": protocol.slice(0, -1), ":authority": authority, ":path": path, ...rest };
}

function fieldsOf(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !name.startsWith(":")) fields[name] = value;
  }
  return fields;
}
