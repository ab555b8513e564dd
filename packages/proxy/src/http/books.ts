import type { ServiceUse } from "../router/attachments.js";
import type { ServerRuntime } from "../router/runtime.js";

/** The statistics of one request in its server and its service, from its head to its end. */
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

  /** Once. `failure`: the code of what the request failed by, if it has. Returns how long the request took, in milliseconds. */
  close(failure: string | undefined, retries: number): number {
    const ms = this.#server.router.clock.now() - this.startedAt;
    this.#server.stats.end(failure, ms);
    this.#service?.stats.end(failure, ms);
    this.#service?.retries.end(retries);
    return ms;
  }
}
