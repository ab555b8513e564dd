import type { NamerError } from "@namerkit/core";
import { Dispatcher, errors } from "undici";
import { Call } from "./call.js";
import { urlOf } from "./request.js";

/** What answers the requests of a dispatcher that has no network. */
export interface Answerer {
  /** Undefined: somebody else has to answer. What it throws fails the request. `signal` aborts when nobody waits any more. */
  respond(request: Request, signal: AbortSignal): Promise<Response | undefined>;
  /** The failure of a request that nobody answers; it is given as "GET http://…". */
  unanswered(request: string): NamerError;
  /** Answers what `respond` does not. Stays its owner's. */
  readonly fallthrough?: Dispatcher | undefined;
}

/** An undici 7 Dispatcher whose answers are Responses. */
export class AnsweringDispatcher extends Dispatcher {
  readonly #answerer: Answerer;
  readonly #calls = new Set<Call>();
  /** undici hands out handlers in two forms; going through `compose` turns the older into the newer. */
  readonly #entry: Dispatcher;
  #ending: "closed" | "destroyed" | undefined;
  #idle: (() => void)[] = [];

  constructor(answerer: Answerer) {
    super();
    this.#answerer = answerer;
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
      respond: (request, signal) => this.#answerer.respond(request, signal),
      passOn: (passed, passedHandler) => this.#passOn(passed, passedHandler, call),
      done: (ended) => this.#done(ended),
    });
    this.#calls.add(call);
    if (this.#ending === "closed") call.fail(new errors.ClientClosedError());
    else if (this.#ending === "destroyed") call.fail(new errors.ClientDestroyedError());
    else call.start(options);
    return true;
  }

  #passOn(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler, call: Call): void {
    const { fallthrough } = this.#answerer;
    if (fallthrough !== undefined) fallthrough.dispatch(options, handler);
    else call.fail(this.#answerer.unanswered(`${options.method} ${urlOf(options)}`));
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
