import { NamerError } from "@namerkit/core";
import { getResponse, type RequestHandler } from "msw";
import { Dispatcher, errors } from "undici";
import { Call } from "./call.js";
import { urlOf } from "./request.js";

export interface MswDispatcherOptions {
  /** Answers what no handler answers. Stays its owner's: closing the msw dispatcher does not close it. */
  readonly fallthrough?: Dispatcher;
}

/**
 * An undici 7 Dispatcher that is answered by msw handlers instead of a network, because msw itself does not see undici's own client.
 * Works for `request`, `fetch` and `stream`; bodies stream, aborts and back-pressure reach the handler's stream, and
 * `HttpResponse.error()` is a broken socket. Handlers with a relative path match on every origin.
 *
 * A request that no handler answers fails with TESTING_MSW_UNHANDLED unless there is a `fallthrough`.
 */
export function mswDispatcher(handlers: readonly RequestHandler[], options: MswDispatcherOptions = {}): Dispatcher {
  return new MswDispatcher(handlers, options.fallthrough);
}

class MswDispatcher extends Dispatcher {
  readonly #handlers: RequestHandler[];
  readonly #fallthrough: Dispatcher | undefined;
  readonly #calls = new Set<Call>();
  /** undici hands out handlers in two forms; going through `compose` turns the older into the newer. */
  readonly #entry: Dispatcher;
  #ending: "closed" | "destroyed" | undefined;
  #idle: (() => void)[] = [];

  constructor(handlers: readonly RequestHandler[], fallthrough: Dispatcher | undefined) {
    super();
    this.#handlers = [...handlers];
    this.#fallthrough = fallthrough;
    this.#entry = new Nowhere().compose(() => (options, handler) => this.#take(options, handler));
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.#entry.dispatch(options, handler);
  }

  /** Takes no more requests and resolves when those under way have been answered. */
  override close(): Promise<void>;
  override close(callback: () => void): void;
  override close(callback?: () => void): Promise<void> | void {
    this.#ending ??= "closed";
    return finish(this.#whenIdle(), callback);
  }

  override destroy(): Promise<void>;
  override destroy(error: Error | null): Promise<void>;
  override destroy(callback: () => void): void;
  override destroy(error: Error | null, callback: () => void): void;
  override destroy(first?: Error | null | (() => void), second?: () => void): Promise<void> | void {
    this.#ending = "destroyed";
    const error = typeof first === "function" ? null : first;
    for (const call of [...this.#calls]) call.abort(error ?? new errors.ClientDestroyedError());
    return finish(this.#whenIdle(), typeof first === "function" ? first : second);
  }

  #take(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const call = new Call(handler, {
      respond: (request) => this.#respond(request),
      passOn: (passed, passedHandler) => this.#passOn(passed, passedHandler, call),
      done: (ended) => this.#done(ended),
    });
    this.#calls.add(call);
    if (this.#ending === "closed") call.fail(new errors.ClientClosedError());
    else if (this.#ending === "destroyed") call.fail(new errors.ClientDestroyedError());
    else call.start(options);
    return true;
  }

  #respond(request: Request): Promise<Response | undefined> {
    return getResponse(this.#handlers, request, { baseUrl: new URL(request.url).origin, quiet: true });
  }

  #passOn(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler, call: Call): void {
    if (this.#fallthrough !== undefined) this.#fallthrough.dispatch(options, handler);
    else call.fail(new NamerError("TESTING_MSW_UNHANDLED", `no msw handler for ${options.method} ${urlOf(options)}`));
  }

  #done(call: Call): void {
    this.#calls.delete(call);
    if (this.#calls.size === 0) for (const idle of this.#idle.splice(0)) idle();
  }

  async #whenIdle(): Promise<void> {
    if (this.#calls.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }
}

/** Only there to be composed upon. */
class Nowhere extends Dispatcher {}

function finish(done: Promise<void>, callback: (() => void) | undefined): Promise<void> | void {
  if (callback === undefined) return done;
  void done.then(callback);
}
