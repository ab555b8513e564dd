import { getResponse, type RequestHandler } from "msw";
import { Dispatcher, errors } from "undici";

export interface MswDispatcherOptions {
  /** Where requests go that no handler answers. Default: they fail, with an error that names them. */
  readonly fallthrough?: Dispatcher;
}

type Options = Dispatcher.DispatchOptions;
type Handler = Dispatcher.DispatchHandler;

/**
 * msw request handlers as an undici Dispatcher. msw itself cannot see requests made with undici's own client; this asks its handlers
 * directly. `HttpResponse.error()` becomes a socket error, bodies stream, and an abort reaches the handler's request signal.
 */
export function mswDispatcher(handlers: readonly RequestHandler[], options: MswDispatcherOptions = {}): Dispatcher {
  return new MswDispatcher(handlers, options.fallthrough);
}

class MswDispatcher extends Dispatcher {
  readonly #handlers: readonly RequestHandler[];
  readonly #fallthrough: Dispatcher | undefined;

  constructor(handlers: readonly RequestHandler[], fallthrough: Dispatcher | undefined) {
    super();
    this.#handlers = handlers;
    this.#fallthrough = fallthrough;
  }

  override dispatch(options: Options, handler: Handler): boolean {
    const exchange = new Exchange(options, handler);
    exchange.run(this.#handlers, this.#fallthrough);
    return true;
  }

  override close(callback?: () => void): Promise<void> {
    callback?.();
    return Promise.resolve();
  }

  override destroy(...args: unknown[]): Promise<void> {
    const callback = args.find((one): one is () => void => typeof one === "function");
    callback?.();
    return Promise.resolve();
  }
}

/** One request and what becomes of it; also the controller by which undici pauses and aborts it. */
class Exchange implements Dispatcher.DispatchController {
  readonly #options: Options;
  readonly #handler: Handler;
  readonly #abort = new AbortController();
  #done = false;
  #resume: (() => void) | undefined;
  paused = false;

  constructor(options: Options, handler: Handler) {
    this.#options = options;
    this.#handler = handler;
  }

  get aborted(): boolean {
    return this.#abort.signal.aborted;
  }

  get reason(): Error | null {
    return this.aborted ? (this.#abort.signal.reason as Error) : null;
  }

  abort(reason: Error): void {
    if (this.#done || this.aborted) return;
    this.#abort.abort(reason);
    this.#fail(reason);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.#resume?.();
    this.#resume = undefined;
  }

  run(handlers: readonly RequestHandler[], fallthrough: Dispatcher | undefined): void {
    // Before anything is awaited: undici hands the controller to the request's signal here, and an abort before that is lost.
    this.#handler.onRequestStart?.(this, undefined);
    if (this.aborted) return;
    this.#exchange(handlers, fallthrough).catch((error: unknown) => this.#fail(toError(error)));
  }

  async #exchange(handlers: readonly RequestHandler[], fallthrough: Dispatcher | undefined): Promise<void> {
    const request = await toRequest(this.#options, this.#abort.signal);
    const response = await getResponse([...handlers], request);
    if (this.#done) return;
    if (response === undefined) {
      if (fallthrough === undefined) throw new Error(`no msw handler answers ${request.method} ${request.url}`);
      this.#done = true;
      fallthrough.dispatch(this.#options, this.#handler);
      return;
    }
    if (response.type === "error") throw new errors.SocketError("other side closed");
    const headers: Record<string, string | string[]> = Object.fromEntries(response.headers);
    const cookies = response.headers.getSetCookie();
    if (cookies.length > 0) headers["set-cookie"] = cookies;
    this.#handler.onResponseStart?.(this, response.status, headers, response.statusText);
    if (response.body !== null) await this.#relay(response.body);
    if (this.#done) return;
    this.#done = true;
    this.#handler.onResponseEnd?.(this, {});
  }

  async #relay(body: ReadableStream<Uint8Array>): Promise<void> {
    const reader = body.getReader();
    const stop = (): void => void reader.cancel(this.#abort.signal.reason).catch(() => {});
    this.#abort.signal.addEventListener("abort", stop, { once: true });
    try {
      for (;;) {
        if (this.paused) await new Promise<void>((resolve) => (this.#resume = resolve));
        const { done, value } = await reader.read();
        if (done || this.#done) return;
        this.#handler.onResponseData?.(this, Buffer.from(value));
      }
    } finally {
      this.#abort.signal.removeEventListener("abort", stop);
    }
  }

  #fail(error: Error): void {
    if (this.#done) return;
    this.#done = true;
    this.#handler.onResponseError?.(this, error);
  }
}

async function toRequest(options: Options, signal: AbortSignal): Promise<Request> {
  const url = new URL(options.path, String(options.origin));
  const headers = new Headers();
  for (const [name, value] of headerPairs(options.headers)) headers.append(name, value);
  const bodyless = options.method === "GET" || options.method === "HEAD" || options.body == null;
  return new Request(url, {
    method: options.method,
    headers,
    signal,
    body: bodyless ? null : await readBody(options.body),
  });
}

function* headerPairs(headers: Options["headers"]): Iterable<[string, string]> {
  if (headers == null) return;
  if (Array.isArray(headers)) {
    for (let i = 0; i + 1 < headers.length; i += 2) yield [String(headers[i]), String(headers[i + 1])];
    return;
  }
  const pairs = Symbol.iterator in headers ? headers : Object.entries(headers);
  for (const [name, value] of pairs) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) yield [String(name), String(one)];
  }
}

async function readBody(body: unknown): Promise<string | Uint8Array<ArrayBuffer>> {
  if (typeof body === "string" || body instanceof Uint8Array) return body as string | Uint8Array<ArrayBuffer>;
  const pieces: Buffer[] = [];
  for await (const piece of body as AsyncIterable<Uint8Array>) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
