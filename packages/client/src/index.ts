export type { LoadBalancerOptions } from "./balance/options.js";
export { durationText } from "./duration-text.js";
export { CLIENT_ERROR_CODES, type ClientErrorCode, NoEndpointsError } from "./errors.js";
export type { BackoffOptions } from "./health/backoff.js";
export type { FailureAccrualOptions } from "./health/options.js";
export { createNameClient } from "./name-client.js";
export { type BudgetOptions, RetryBudget } from "./retry-budget.js";
export type {
  AcquireOptions,
  BindingCacheOptions,
  ClientAttachment,
  ClientState,
  ClientTuning,
  Lease,
  NameClient,
  NameClientOptions,
  Outcome,
  ServiceAttachment,
  UpdateCounts,
} from "./types.js";
