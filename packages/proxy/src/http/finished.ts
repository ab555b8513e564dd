import { type FinishedRequest, type Logger, messageOf, type RequestObserver } from "@namerkit/core";

/** An observer that throws costs neither the request nor the others anything. */
export function tellObservers(observers: readonly RequestObserver[], request: FinishedRequest, log: Logger): void {
  for (const observer of observers) {
    try {
      observer.finished(request);
    } catch (thrown) {
      log.error({ err: thrown }, `an observer of requests failed: ${messageOf(thrown)}`);
    }
  }
}
