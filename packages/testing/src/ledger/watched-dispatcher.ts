import type { IncomingHttpHeaders } from "node:http";
import type { Duplex } from "node:stream";
import type { Closable } from "@namerkit/core";
import type { Dispatcher } from "undici";
import type { Book } from "./book.js";
import { Opener } from "./opener.js";
import type { Within } from "./within.js";

/** The same dispatcher, with each request entered in a book from its sending to the end of its answer. */
export function watchedDispatcher(dispatcher: Dispatcher, book: Book, within: Within): Dispatcher {
  const watch: Dispatcher.DispatcherComposeInterceptor = (dispatch) =>
    function watched(options, handler) {
      const { origin = "", path, method } = options;
      // The query may hold a token.
      const target = `${String(origin)}${path.replace(/\?.*$/s, "?…")}`;
      const entry = book.enter("request", Opener.of(watched), () => `request ${method} ${target}`);
      try {
        return within(() => dispatch(options, new WatchedHandler(handler, entry)));
      } catch (thrown) {
        entry.close();
        throw thrown;
      }
    };
  return dispatcher.compose(watch);
}

type Controller = Dispatcher.DispatchController;

class WatchedHandler implements Dispatcher.DispatchHandler {
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #entry: Closable;

  constructor(handler: Dispatcher.DispatchHandler, entry: Closable) {
    this.#handler = handler;
    this.#entry = entry;
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.#handler.onRequestStart?.(controller, context);
  }
  onRequestUpgrade(controller: Controller, status: number, headers: IncomingHttpHeaders, socket: Duplex): void {
    // From here on it is a socket, which is seen as such.
    this.#entry.close();
    this.#handler.onRequestUpgrade?.(controller, status, headers, socket);
  }
  onResponseStart(controller: Controller, status: number, headers: IncomingHttpHeaders, message?: string): void {
    this.#handler.onResponseStart?.(controller, status, headers, message);
  }
  onResponseData(controller: Controller, chunk: Buffer): void {
    this.#handler.onResponseData?.(controller, chunk);
  }
  onResponseEnd(controller: Controller, trailers: IncomingHttpHeaders): void {
    this.#entry.close();
    this.#handler.onResponseEnd?.(controller, trailers);
  }
  onResponseError(controller: Controller, error: Error): void {
    this.#entry.close();
    this.#handler.onResponseError?.(controller, error);
  }
}
