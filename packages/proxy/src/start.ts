import type { Plan } from "@namerkit/config";
import {
  type Clock,
  type FileStore,
  type InetResolver,
  type Logger,
  LogLevels,
  type MemoryMetrics,
  memoryMetrics,
  rootLogger,
  silentLog,
  systemClock,
} from "@namerkit/core";
import type { ProxyEnv, RunningProxy } from "./assembly.js";
import type { ReadPlan } from "./reload/reloads.js";
import { Running } from "./reload/running.js";
import { Crew, type CrewOptions } from "./workers/crew.js";

/** The world outside, for a proxy that is started from a plan. All of it has defaults. */
export interface ProxyOptions extends Partial<Omit<ProxyEnv, "metrics">> {
  /** The real time by default. */
  readonly clock?: Clock;
  /** Math.random by default. */
  readonly random?: () => number;
  /** Silent by default. What of it is let through is up to `logLevels`. */
  readonly log?: Logger;
  /** Those of all loggers, changed at /logging; by default everything goes to `log`, and `log` is not asked where these are given. */
  readonly logLevels?: LogLevels;
  /** A registry of its own by default. */
  readonly metrics?: MemoryMetrics;
  /** Resolves host names, for /$/inet and for namers whose catalogues have some; without one only literal addresses work. */
  readonly inet?: InetResolver;
  /** Where namers keep their `snapshotFile`; relative to the plan's folder. Without one a namer that has one cannot be made. */
  readonly files?: FileStore;
  /** An undici Dispatcher that namers use for their catalogues. Requests that are proxied never go through it. */
  readonly dispatcher?: object;
  /** Requests are served by worker processes, and by this one none; absent: it serves them itself. */
  readonly workers?: CrewOptions;
  /** Reads the configuration anew, for `RunningProxy.reload` and POST /admin/reload; without one these have nothing to go by. */
  readonly readPlan?: ReadPlan;
}

/**
 * Builds the plug-ins of a plan and serves it. Nothing is asked of a catalogue before the first request.
 * Rejects with PROXY_LISTEN if a port is taken, or with what a plug-in throws on creation; then nothing is left running.
 */
export async function startProxy(plan: Plan, options: ProxyOptions = {}): Promise<RunningProxy> {
  const clock = options.clock ?? systemClock;
  const logLevels = options.logLevels ?? new LogLevels(options.log ?? silentLog, "trace");
  const env: ProxyEnv = {
    clock,
    random: options.random ?? Math.random,
    log: logLevels.logger(rootLogger),
    logLevels,
    metrics: options.metrics ?? memoryMetrics({ clock }),
    limits: options.limits,
    adminHosts: options.adminHosts,
    observers: options.observers,
    sampleRate: options.sampleRate,
    connector: options.connector,
  };
  const { inet, files, dispatcher, readPlan: read, workers } = options;
  const world = { logLevels, inet, files, dispatcher };
  return Running.start(
    env,
    (editions) => editions.planned(plan, world).edition,
    { world, read },
    workers && ((around) => new Crew(workers, logLevels, around)),
  );
}
