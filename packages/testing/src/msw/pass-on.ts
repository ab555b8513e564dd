import type { IncomingHttpHeaders } from "node:http";
import type { Duplex } from "node:stream";
import type { Dispatcher } from "undici";
import type { Call } from "./call.js";

/** Lets another dispatcher answer a call whose beginning the handler has already been told of. */
export class PassOn implements Dispatcher.DispatchHandler {
  readonly #call: Call;
  readonly #handler: Dispatcher.DispatchHandler;
  #real: Dispatcher.DispatchController | undefined;

  constructor(call: Call, handler: Dispatcher.DispatchHandler) {
    this.#call = call;
    this.#handler = handler;
  }

  abort(reason: Error): void {
    // Not under way yet: `onRequestStart` will see that the call is over.
    if (this.#real === undefined) this.#call.fail(reason);
    else this.#real.abort(reason);
  }
  pause(): void {
    this.#real?.pause();
  }
  resume(): void {
    this.#real?.resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#real = controller;
    if (this.#call.finished) controller.abort(this.#call.reason ?? new Error("aborted"));
  }
  onRequestUpgrade(
    _: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    socket: Duplex,
  ): void {
    this.#handler.onRequestUpgrade?.(this.#call, status, headers, socket);
  }
  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    message?: string,
  ): void {
    this.#handler.onResponseStart?.(this.#call, status, headers, message);
  }
  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#handler.onResponseData?.(this.#call, chunk);
  }
  onResponseEnd(_: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    this.#call.succeed(trailers);
  }
  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#call.fail(error);
  }
}
