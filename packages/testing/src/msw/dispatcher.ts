import { NamerError } from "@namerkit/core";
import { getResponse, type RequestHandler } from "msw";
import type { Dispatcher } from "undici";
import { AnsweringDispatcher } from "./answering-dispatcher.js";

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
  const own = [...handlers];
  return new AnsweringDispatcher({
    respond: (request) => getResponse(own, request, { baseUrl: new URL(request.url).origin, quiet: true }),
    unanswered: (request) => new NamerError("TESTING_MSW_UNHANDLED", `no msw handler for ${request}`),
    fallthrough: options.fallthrough,
  });
}
