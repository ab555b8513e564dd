import type { Clock } from "@namerkit/core";
import type { ClientUse } from "./attachments.js";

/** One request to one endpoint, in the books of its client. */
export class EndpointUse {
  readonly #client: ClientUse;
  readonly #clock: Clock;
  readonly #start: number;
  #open = true;

  constructor(client: ClientUse, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
    this.#start = clock.now();
    client.stats.begin();
  }

  /** Only the first call counts. `status` 0: there was no answer. */
  end(status: number, success: boolean): void {
    if (!this.#open) return;
    this.#open = false;
    this.#client.stats.end(success, this.#clock.now() - this.#start);
    this.#client.status.count(status);
  }
}
