import type { Closable, Metrics } from "@namerkit/core";

/** What an answer failed by that a response classifier called a failure: there was no error. */
export const classifiedFailure = "CLASSIFIED_FAILURE";

/** Requests, successes, failures, latency and how many are pending, under Linkerd's names. */
export class RequestStats {
  #pending = 0;
  readonly #requests;
  readonly #success;
  readonly #failures;
  readonly #latency;
  readonly #gauge: Closable;
  readonly #metrics: Metrics;
  #payload: { readonly [direction in "request" | "response"]: { record(bytes: number): void } } | undefined;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    this.#requests = metrics.counter("requests");
    this.#success = metrics.counter("success");
    this.#failures = metrics.counter("failures");
    this.#latency = metrics.histogram("request_latency_ms");
    this.#gauge = metrics.gauge("pending", () => this.#pending);
  }

  get pending(): number {
    return this.#pending;
  }

  begin(): void {
    this.#pending++;
  }

  /** `failure`: the code of the error, if it is none. Linkerd has the names of exceptions there. */
  end(failure: string | undefined, ms: number): void {
    this.#pending--;
    this.#requests.add();
    if (failure === undefined) this.#success.add();
    else {
      this.#failures.add();
      this.#metrics.scope("failures").counter(failure).add();
    }
    this.#latency.record(ms);
  }

  /** Whoever sends has been silent for too long. */
  readTimedOut(): void {
    this.#metrics.counter("read_timeout").add();
  }

  /** Whoever is to read has taken nothing for too long. */
  writeTimedOut(): void {
    this.#metrics.counter("write_timeout").add();
  }

  /** So many bytes of body came with a request, and went back with its answer. */
  payload(request: number, response: number): void {
    this.#payload ??= {
      request: this.#metrics.histogram("request_payload_bytes"),
      response: this.#metrics.histogram("response_payload_bytes"),
    };
    this.#payload.request.record(request);
    this.#payload.response.record(response);
  }

  /** A request has brought so many delegations along. */
  delegated(entries: number): void {
    this.#metrics.scope("dtab").histogram("size").record(entries);
  }

  close(): void {
    this.#gauge.close();
  }
}

/** What came of the attempts at an endpoint, by status: `status/200`, `status/2XX`, `time/2XX`, and `error` where there was no answer. */
export class StatusStats {
  readonly #status: Metrics;
  readonly #time: Metrics;
  readonly #byStatus = new Map<number, StatusBooks>();

  constructor(metrics: Metrics) {
    this.#status = metrics.scope("status");
    this.#time = metrics.scope("time");
  }

  /** `status` 0: no answer. */
  count(status: number, ms: number): void {
    let books = this.#byStatus.get(status);
    if (books === undefined) {
      const [first, ...others] = namesOf(status);
      books = {
        counters: [first, ...others].map((name) => this.#status.counter(name)),
        time: this.#time.histogram(first),
      };
      this.#byStatus.set(status, books);
    }
    for (const counter of books.counters) counter.add();
    books.time.record(ms);
  }
}

interface StatusBooks {
  readonly counters: readonly { add(): void }[];
  readonly time: { record(ms: number): void };
}

function namesOf(status: number): readonly [string, ...string[]] {
  return status === 0 ? ["error"] : [`${Math.floor(status / 100)}XX`, String(status)];
}
