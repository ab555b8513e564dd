import type { Clock, Closable } from "@namerkit/core";
import { statusObject, type WatchSink } from "./http/answer.js";
import type { Ask } from "./http/ask.js";
import { apiVersionOf, type KubernetesObject } from "./objects.js";
import type { Change } from "./store/etcd.js";

const bookmarkMs = 60_000;
/** The last bookmark comes so long before the end of a watch. */
const lastBookmarkMs = 1_700;

export interface WatcherEnv {
  readonly clock: Clock;
  /** Of the API server's own memory. */
  version(): number;
  /** Cuts what is written into pieces; absent: as it comes. */
  pieces(): ((text: string) => readonly string[]) | undefined;
  /** Nothing arrives, as on a connection that is half open. */
  silent(): boolean;
  closed(watcher: Watcher): void;
}

/** One watch that is open. */
export class Watcher {
  readonly ask: Ask;
  readonly #env: WatcherEnv;
  readonly #sink: WatchSink;
  readonly #from: number;
  readonly #seen = new Set<string>();
  readonly #timers = new Set<Closable>();
  #closed = false;

  /** Tells of what happens after `from`. `timeoutMs`: when it ends by itself. */
  constructor(ask: Ask, from: number, timeoutMs: number, sink: WatchSink, env: WatcherEnv) {
    this.ask = ask;
    this.#from = from;
    this.#sink = sink;
    this.#env = env;
    this.#after(timeoutMs, () => this.end());
    if (ask.query.get("allowWatchBookmarks") !== "true") return;
    if (timeoutMs > lastBookmarkMs) this.#after(timeoutMs - lastBookmarkMs, () => this.#progress());
    this.#againAfter(bookmarkMs, timeoutMs - lastBookmarkMs);
  }

  /** Objects that are there at the beginning. */
  initial(all: readonly (readonly [string, KubernetesObject])[], marked: boolean): void {
    for (const [key, object] of all) {
      if (!this.ask.matches(object)) continue;
      this.#seen.add(key);
      this.#say("ADDED", object);
    }
    if (marked) this.bookmark({ "k8s.io/initial-events-end": "true" });
  }

  /** Objects that are known to who watches from a version. */
  knows(all: readonly (readonly [string, KubernetesObject])[]): void {
    for (const [key, object] of all) if (this.ask.matches(object)) this.#seen.add(key);
  }

  changed({ version, key, after, before }: Change): void {
    if (version <= this.#from) return;
    const knew = this.#seen.has(key);
    if (after !== undefined && this.ask.matches(after)) {
      this.#seen.add(key);
      this.#say(knew ? "MODIFIED" : "ADDED", after);
    } else if (this.#seen.delete(key) && before !== undefined) {
      const metadata = { ...before.metadata, resourceVersion: String(version) };
      this.#say("DELETED", { ...before, metadata });
    }
  }

  bookmark(annotations?: Readonly<Record<string, string>>): void {
    const version = this.#env.version();
    // One that waits for the future hears nothing.
    if (version < this.#from) return;
    const { resource } = this.ask;
    const metadata = { resourceVersion: String(version), ...(annotations === undefined ? {} : { annotations }) };
    this.#say("BOOKMARK", { metadata, ...resource.blank } as unknown as KubernetesObject);
  }

  /** A bookmark, if there is any newer version than the one that this watch has begun with. */
  #progress(): void {
    if (this.#env.version() > this.#from) this.bookmark();
  }

  /** Told as an event of a stream that has begun well. */
  expired(oldest: number): void {
    const message = `too old resource version: ${this.#from} (${oldest})`;
    this.#write("ERROR", statusObject({ code: 410, message, reason: "Expired" }));
    this.end();
  }

  /** Puts anything at all into the stream. */
  inject(text: string): void {
    if (this.#closed || this.#env.silent()) return;
    const pieces = this.#env.pieces();
    for (const piece of pieces === undefined ? [text] : pieces(text)) this.#sink.write(piece);
  }

  end(): void {
    if (this.#closed) return;
    this.close();
    this.#sink.end();
  }

  reset(): void {
    if (this.#closed) return;
    this.close();
    this.#sink.reset();
  }

  /** The client is gone. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) timer.close();
    this.#timers.clear();
    this.#env.closed(this);
  }

  #say(type: string, { kind: _, apiVersion: __, ...object }: KubernetesObject): void {
    const { resource } = this.ask;
    this.#write(type, { kind: resource.kind, apiVersion: apiVersionOf(resource), ...object });
  }

  #write(type: string, object: object): void {
    this.inject(`${JSON.stringify({ type, object })}\n`);
  }

  #againAfter(ms: number, untilMs: number): void {
    if (ms >= untilMs) return;
    this.#after(bookmarkMs, () => {
      this.#progress();
      this.#againAfter(ms + bookmarkMs, untilMs);
    });
  }

  #after(ms: number, then: () => void): void {
    const timer = this.#env.clock.after(ms, () => {
      this.#timers.delete(timer);
      then();
    });
    this.#timers.add(timer);
  }
}
