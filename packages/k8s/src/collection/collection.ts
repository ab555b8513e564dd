import {
  Backoff,
  type Clock,
  type Closable,
  type Logger,
  type Metrics,
  messageOf,
  type NamerError,
  TokenBucket,
  toNamerError,
  type WatchContext,
} from "@namerkit/core";
import type { Changes, ListWatch } from "@namerkit/watch";

/**
 * Names that are told of a failure leave, and come back after a pause of their own. What is known is kept for them so long, in ms: longer
 * than the longest of these pauses.
 */
const KEPT_MS = 20_000;
/** A busy collection is heard of thousands of times a second; that it is alive is told to those whom nothing else is told this often, in ms. */
const ALIVE_MS = 250;

/** Who wants to know of one group of objects, such as the slices of a service. Not called any more once it is closed. */
export interface Observer<T> {
  /** These are all of them, now and each time they change. Also told after a failure, with whatever there is. */
  changed(items: readonly T[]): void;
  /** Nothing can be said just now. What was said is still the last that is known. */
  failed(error: NamerError): void;
  /** Contact without a change. */
  alive(): void;
  /** What is asked of the API. */
  request(text: string): void;
  count(name: string, n?: number): void;
}

export interface CollectionEnv {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly metrics: Pick<Metrics, "counter">;
}

export interface CollectionSpec<T> {
  /** For people. */
  readonly what: string;
  /** A new one, that knows nothing, each time the collection begins to be watched. */
  readonly watch: () => Pick<ListWatch<T>, "run">;
  /** It is watched until the signal aborts. */
  readonly begins?: (signal: AbortSignal) => void;
  /** What an object belongs to. The key is its namespace and name. */
  readonly groupOf: (key: string, item: T) => string;
}

/**
 * A collection of the API that is watched once for all who want to know something of it, for as long as there is somebody. It is watched
 * again with back-off whatever happens; only that of which something has changed is told.
 */
export class Collection<T> {
  readonly #env: CollectionEnv;
  readonly #spec: CollectionSpec<T>;
  readonly #items = new Map<string, T>();
  /** The keys of each; nearly all have one. */
  readonly #groups = new Map<string, string | Set<string>>();
  readonly #observers = new Map<string, Set<Observer<T>>>();
  #count = 0;
  #running: AbortController | undefined;
  /** Of the last run: one begins when the one before is over. */
  #ended: Promise<void> = Promise.resolve();
  #watch: Pick<ListWatch<T>, "run"> | undefined;
  readonly #backoff: Backoff;
  readonly #bucket: TokenBucket;
  /** Everybody left after a failure, at this time. */
  #leftAt: number | undefined;
  /** The API is not asked again before this. */
  #notBefore = 0;
  #synced = false;
  #error: NamerError | undefined;
  /** When all observers were last told that it is alive. */
  #aliveToldAt = Number.NEGATIVE_INFINITY;
  #request = "";

  constructor(env: CollectionEnv, spec: CollectionSpec<T>) {
    this.#env = env;
    this.#spec = spec;
    this.#backoff = new Backoff(env.clock, env.random);
    this.#bucket = new TokenBucket(env.clock);
  }

  get what(): string {
    return this.#spec.what;
  }
  /** Somebody wants to know. */
  get observers(): number {
    return this.#count;
  }
  get running(): boolean {
    return this.#running !== undefined;
  }
  /** All objects have been seen, and nothing is wrong. */
  get live(): boolean {
    return this.#synced && this.#error === undefined;
  }
  get error(): NamerError | undefined {
    return this.#error;
  }
  /** Objects that are known. */
  get size(): number {
    return this.#items.size;
  }

  /** Names of all groups. */
  groups(): Iterable<string> {
    return this.#groups.keys();
  }

  /**
   * Tells what is known at once, and what changes, until it is closed. `known`: a failure that the observer has heard of already; it is
   * told the next one, or that it is over.
   */
  observe(group: string, observer: Observer<T>, known?: NamerError): Closable {
    let all = this.#observers.get(group);
    if (all === undefined) {
      all = new Set();
      this.#observers.set(group, all);
    }
    all.add(observer);
    this.#count++;
    this.#start();
    if (this.#request !== "") observer.request(this.#request);
    if (this.live) observer.changed(this.#itemsOf(group));
    else if (this.#error !== undefined && this.#error !== known) observer.failed(this.#error);
    let open = true;
    const close = (): void => {
      if (!open) return;
      open = false;
      all.delete(observer);
      if (all.size === 0 && this.#observers.get(group) === all) this.#observers.delete(group);
      if (--this.#count === 0) this.#leave();
    };
    return { close, [Symbol.dispose]: close };
  }

  /** Ends it, whoever observes, and forgets everything. */
  close(): void {
    this.#stop();
    this.#forget();
  }

  #start(): void {
    if (this.#running !== undefined) return;
    if (this.#leftAt !== undefined && this.#env.clock.now() - this.#leftAt > KEPT_MS) this.#forget();
    this.#leftAt = undefined;
    const running = new AbortController();
    this.#running = running;
    this.#spec.begins?.(running.signal);
    this.#ended = this.#ended.then(() => this.#run(running.signal));
  }

  #stop(): void {
    this.#running?.abort();
    this.#running = undefined;
  }

  #leave(): void {
    this.#stop();
    if (this.#error === undefined) this.#forget();
    else this.#leftAt = this.#env.clock.now();
  }

  #forget(): void {
    this.#watch = undefined;
    this.#items.clear();
    this.#groups.clear();
    this.#synced = false;
    this.#error = undefined;
    this.#leftAt = undefined;
  }

  /** Never rejects. */
  async #run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#env;
    while (!signal.aborted) {
      try {
        const pause = this.#notBefore - clock.now();
        if (pause > 0) await clock.sleep(pause, signal);
        this.#watch ??= this.#spec.watch();
        for await (const changes of this.#watch.run(this.#context(signal))) {
          if (signal.aborted) return;
          this.#took(changes);
        }
      } catch (thrown) {
        if (signal.aborted) return;
        const error = toNamerError(thrown, "NAMER_UNAVAILABLE");
        // What goes on for hours is not said every ten seconds.
        if (error.code !== this.#error?.code)
          this.#env.log.warn({ code: error.code }, `${this.what}: ${messageOf(error)}`);
        this.#notBefore = clock.now() + this.#backoff.failed(error.retryAfterMs);
        this.#failed(error);
      }
    }
  }

  #context(signal: AbortSignal): Pick<WatchContext, "signal" | "alive" | "request" | "count" | "pace"> {
    const { clock, metrics } = this.#env;
    return {
      signal,
      alive: () => this.#alive(),
      request: (text: string) => this.#asked(text),
      count: (name: string, n = 1) => {
        metrics.counter(name).add(n);
        this.#everybody((one) => one.count(name, n));
      },
      pace: async () => {
        const wait = this.#bucket.take();
        if (wait > 0) await clock.sleep(wait, signal);
      },
    };
  }

  #took({ complete, set, deleted }: Changes<T>): void {
    this.#backoff.succeeded();
    const moved = new Set<string>();
    if (complete) for (const key of this.#items.keys()) if (!set.has(key)) this.#drop(key, moved);
    for (const key of deleted) this.#drop(key, moved);
    for (const [key, item] of set) this.#put(key, item, moved);
    const wasLive = this.live;
    this.#synced = true;
    this.#error = undefined;
    // All who wait are to hear that there is something to be known, though it may be nothing for them.
    if (!wasLive) this.#tellAll();
    else for (const group of moved) this.#tell(group);
  }

  #alive(): void {
    this.#backoff.succeeded();
    if (this.#error === undefined) {
      const now = this.#env.clock.now();
      if (now - this.#aliveToldAt < ALIVE_MS) return;
      this.#aliveToldAt = now;
      this.#everybody((one) => one.alive());
      return;
    }
    this.#error = undefined;
    if (this.#synced) this.#tellAll();
  }

  #asked(text: string): void {
    this.#request = text;
    this.#everybody((one) => one.request(text));
  }

  #failed(error: NamerError): void {
    this.#error = error;
    this.#everybody((one) => one.failed(error));
  }

  #put(key: string, item: T, moved: Set<string>): void {
    const group = this.#spec.groupOf(key, item);
    const before = this.#items.get(key);
    if (before !== undefined && this.#spec.groupOf(key, before) !== group) this.#drop(key, moved);
    this.#items.set(key, item);
    const keys = this.#groups.get(group);
    if (keys === undefined) this.#groups.set(group, key);
    else if (typeof keys !== "string") keys.add(key);
    else if (keys !== key) this.#groups.set(group, new Set([keys, key]));
    moved.add(group);
  }

  #drop(key: string, moved: Set<string>): void {
    const item = this.#items.get(key);
    if (item === undefined) return;
    this.#items.delete(key);
    const group = this.#spec.groupOf(key, item);
    const keys = this.#groups.get(group);
    if (keys === key) this.#groups.delete(group);
    else if (typeof keys === "object" && keys.delete(key) && keys.size === 0) this.#groups.delete(group);
    moved.add(group);
  }

  #itemsOf(group: string): readonly T[] {
    const keys = this.#groups.get(group);
    const all = typeof keys === "string" ? [keys] : (keys ?? []);
    return Array.from(all, (key) => this.#items.get(key) as T);
  }

  #tell(group: string): void {
    const observers = this.#observers.get(group);
    if (observers === undefined) return;
    const items = this.#itemsOf(group);
    for (const one of [...observers]) if (observers.has(one)) one.changed(items);
  }

  #tellAll(): void {
    for (const group of [...this.#observers.keys()]) this.#tell(group);
  }

  #everybody(fn: (observer: Observer<T>) => void): void {
    for (const observers of [...this.#observers.values()]) {
      for (const one of [...observers]) if (observers.has(one)) fn(one);
    }
  }
}
