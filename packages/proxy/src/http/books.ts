import type { IncomingMessage } from "node:http";
import type { ServiceUse } from "../router/attachments.js";
import type { ServerRuntime } from "../router/runtime.js";
import type { TraceContext } from "../telemetry/trace-context.js";
import type { RequestLease } from "./attempt.js";
import { tellObservers } from "./finished.js";
import { FinishedExchange } from "./finished-exchange.js";
import type { ProxiedHead } from "./request-head.js";

/** What became of a request, in the eyes of the client. */
export interface Outcome {
  readonly success: boolean;
  /** 0: cut without a head. */
  readonly status: number;
  readonly bytes: number;
  readonly error: string | undefined;
}

/** Who a request was for, as far as it got. */
export interface Course {
  readonly req: IncomingMessage;
  readonly head: ProxiedHead | undefined;
  readonly lease: RequestLease | undefined;
  readonly retries: number;
  readonly trace: TraceContext;
}

/** The statistics of one request in its server and its service, and whoever else wants to know of it. */
export class Books {
  readonly startedAt: number;
  readonly #server: ServerRuntime;
  #service: ServiceUse | undefined;

  constructor(server: ServerRuntime) {
    this.#server = server;
    this.startedAt = server.router.clock.now();
    server.stats.begin();
  }

  serving(service: ServiceUse): void {
    this.#service = service;
    service.stats.begin();
    service.retries.begin(this.startedAt);
  }

  /** Once. `course` is asked only if somebody wants to know. */
  close(outcome: Outcome, retries: number, course: () => Course): void {
    const { router, stats } = this.#server;
    const durationMs = router.clock.now() - this.startedAt;
    stats.end(outcome.success, durationMs);
    this.#service?.stats.end(outcome.success, durationMs);
    this.#service?.retries.end(retries);
    const { observers, log } = router;
    if (observers.length === 0) return;
    const finished = new FinishedExchange({ server: this.#server, durationMs, ...course(), ...outcome });
    tellObservers(observers, finished, log);
  }
}
