import type { IncomingHttpHeaders } from "node:http";
import { toNamerError } from "@namerkit/core";
import { type Dispatcher, errors } from "undici";
import { PassOn } from "./pass-on.js";
import { bodyOf, toRequest } from "./request.js";

/** Where a call gets its answer from. `respond` undefined: nobody wants it; then `passOn`. */
export interface Answering {
  /** `signal` aborts when the call is over without an answer; that of the request does only while somebody holds the request. */
  respond(request: Request, signal: AbortSignal): Promise<Response | undefined>;
  passOn(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void;
  done(call: Call): void;
}

/** One request on its way through the handlers, with what undici can do to it meanwhile: abort, pause, resume. */
export class Call implements Dispatcher.DispatchController {
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #answering: Answering;
  readonly #controller = new AbortController();
  #reason: Error | null = null;
  #finished = false;
  #resume: (() => void) | undefined;
  #paused: Promise<void> | undefined;
  #passedOn: PassOn | undefined;

  constructor(handler: Dispatcher.DispatchHandler, answering: Answering) {
    this.#handler = handler;
    this.#answering = answering;
  }

  get aborted(): boolean {
    return this.#reason !== null;
  }
  get reason(): Error | null {
    return this.#reason;
  }
  get paused(): boolean {
    return this.#paused !== undefined;
  }
  get finished(): boolean {
    return this.#finished;
  }

  /** Never throws. The handler is told of the request before anything is awaited: an abort in between would be lost otherwise. */
  start(options: Dispatcher.DispatchOptions): void {
    try {
      this.#handler.onRequestStart?.(this, {});
    } catch (thrown) {
      this.abort(asError(thrown));
    }
    if (!this.#finished) this.#run(options).catch((thrown: unknown) => this.abort(asError(thrown)));
  }

  abort(reason: Error): void {
    if (this.#finished) return;
    this.#reason = reason ?? new errors.RequestAbortedError();
    if (this.#passedOn !== undefined) this.#passedOn.abort(this.#reason);
    else this.fail(this.#reason);
  }

  pause(): void {
    this.#passedOn?.pause();
    this.#paused ??= new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  resume(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    this.#paused = undefined;
    resume?.();
    this.#passedOn?.resume();
  }

  /** The end of the request, told to the handler exactly once. */
  fail(error: Error): void {
    if (this.#finish(error)) this.#handler.onResponseError?.(this, error);
  }

  succeed(trailers: IncomingHttpHeaders): void {
    if (this.#finish(undefined)) this.#handler.onResponseEnd?.(this, trailers);
  }

  async #run(options: Dispatcher.DispatchOptions): Promise<void> {
    const { signal } = this.#controller;
    const body = await bodyOf(options);
    const request = await toRequest(options, body, signal);
    let response: Response | undefined;
    try {
      response = await this.#answering.respond(request, signal);
    } catch (thrown) {
      return this.fail(toNamerError(thrown, "TESTING_MSW_THREW", `the msw handler of ${request.url} threw: `));
    }
    if (this.#finished) return cancel(response?.body, this.#reason);
    if (response === undefined) return this.#pass({ ...options, ...(body && { body }) });
    // What HttpResponse.error() makes: a network error in the words of the Fetch standard.
    if (response.type === "error" || response.status === 0)
      return this.fail(new errors.SocketError("other side closed"));
    this.#handler.onResponseStart?.(this, response.status, plainHeaders(response.headers), response.statusText);
    await this.#send(options.method === "HEAD" ? null : response.body);
  }

  async #send(body: ReadableStream<Uint8Array> | null): Promise<void> {
    const reader = body?.getReader();
    const { signal } = this.#controller;
    const stop = () => void reader?.cancel(this.#reason).catch(() => {});
    signal.addEventListener("abort", stop);
    try {
      while (!this.#finished) {
        await this.#paused;
        if (this.#finished) break;
        const chunk = reader === undefined ? { done: true as const } : await reader.read();
        if (chunk.done) return this.succeed({});
        if (!this.#finished) this.#handler.onResponseData?.(this, Buffer.from(chunk.value));
      }
    } catch (cause) {
      this.fail(Object.assign(new errors.SocketError("other side closed"), { cause }));
    } finally {
      if (signal.aborted) stop();
      signal.removeEventListener("abort", stop);
    }
  }

  #pass(options: Dispatcher.DispatchOptions): void {
    this.#passedOn = new PassOn(this, this.#handler);
    this.#answering.passOn(options, this.#passedOn);
  }

  #finish(error: Error | undefined): boolean {
    if (this.#finished) return false;
    this.#finished = true;
    if (error !== undefined) this.#controller.abort(error);
    this.resume();
    this.#answering.done(this);
    return true;
  }
}

function plainHeaders(headers: Headers): IncomingHttpHeaders {
  const result: Record<string, string | string[]> = {};
  for (const [name, value] of headers) result[name] = value;
  const cookies = headers.getSetCookie();
  if (cookies.length > 0) result["set-cookie"] = cookies;
  return result;
}

async function cancel(body: ReadableStream | null | undefined, reason: unknown): Promise<void> {
  await body?.cancel(reason).catch(() => {});
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
