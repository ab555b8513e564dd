import type { FinishedRequest, RequestObserver } from "@namerkit/core";
import { type FinishedExchange, headerOf } from "../http/finished-exchange.js";

/** A request that a worker has finished, for observers in the primary. JSON. */
export type FinishedJson = Omit<FinishedRequest, "header"> & {
  /** Number of the router's generation. */
  readonly generation: number;
  /** Flat names and values, as the client sent them. */
  readonly headers: readonly string[];
};

/** So many at most wait to be told of; more are not told, and counted. */
const maxWaiting = 10_000;

/** Gathers what is to be told of requests. */
export class FinishedNews {
  readonly #dropped: { add(n?: number): void };
  #waiting: FinishedJson[] = [];

  constructor(dropped: { add(n?: number): void }) {
    this.#dropped = dropped;
  }

  /** For the requests of one generation of a router. */
  observer(generation: number): RequestObserver {
    return {
      finished: (request: FinishedExchange) => {
        if (this.#waiting.length >= maxWaiting) this.#dropped.add();
        else this.#waiting.push(encodeFinished(request, generation));
      },
    };
  }

  /** What has come since the last time. */
  take(): readonly FinishedJson[] {
    const taken = this.#waiting;
    this.#waiting = [];
    return taken;
  }
}

/** The request as an observer in the primary sees it. */
export function decodeFinished(json: FinishedJson): FinishedRequest {
  return { ...json, header: (name) => headerOf(json.headers, name) };
}

function encodeFinished(request: FinishedExchange, generation: number): FinishedJson {
  const { router, server, method, target, version, authority, remote, startedAt, durationMs, status, bytes } = request;
  const { service, client, address, retries, trace, serverTrace, attemptMs, error, rawHeaders } = request;
  return {
    generation,
    router,
    server,
    method,
    target,
    version,
    authority,
    remote,
    startedAt,
    durationMs,
    status,
    bytes,
    service,
    client,
    address,
    retries,
    trace,
    serverTrace,
    attemptMs,
    error,
    headers: rawHeaders,
  };
}
