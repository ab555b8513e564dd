import { type Closable, closable } from "../values/closable.js";
import type { Clock } from "./clock.js";

/** Calls `end` after `ms`, or as soon as `shutdown` aborts, whichever is first; at once where there is nothing to wait for. */
export function linger(
  clock: Clock,
  ms: number,
  shutdown: AbortSignal | undefined,
  end: () => void,
): Closable | undefined {
  if (ms <= 0 || shutdown?.aborted) {
    end();
    return undefined;
  }
  const release = (): void => {
    timer.close();
    shutdown?.removeEventListener("abort", over);
  };
  const over = (): void => {
    release();
    end();
  };
  const timer = clock.after(ms, over);
  shutdown?.addEventListener("abort", over, { once: true });
  return closable(release);
}
