import type { EnvFor, Plan } from "@namerkit/config";
import type { Clock, FileStore, InetResolver, LogLevels, Metrics } from "@namerkit/core";

/** What plug-ins are built with, beside the environment of the proxy. */
export interface PluginWorld {
  readonly logLevels: LogLevels;
  readonly inet?: InetResolver | undefined;
  readonly files?: FileStore | undefined;
  readonly dispatcher?: object | undefined;
}

export interface PluginEnvSource extends PluginWorld {
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: Metrics;
  readonly shutdown: AbortSignal;
}

/** Environments for the plug-ins of a plan. */
export function pluginEnvFor({ baseDir }: Pick<Plan, "baseDir">, source: PluginEnvSource): EnvFor {
  const { clock, random, metrics, shutdown, logLevels, inet, files, dispatcher } = source;
  return (prefix, { names }) => ({
    prefix,
    clock,
    random,
    log: logLevels.logger(names.join("/")),
    metrics: metrics.scope(...names),
    baseDir,
    shutdown,
    ...(dispatcher === undefined ? {} : { dispatcher }),
    ...(inet === undefined ? {} : { inet }),
    ...(files === undefined ? {} : { files }),
  });
}
