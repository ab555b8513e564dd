import { within } from "./range.js";
import type { BindingCacheOptions } from "./types.js";

/** Linkerd's `bindingCache`. */
export const DEFAULT_CACHE: BindingCacheOptions = {
  paths: 1000,
  trees: 1000,
  bounds: 1000,
  clients: 1000,
  idleTtlMs: 600_000,
};
export const DEFAULT_BINDING_TIMEOUT_MS = 10_000;
export const DEFAULT_MAX_WAITING = 10_000;
export const DEFAULT_MAX_WAITING_PER_NAME = 2500;

/** The longest that timers keep: 2^31 - 1 ms, nearly 25 days. */
const LONGEST_MS = 2_147_483_647;

export interface CheckedOptions {
  readonly cache: BindingCacheOptions;
  readonly bindingTimeoutMs: number;
  readonly maxWaiting: number;
  readonly maxWaitingPerName: number;
}

/** Fills in defaults. Throws CLIENT_OPTIONS for what is out of range. */
export function checkOptions(options: {
  readonly cache?: Partial<BindingCacheOptions> | undefined;
  readonly bindingTimeoutMs?: number | undefined;
  readonly maxWaiting?: number | undefined;
  readonly maxWaitingPerName?: number | undefined;
}): CheckedOptions {
  const { cache = {} } = options;
  const size = (name: "paths" | "trees" | "bounds" | "clients") => {
    return within(`cache.${name}`, cache[name] ?? DEFAULT_CACHE[name], 0, Number.MAX_SAFE_INTEGER);
  };
  return {
    cache: {
      paths: size("paths"),
      trees: size("trees"),
      bounds: size("bounds"),
      clients: size("clients"),
      idleTtlMs: within("cache.idleTtlMs", cache.idleTtlMs ?? DEFAULT_CACHE.idleTtlMs, 1, LONGEST_MS),
    },
    bindingTimeoutMs: within("bindingTimeoutMs", options.bindingTimeoutMs ?? DEFAULT_BINDING_TIMEOUT_MS, 1, LONGEST_MS),
    maxWaiting: within("maxWaiting", options.maxWaiting ?? DEFAULT_MAX_WAITING, 0, Number.MAX_SAFE_INTEGER),
    maxWaitingPerName: within(
      "maxWaitingPerName",
      options.maxWaitingPerName ?? DEFAULT_MAX_WAITING_PER_NAME,
      0,
      Number.MAX_SAFE_INTEGER,
    ),
  };
}
