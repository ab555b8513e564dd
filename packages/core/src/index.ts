export {
  CORE_ERROR_CODES,
  isNamerError,
  messageOf,
  NamerError,
  type NamerErrorOptions,
  type TextPosition,
  toNamerError,
} from "./errors.js";
// names
export { Addr, type Address, type AddrMeta, address, NAMETREE_WEIGHT, sameAddresses } from "./names/addr.js";
export { Dentry, DentryPrefix, Dtab, type PrefixElement, wildcard } from "./names/dtab.js";
export type { PathElement } from "./names/element.js";
export { type BoundName, Name, type PathName } from "./names/name.js";
export { NameTree, type Weighted } from "./names/nametree.js";
export { Path } from "./names/path.js";
// values
export { Activity } from "./values/activity.js";
export { type Closable, closable, closeAll, closedAlready } from "./values/closable.js";
export { stabilizeExistence } from "./values/stabilize-existence.js";
export { State, sameState } from "./values/state.js";
export { type MutableVar, Var } from "./values/var.js";

// binding

// source
export { Backoff, type BackoffOptions, defaultBackoff } from "./source/backoff.js";
export type { Clock } from "./source/clock.js";
export type { Logger, Metrics, PluginEnv } from "./source/env.js";
export { Histogram, type HistogramSummary } from "./source/histogram.js";
export { silentLog } from "./source/log.js";
export { type MemoryMetrics, memoryMetrics, noMetrics, type Series } from "./source/metrics.js";
export { systemClock } from "./source/system-clock.js";
export { defaultPace, type Pace, TokenBucket } from "./source/token-bucket.js";
