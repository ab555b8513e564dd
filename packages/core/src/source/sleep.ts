import type { Closable } from "../values/closable.js";

/** A sleep made of a clock's `after`: rejects with the signal's reason as soon as it is aborted, and then leaves no timer. */
export function sleepWith(
  after: (ms: number, fn: () => void) => Closable,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = after(ms, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    function abort(): void {
      timer.close();
      reject(signal?.reason);
    }
    signal?.addEventListener("abort", abort, { once: true });
  });
}
