import type { Clock, Closable, MountedNamer } from "@namerkit/core";
import { type AdminPage, json, text } from "./answer.js";

/** Above the 5 s after which a source stops hiding that its catalogue is silent. */
const firstAnswerMs = 6_000;

type Standing = "asking" | "answered" | "failed" | "timed out" | "not asked";

/**
 * Whether the proxy can take traffic: listeners up, not draining, and every namer that can list its names has answered once, be it
 * with an error, or had its time. Namers are asked from the first look on, so that a proxy nobody looks at stays lazy.
 */
export class Readiness implements Closable {
  readonly #clock: Clock;
  readonly #mounted: () => readonly MountedNamer[];
  readonly #standing = new Map<string, Standing>();
  readonly #open: Closable[] = [];
  readonly #accepting: () => boolean;
  #asked = false;
  draining = false;

  /**
   * `mounted` is asked for at each look; namers that only came with a reload are not waited for. `accepting`: whether a connection
   * would be taken.
   */
  constructor(mounted: () => readonly MountedNamer[], accepting: () => boolean, clock: Clock) {
    this.#mounted = mounted;
    this.#accepting = accepting;
    this.#clock = clock;
  }

  get pages(): readonly AdminPage[] {
    return [
      { path: "/livez", methods: ["GET"], about: "the process turns", handle: () => text(200, "ok") },
      { path: "/readyz", methods: ["GET"], about: "ready for traffic", handle: () => this.#answer() },
    ];
  }

  close(): void {
    for (const one of this.#open.splice(0)) one.close();
  }
  [Symbol.dispose](): void {
    this.close();
  }

  #answer() {
    this.#ask();
    const keys = this.#mounted().map(({ prefix }) => prefix.show());
    const namers = Object.fromEntries(keys.map((key) => [key, this.#standing.get(key) ?? "not asked"]));
    const waiting = Object.values(namers).includes("asking");
    const listening = this.#accepting();
    const ready = listening && !this.draining && !waiting;
    const state = { ready, listening, draining: this.draining, namers };
    return json(ready ? 200 : 503, state);
  }

  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    for (const { prefix, namer } of this.#mounted()) {
      const key = prefix.show();
      const names = namer.enumerate?.();
      if (names === undefined) {
        this.#standing.set(key, "not asked");
        continue;
      }
      this.#standing.set(key, "asking");
      const stop = new AbortController();
      const timer = this.#clock.after(firstAnswerMs, () => stop.abort());
      this.#open.push(timer, { close: () => stop.abort(), [Symbol.dispose]() {} });
      names
        .toPromise({ signal: stop.signal })
        .then(
          () => this.#standing.set(key, "answered"),
          () => this.#standing.set(key, stop.signal.aborted ? "timed out" : "failed"),
        )
        .finally(() => timer.close());
    }
  }
}
