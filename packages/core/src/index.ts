// binding
export { addressesOf } from "./binding/addresses-of.js";
export { type BindTreeOptions, bindTree } from "./binding/bind-tree.js";
export { corePlugins, defaultInterpreterPlugin } from "./binding/core-plugins.js";
export { encodeDelegateTree } from "./binding/delegate-json.js";
export type { DelegateTree, WeightedDelegate } from "./binding/delegate-tree.js";
export { type BuiltInNamer, type GlobalNamerOptions, globalNamer } from "./binding/global-namer.js";
export { createInterpreter, type InterpreterOptions } from "./binding/interpreter.js";
export { withLiveDtab } from "./binding/live-dtab.js";
export { dtabLookup, type Lookup, namerChain } from "./binding/lookup.js";
export type {
  BindOptions,
  InetResolver,
  Interpreter,
  MountedNamer,
  Namer,
  SourceStatus,
} from "./binding/namer.js";
export { escapeHtml, type PageAnswer, type PageContent, type PageRequest, type PluginPage } from "./binding/page.js";
export { fillCaptures, type PathPattern, pathPattern } from "./binding/path-pattern.js";
export { resolve } from "./binding/resolve.js";
export { type RewriteConfig, rewriteNamer, rewriteNamerPlugin } from "./binding/rewrite-namer.js";
export {
  defineIdentifier,
  defineInterpreter,
  defineNamer,
  defineTelemeter,
  defineTransformer,
  type Identified,
  type Identifier,
  type IdentifierEnv,
  type IdentifierPlugin,
  type InterpreterEnv,
  type InterpreterPlugin,
  type NamerPlugin,
  type Plugin,
  type RequestHead,
  type SchemaIssue,
  type SchemaResult,
  type StandardSchema,
  type TelemeterPlugin,
  type TransformerEnv,
  type TransformerPlugin,
} from "./binding/roles.js";
export { settleTree } from "./binding/settle.js";
export { statusesOf } from "./binding/statuses.js";
export type {
  FinishedRequest,
  RequestObserver,
  RequestTracer,
  ServerTrace,
  Telemeter,
  TelemeterEnv,
  TraceContext,
} from "./binding/telemeter.js";
export { type NamedTransformer, transformInterpreter } from "./binding/transform-interpreter.js";
export { transformNamer } from "./binding/transform-namer.js";
export type { Transformer } from "./binding/transformer.js";
export type { BoundPathConfig } from "./binding/transformers/bound-path.js";
export { constTransformerPlugin } from "./binding/transformers/const.js";
export { type PortConfig, portTransformerPlugin } from "./binding/transformers/port.js";
export { replaceTransformerPlugin } from "./binding/transformers/replace.js";
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
export {
  Addr,
  type Address,
  type AddrMeta,
  address,
  type Endpoint,
  type HostAddress,
  hostAddress,
  NAMETREE_WEIGHT,
  sameAddresses,
} from "./names/addr.js";
export {
  type AddressJson,
  type AddrJson,
  type BoundLeafJson,
  type DtabJson,
  decodeAddr,
  decodeDtab,
  decodePath,
  decodePathTree,
  decodeTree,
  encodeAddr,
  encodeDtab,
  encodePath,
  encodePathTree,
  encodeTree,
  type PathLeafJson,
  type TreeJson,
} from "./names/codec.js";
export { Dentry, DentryPrefix, Dtab, type PrefixElement, wildcard } from "./names/dtab.js";
export { type DtabHeaders, finagleDtabHeaders, type Header, linkerdDtabHeaders } from "./names/dtab-headers.js";
export type { PathElement } from "./names/element.js";
export { type BoundName, Name, type PathName } from "./names/name.js";
export { NameTree, type Weighted } from "./names/nametree.js";
export { Path } from "./names/path.js";
// source
export { Backoff, type BackoffOptions, defaultBackoff } from "./source/backoff.js";
export type { Clock } from "./source/clock.js";
export type { FileStore, Logger, Metrics, PluginEnv } from "./source/env.js";
export type { Found } from "./source/found.js";
export { Histogram, type HistogramPart, type HistogramSummary } from "./source/histogram.js";
export type { Key } from "./source/keys.js";
export { silentLog } from "./source/log.js";
export { type LoggerLevel, type LogLevel, LogLevels, logLevels, rootLogger } from "./source/log-levels.js";
export { type MemoryMetrics, memoryMetrics, noMetrics, type Series } from "./source/metrics.js";
export type { MetricsFeed, MetricsNews } from "./source/metrics-feed.js";
export {
  checkSourceOptions,
  type SourceField,
  type SourceFields,
  type SplitSourceOptions,
  sourceJsonSchemaProperties,
  sourceOptionFields,
  splitSourceOptions,
  withSourceOptions,
} from "./source/source-fields.js";
export {
  completeSourceOptions,
  defaultSourceOptions,
  type PartialSourceOptions,
  type SourceOptions,
} from "./source/source-options.js";
export { type Supervised, type SuperviseSpec, supervise } from "./source/supervise.js";
export { systemClock } from "./source/system-clock.js";
export { defaultPace, type Pace, TokenBucket } from "./source/token-bucket.js";
export type { Watch, WatchContext } from "./source/watch.js";
export { type WatchAllSpec, watchAll } from "./source/watch-all.js";
export { type WatchEachSpec, watchEach } from "./source/watch-each.js";
// values
export { Activity } from "./values/activity.js";
export { type Closable, closable, closeAll, closedAlready } from "./values/closable.js";
export { stabilizeExistence } from "./values/stabilize-existence.js";
export { State, sameState } from "./values/state.js";
export { type MutableVar, Var } from "./values/var.js";
