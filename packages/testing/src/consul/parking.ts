import type { Clock } from "@namerkit/core";
import type { Cluster } from "./store/cluster.js";

/**
 * Why a query is no longer parked: it may be answered, its client is gone, this agent was killed, or the datacenter that it was passed
 * on to was.
 */
export type Woken = "over" | "gone" | "killed" | "eof";

interface Place {
  readonly cluster: Cluster;
  wake(why: Woken): void;
}

/** Queries that wait for something to happen. */
export class Parking {
  readonly #clock: Clock;
  readonly #places = new Set<Place>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#places.size;
  }

  /** Until `ready`, which is asked after each write, or for `ms` at the longest. */
  park(cluster: Cluster, ready: () => boolean, ms: number, signal: AbortSignal): Promise<Woken> {
    if (signal.aborted) return Promise.resolve("gone");
    if (ready()) return Promise.resolve("over");
    return new Promise((resolve) => {
      const wake = (why: Woken): void => {
        this.#places.delete(place);
        timer.close();
        changes.close();
        signal.removeEventListener("abort", gone);
        resolve(why);
      };
      const gone = (): void => wake("gone");
      const place: Place = { cluster, wake };
      const timer = this.#clock.after(ms, () => wake("over"));
      const changes = cluster.onChange(() => {
        if (ready()) wake("over");
      });
      signal.addEventListener("abort", gone, { once: true });
      this.#places.add(place);
    });
  }

  /** Wakes all of them, or those that ask this cluster. */
  wakeAll(why: Woken, cluster?: Cluster): void {
    for (const place of [...this.#places]) if (cluster === undefined || place.cluster === cluster) place.wake(why);
  }
}
