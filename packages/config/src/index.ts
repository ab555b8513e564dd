export { buildIdentifiers, buildInterpreter } from "./build/build-router.js";
export { buildTelemeters } from "./build/build-telemeters.js";
export type { PlanNamer } from "./build/build-transformers.js";
export type { BuildScope, EnvFor } from "./build/env-for.js";
export { type BuildOptions, type MountOptions, mountNamers } from "./build/mount-namers.js";
export type { TryBuild } from "./build/try-build.js";
export { configJsonSchema } from "./config-schema.js";
export { CONFIG_CODES, type ConfigCode } from "./errors.js";
export { type ConfigSource, type LoadedConfig, type LoadOptions, loadConfig } from "./load-config.js";
export type {
  AdminPlan,
  BindingCachePlan,
  OfficialKind,
  Plan,
  Planned,
  Problem,
  Registry,
  RouterPlan,
  ServerPlan,
} from "./plan.js";
export type {
  AccessLogPlan,
  BackoffPlan,
  ClassifierKind,
  ClientSettings,
  ClientTlsPlan,
  FailureAccrualPlan,
  ForwardedHeaderPlan,
  HostConnectionPoolPlan,
  LabelerPlan,
  LoadBalancerPlan,
  RetryBudgetPlan,
  SecurityPlan,
  ServerTlsPlan,
  ServiceSettings,
  SessionPlan,
  SettingsByName,
  SocketOptionsPlan,
} from "./plan-settings.js";
export { createRegistry, type RegistryOptions } from "./plugins/registry.js";
export { redactConfig } from "./redact.js";
