import type { SourceStatus } from "../binding/namer.js";
import { Activity } from "../values/activity.js";
import type { Var } from "../values/var.js";
import type { PluginEnv } from "./env.js";
import { SourceMetrics } from "./source-metrics.js";
import { completeSourceOptions, type PartialSourceOptions } from "./source-options.js";
import { Supervisor } from "./supervisor.js";
import type { Watch } from "./watch.js";

/** A source that keeps itself going. */
export interface Supervised<T> {
  /**
   * Ok(undefined) is Neg: it does not exist, or is empty. Nothing runs before the first observer; observers share one watch, which
   * goes on for `lingerMs` after the last one. Keeps the last good value through failures; never goes back to pending while observed.
   */
  readonly activity: Activity<T | undefined>;
  /** How fresh that is. Observing it starts nothing; undefined before the first start. */
  readonly status: Var<SourceStatus | undefined>;
}

export interface SuperviseSpec<T> {
  /** Equal values are no change; Object.is by default. */
  readonly equals?: (a: T, b: T) => boolean;
  /** A value that means the same as undefined. None by default. */
  readonly isEmpty?: (value: T) => boolean;
}

/**
 * Runs a watch by the rules that hold for every source: retried with back-off, paced, last good kept, deadlines on the first answer
 * and (optionally) on staleness, closed with its last observer. The building block under `watchEach` and `watchAll`, which alone heed
 * `snapshotFile`.
 */
export function supervise<T>(
  env: Pick<PluginEnv, "clock" | "random" | "log" | "metrics" | "shutdown">,
  options: PartialSourceOptions | undefined,
  watch: Watch<T>,
  spec: SuperviseSpec<T> = {},
): Supervised<T> {
  const { equals = Object.is, isEmpty } = spec;
  const supervisor = new Supervisor<T>({
    env,
    metrics: new SourceMetrics(env.metrics),
    options: completeSourceOptions(options),
    watch,
    equals,
    convert: (value) => (value !== undefined && isEmpty?.(value) ? undefined : value),
  });
  return { activity: Activity.of(supervisor), status: supervisor.book.status };
}
