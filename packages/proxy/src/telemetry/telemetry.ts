import type { RouterPlan } from "@namerkit/config";
import type { Closable, PluginPage, RequestObserver, RequestTracer, Telemeter } from "@namerkit/core";
import type { ProxyEnv } from "../assembly.js";
import { AccessLog } from "./access-log.js";
import { processMetrics } from "./process-metrics.js";

/** What telemeters have to say last is waited for so long at the least, however long requests have taken to finish. */
const lastWordsMs = 500;

/** Everything by which a running proxy tells of itself: the telemeters of its configuration, access logs, metrics of the process. */
export class Telemetry {
  readonly pages: readonly PluginPage[];
  /** The share of undecided traces that is sampled; undefined where nobody wants any. */
  readonly sampleRate: number | undefined;
  readonly #env: ProxyEnv;
  readonly #telemeters: readonly Telemeter[];
  readonly #everywhere: readonly RequestObserver[];
  readonly #byRouter: ReadonlyMap<string, AccessLog>;
  readonly #process: Closable;

  constructor(
    telemeters: readonly Telemeter[],
    routers: readonly Pick<RouterPlan, "label" | "accessLog">[],
    env: ProxyEnv,
  ) {
    this.#env = env;
    this.#process = processMetrics(env.metrics);
    this.#byRouter = new Map(
      routers.flatMap(({ label, accessLog }) => {
        if (accessLog === undefined) return [];
        const metrics = env.metrics.scope("rt", label, "access_log");
        return [[label, new AccessLog(accessLog, { ...env, metrics })] as const];
      }),
    );
    this.#telemeters = [...telemeters, ...this.#byRouter.values()];
    const tracers = telemeters.flatMap(({ tracer }) => (tracer === undefined ? [] : [tracer]));
    this.pages = telemeters.flatMap(({ pages }) => pages ?? []);
    this.sampleRate = tracers.length === 0 ? env.sampleRate : Math.max(...tracers.map((one) => one.sampleRate));
    this.#everywhere = [
      ...telemeters.flatMap(({ observer }) => (observer === undefined ? [] : [observer])),
      ...tracers.map(sampledOnly),
    ];
  }

  /** Who is told of a router's requests. */
  observers(router: string): readonly RequestObserver[] {
    const log = this.#byRouter.get(router);
    return [...(this.#env.observers?.(router) ?? []), ...this.#everywhere, ...(log === undefined ? [] : [log])];
  }

  /** Lets telemeters send and write what they hold. Never rejects. */
  async drain(withinMs: number): Promise<void> {
    const stop = new AbortController();
    const timer = this.#env.clock.after(Math.max(lastWordsMs, withinMs), () => stop.abort());
    await Promise.allSettled(this.#telemeters.map((telemeter) => telemeter.drain?.(stop.signal)));
    timer.close();
  }

  close(): void {
    for (const telemeter of this.#telemeters) telemeter.close();
    this.#process.close();
  }
}

function sampledOnly(tracer: RequestTracer): RequestObserver {
  return {
    finished(request) {
      if (request.trace.sampled === true) tracer.finished(request);
    },
  };
}
