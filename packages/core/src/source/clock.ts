import type { Closable } from "../values/closable.js";

/** The only way to time in Namerkit, so that a test can turn it by hand. */
export interface Clock {
  /** Monotonic milliseconds since an arbitrary start; use it for ages and deadlines. */
  now(): number;
  /** Wall-clock milliseconds since 1970, for people to read. Never subtract two of them. */
  wall(): number;
  /** Calls `fn` once, `ms` from now, unless closed before. The timer alone never keeps the process alive. */
  after(ms: number, fn: () => void): Closable;
  /** Resolves `ms` from now; rejects with the signal's reason as soon as it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
