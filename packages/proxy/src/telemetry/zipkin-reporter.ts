import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { Backoff, type Clock, type Closable, type Logger, type Metrics, messageOf } from "@namerkit/core";
import { type Dispatcher, request } from "undici";
import type { ZipkinSpan } from "./zipkin-spans.js";

/** Spans wait this long for others to be sent with them. */
const gatherMs = 1_000;
const batchSpans = 500;
/** As many may wait; what comes on top of them is dropped, and counted. */
const maxSpans = 10_000;
/** For one delivery, from the connection to the end of the answer. */
const deliveryMs = 5_000;
const tries = 3;

const compressed = promisify(gzip);

export interface ZipkinReporterOptions {
  /** Whole, such as http://localhost:9411/api/v2/spans. */
  readonly url: string;
  readonly hostHeader?: string | undefined;
  readonly compress: boolean;
  /** Closed by whoever made it. */
  readonly dispatcher: Dispatcher;
}

export interface ZipkinReporterEnv {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  /** Gets `spans_sent`, `spans_dropped`, `deliveries_failed` and `spans_waiting`. */
  readonly metrics: Metrics;
}

type Delivery = { readonly done: "sent" } | { readonly done: "refused" | "again"; readonly why: unknown };

/**
 * Sends spans to a collector in batches, one after the other. What the collector cannot take now is tried again, with pauses; what it
 * refuses, and what is too much, is dropped. Requests never wait for it.
 */
export class ZipkinReporter {
  readonly #options: ZipkinReporterOptions;
  readonly #env: ZipkinReporterEnv;
  readonly #backoff: Backoff;
  readonly #sent;
  readonly #dropped;
  readonly #failures;
  readonly #gauge: Closable;
  /** From now on nothing waits: what does not get through at once is dropped. */
  readonly #hurry = new AbortController();
  /** Of the delivery that is under way. */
  #delivery: AbortController | undefined;
  #closed = false;
  #waiting: ZipkinSpan[] = [];
  #timer: Closable | undefined;
  #sending: Promise<void> | undefined;
  #failing = false;

  constructor(options: ZipkinReporterOptions, env: ZipkinReporterEnv) {
    this.#options = options;
    this.#env = env;
    this.#backoff = new Backoff(env.clock, env.random, { baseMs: 500, capMs: 30_000 });
    this.#sent = env.metrics.counter("spans_sent");
    this.#dropped = env.metrics.counter("spans_dropped");
    this.#failures = env.metrics.counter("deliveries_failed");
    this.#gauge = env.metrics.gauge("spans_waiting", () => this.#waiting.length);
  }

  report(spans: readonly ZipkinSpan[]): void {
    if (this.#closed || this.#waiting.length + spans.length > maxSpans) {
      this.#dropped.add(spans.length);
      return;
    }
    this.#waiting.push(...spans);
    if (this.#sending !== undefined) return;
    if (this.#waiting.length >= batchSpans) this.#send();
    else this.#timer ??= this.#env.clock.after(gatherMs, this.#send);
  }

  /** Until all is sent or dropped, or the signal aborts. */
  async drain(signal: AbortSignal): Promise<void> {
    const given = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    this.#hurry.abort();
    this.#send();
    while (this.#sending !== undefined && !signal.aborted) await Promise.race([this.#sending, given]);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#hurry.abort();
    this.#delivery?.abort(new Error("it is being closed"));
    this.#timer?.close();
    this.#gauge.close();
    this.#dropped.add(this.#waiting.length);
    this.#waiting = [];
  }

  readonly #send = (): void => {
    this.#timer?.close();
    this.#timer = undefined;
    if (this.#sending !== undefined || this.#waiting.length === 0) return;
    this.#sending = this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  };

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchSpans);
      if (await this.#delivered(batch)) this.#sent.add(batch.length);
      else this.#dropped.add(batch.length);
    }
  }

  async #delivered(batch: readonly ZipkinSpan[]): Promise<boolean> {
    const { clock } = this.#env;
    for (let nth = 1; ; nth++) {
      const delivery = await this.#deliver(batch);
      if (this.#told(delivery)) return true;
      if (delivery.done === "refused") return false;
      const wait = this.#backoff.failed();
      const hurried = this.#hurry.signal.aborted;
      // Even after the last try, so that a collector that is down is not hammered with batch after batch.
      await clock.sleep(wait, this.#hurry.signal).catch(() => {});
      if (nth >= tries || hurried || this.#closed) return false;
    }
  }

  async #deliver(batch: readonly ZipkinSpan[]): Promise<Delivery> {
    const { url, hostHeader, compress, dispatcher } = this.#options;
    const stop = new AbortController();
    const { signal } = stop;
    this.#delivery = stop;
    const timer = this.#env.clock.after(deliveryMs, () => stop.abort(new Error(`no answer within ${deliveryMs} ms`)));
    try {
      const text = JSON.stringify(batch);
      const headers = {
        "content-type": "application/json",
        ...(hostHeader === undefined ? {} : { host: hostHeader }),
        ...(compress ? { "content-encoding": "gzip" } : {}),
      };
      const body = compress ? await compressed(text) : text;
      const answer = await request(url, { method: "POST", headers, body, dispatcher, signal });
      await answer.body.dump({ limit: 65_536, signal });
      const { statusCode: status } = answer;
      if (status >= 200 && status < 300) return { done: "sent" };
      const again = status >= 500 || status === 408 || status === 429;
      return { done: again ? "again" : "refused", why: new Error(`the collector answers with ${status}`) };
    } catch (why) {
      return { done: "again", why: signal.aborted ? signal.reason : why };
    } finally {
      timer.close();
      this.#delivery = undefined;
    }
  }

  /** Tells of the first failure, and of the first success after it. */
  #told(delivery: Delivery): boolean {
    const { log } = this.#env;
    const { url } = this.#options;
    if (delivery.done === "sent") {
      this.#backoff.succeeded();
      if (this.#failing) log.info({ url }, `spans get to ${url} again`);
      this.#failing = false;
      return true;
    }
    this.#failures.add();
    if (!this.#failing && !this.#closed) {
      log.warn({ err: delivery.why, url }, `spans do not get to ${url}: ${messageOf(delivery.why)}`);
      this.#failing = true;
    }
    return false;
  }
}
