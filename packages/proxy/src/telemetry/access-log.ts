import type { AccessLogPlan } from "@namerkit/config";
import {
  Backoff,
  type Clock,
  type Closable,
  type FinishedRequest,
  type Logger,
  type Metrics,
  messageOf,
  type RequestObserver,
  type Telemeter,
} from "@namerkit/core";
import { AccessLines } from "./access-line.js";
import { RollingFile } from "./rolling-file.js";

/** Lines wait this long for others to be written with them. */
const gatherMs = 200;
/** As much is written at once. */
const batchBytes = 65_536;
/** As much may wait; what comes on top of it is dropped, and counted. */
const maxBytes = 4 * 1_048_576;

export interface AccessLogEnv {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  /** Gets `lines` and `dropped`. */
  readonly metrics: Metrics;
}

/** A line in a file about every request that had an answer. Requests never wait for it. */
export class AccessLog implements Telemeter, RequestObserver {
  readonly #file: RollingFile;
  readonly #name: string;
  readonly #env: AccessLogEnv;
  readonly #lines = new AccessLines();
  readonly #backoff: Backoff;
  readonly #written;
  readonly #dropped;
  #waiting: string[] = [];
  #bytes = 0;
  #timer: Closable | undefined;
  #writing: Promise<void> | undefined;
  #failing = false;
  #closed = false;

  constructor(plan: AccessLogPlan, env: AccessLogEnv) {
    this.#file = new RollingFile(plan, env.clock);
    this.#name = plan.file;
    this.#env = env;
    this.#backoff = new Backoff(env.clock, env.random, { baseMs: 1_000, capMs: 30_000 });
    this.#written = env.metrics.counter("lines");
    this.#dropped = env.metrics.counter("dropped");
  }

  get observer(): RequestObserver {
    return this;
  }

  finished(request: FinishedRequest): void {
    if (request.status === 0 || this.#closed) return;
    const line = this.#lines.of(request);
    if (this.#bytes + line.length > maxBytes) {
      this.#dropped.add();
      return;
    }
    this.#waiting.push(line);
    this.#bytes += line.length;
    if (this.#writing !== undefined) return;
    if (this.#bytes >= batchBytes && !this.#failing) this.#write();
    else this.#timer ??= this.#env.clock.after(gatherMs, this.#write);
  }

  async drain(signal: AbortSignal): Promise<void> {
    const given = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    this.#write();
    while (this.#writing !== undefined && !signal.aborted) await Promise.race([this.#writing, given]);
  }

  /** What has not been written yet is dropped. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.close();
    this.#dropped.add(this.#waiting.length);
    this.#waiting = [];
    this.#bytes = 0;
    if (this.#writing === undefined) void this.#file.close();
  }

  readonly #write = (): void => {
    this.#timer?.close();
    this.#timer = undefined;
    if (this.#writing !== undefined || this.#waiting.length === 0) return;
    this.#writing = this.#writeAll().finally(() => {
      this.#writing = undefined;
      if (this.#closed) void this.#file.close();
    });
  };

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      this.#bytes = 0;
      try {
        await this.#file.write(lines);
        this.#written.add(lines.length);
        this.#worked();
      } catch (thrown) {
        this.#dropped.add(lines.length);
        this.#failed(thrown);
        return;
      }
    }
  }

  #worked(): void {
    this.#backoff.succeeded();
    if (!this.#failing) return;
    this.#failing = false;
    this.#env.log.info({ file: this.#name }, `access log: ${this.#name} is written again`);
  }

  /** Told once, until it works again. */
  #failed(thrown: unknown): void {
    const { log, clock } = this.#env;
    if (!this.#failing) log.error({ err: thrown, file: this.#name }, `access log: ${messageOf(thrown)}`);
    this.#failing = true;
    if (!this.#closed) this.#timer = clock.after(this.#backoff.failed(), this.#write);
  }
}
