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
    forget?.();
  };
  const over = (): void => {
    release();
    end();
  };
  const timer = clock.after(ms, over);
  const forget = shutdown && onAbort(shutdown, over);
  return closable(release);
}

/** Everything idle waits for the same signal. One listener for all: ten thousand would be a leak in the eyes of Node, and slow to remove. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

function onAbort(signal: AbortSignal, end: () => void): () => void {
  let all = waiting.get(signal);
  if (all === undefined) {
    const ends = new Set<() => void>();
    signal.addEventListener("abort", () => ends.forEach((one) => void one()), { once: true });
    waiting.set(signal, ends);
    all = ends;
  }
  const ends = all;
  ends.add(end);
  return () => ends.delete(end);
}
