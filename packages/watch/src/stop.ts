/**
 * What can tell that something is to stop: every AbortSignal, and what costs less than one. An AbortSignal weighs a kilobyte, which is
 * much for each of thousands of requests that are held for a minute.
 */
export interface Stop {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}
