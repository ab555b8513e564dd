import { type Closable, closable, closedAlready } from "../values/closable.js";
import type { Clock } from "./clock.js";
import { sleepWith } from "./sleep.js";

/** What setTimeout can count to; anything longer would fire at once. */
const LONGEST = 2 ** 31 - 1;

/** The real time. Its timers never keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after,
  sleep: (ms, signal) => sleepWith(after, ms, signal),
};

function after(ms: number, fn: () => void): Closable {
  if (ms === Number.POSITIVE_INFINITY) return closedAlready;
  let left = Math.max(0, ms);
  let timer: NodeJS.Timeout;
  const start = (): void => {
    const part = Math.min(left, LONGEST);
    left -= part;
    timer = setTimeout(left > 0 ? start : fn, part);
    timer.unref();
  };
  start();
  return closable(() => clearTimeout(timer));
}
