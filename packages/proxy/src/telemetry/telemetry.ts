import type { AccessLogPlan } from "@namerkit/config";
import type { Closable, PluginPage, RequestObserver, RequestTracer, Telemeter } from "@namerkit/core";
import type { ProxyEnv } from "../assembly.js";
import { Shared } from "../reload/shared.js";
import { AccessLog } from "./access-log.js";
import { processMetrics } from "./process-metrics.js";

/** What telemeters have to say last is waited for so long at the least, however long requests have taken to finish. */
const lastWordsMs = 500;

/** What routers of one generation tell of their requests, and to whom. */
export interface Reporting {
  readonly pages: readonly PluginPage[];
  /** The share of undecided traces that is sampled; undefined where nobody wants any. */
  readonly sampleRate: number | undefined;
  /** Who is told of a router's requests. */
  observers(router: string): readonly RequestObserver[];
}

/** Everything by which a running proxy tells of itself: the telemeters of its configuration, access logs, metrics of the process. */
export class Telemetry {
  readonly #env: ProxyEnv;
  /** All that have not ended, of former generations, too. */
  readonly #open = new Map<Telemeter, () => void>();
  readonly #process: Closable;

  constructor(env: ProxyEnv) {
    this.#env = env;
    this.#process = processMetrics(env.metrics);
  }

  /** One that ends when nobody holds it any more, and may then say its last. `ended` is called when it is closed. */
  share(telemeter: Telemeter, ended: () => void = () => {}): Shared<Telemeter> {
    this.#open.set(telemeter, ended);
    return new Shared(telemeter, () => void this.#end(telemeter));
  }

  /** The access log of a router. */
  accessLog(label: string, plan: AccessLogPlan): Shared<AccessLog> {
    const log = new AccessLog(plan, { ...this.#env, metrics: this.#env.metrics.scope("rt", label, "access_log") });
    this.#open.set(log, () => {});
    return new Shared(log, () => void this.#end(log));
  }

  /** `logs`: by the label of the router. */
  reporting(telemeters: readonly Telemeter[], logs: ReadonlyMap<string, AccessLog>): Reporting {
    const tracers = telemeters.flatMap(({ tracer }) => (tracer === undefined ? [] : [tracer]));
    const everywhere = [
      ...telemeters.flatMap(({ observer }) => (observer === undefined ? [] : [observer])),
      ...tracers.map(sampledOnly),
    ];
    return {
      pages: telemeters.flatMap(({ pages }) => pages ?? []),
      sampleRate: tracers.length === 0 ? this.#env.sampleRate : Math.max(...tracers.map((one) => one.sampleRate)),
      observers: (router) => {
        const log = logs.get(router);
        return [...(this.#env.observers?.(router) ?? []), ...everywhere, ...(log === undefined ? [] : [log])];
      },
    };
  }

  /** Lets all telemeters send and write what they hold. Never rejects. */
  async drain(withinMs: number): Promise<void> {
    await this.#lastWords([...this.#open.keys()], Math.max(lastWordsMs, withinMs));
  }

  close(): void {
    for (const telemeter of this.#open.keys()) this.#close(telemeter);
    this.#process.close();
  }

  async #end(telemeter: Telemeter): Promise<void> {
    if (!this.#open.has(telemeter)) return;
    await this.#lastWords([telemeter], lastWordsMs);
    this.#close(telemeter);
  }

  #close(telemeter: Telemeter): void {
    const ended = this.#open.get(telemeter);
    if (!this.#open.delete(telemeter)) return;
    telemeter.close();
    ended?.();
  }

  async #lastWords(all: readonly Telemeter[], withinMs: number): Promise<void> {
    const stop = new AbortController();
    const timer = this.#env.clock.after(withinMs, () => stop.abort());
    await Promise.allSettled(all.map((telemeter) => telemeter.drain?.(stop.signal)));
    timer.close();
  }
}

function sampledOnly(tracer: RequestTracer): RequestObserver {
  return {
    finished(request) {
      if (request.trace.sampled === true) tracer.finished(request);
    },
  };
}
