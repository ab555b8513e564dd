import { type Clock, systemClock } from "@namerkit/core";

/** Real time, but so many times as fast, so that tests with sockets can wait for minutes. */
export function fastClock(times: number): Clock {
  return {
    now: () => systemClock.now() * times,
    wall: () => systemClock.wall(),
    after: (ms, fn) => systemClock.after(ms / times, fn),
    sleep: (ms, signal) => systemClock.sleep(ms / times, signal),
  };
}
