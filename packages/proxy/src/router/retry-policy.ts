import type { BackoffPlan, ServiceSettings } from "@namerkit/config";
import type { Clock, Closable, Metrics } from "@namerkit/core";

/** Retries of one request, however much the budget would allow: Linkerd has no such limit, and one request could spend it all. */
const maxPerRequest = 25;

/** How much may be tried again. */
export interface Budget {
  /** A request that was no retry. `now` is the clock's. */
  deposit(now: number): void;
  /** Takes one, if there is one. */
  withdraw(): boolean;
  balance(): number;
}

export interface RetryEnv {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly budget: Budget;
}

/** When and how soon the requests of one service may be tried again, and how often they are. */
export class RetryPolicy {
  readonly #env: RetryEnv;
  readonly #backoff: BackoffPlan;
  readonly #total;
  readonly #perRequest;
  readonly #exhausted;
  readonly #gauge: Closable;

  /** `metrics`: the service's. */
  constructor(settings: ServiceSettings, metrics: Metrics, env: RetryEnv) {
    this.#env = env;
    this.#backoff = settings.retries?.backoff ?? { kind: "constant", ms: 0 };
    const scope = metrics.scope("retries");
    this.#total = scope.counter("total");
    this.#perRequest = scope.histogram("per_request");
    this.#exhausted = scope.counter("budget_exhausted");
    this.#gauge = scope.gauge("budget", () => env.budget.balance());
  }

  begin(now: number): void {
    this.#env.budget.deposit(now);
  }

  /**
   * How long to wait before the next attempt, in milliseconds; undefined: there may be none. `before`: the wait before the attempt
   * that has failed, undefined for the first.
   */
  next(retries: number, before: number | undefined): number | undefined {
    if (retries >= maxPerRequest) return undefined;
    if (!this.#env.budget.withdraw()) {
      this.#exhausted.add();
      return undefined;
    }
    this.#total.add();
    if (this.#backoff.kind === "constant") return this.#backoff.ms;
    const { minMs, maxMs } = this.#backoff;
    // Decorrelated jitter: somewhere between the least and three times the wait before.
    return Math.min(maxMs, minMs + this.#env.random() * Math.max(0, (before ?? minMs) * 3 - minMs));
  }

  end(retries: number): void {
    this.#perRequest.record(retries);
  }

  close(): void {
    this.#gauge.close();
  }
}
