import { type Clock, isNamerError, type WatchContext } from "@namerkit/core";
import type { Http } from "../http.js";
import { HttpFailure } from "../http-failure.js";
import type { JsonShape } from "../partial-json/shape.js";
import type { Changes } from "./changes.js";
import { list, resourceVersionNow } from "./list.js";
import { Parsing } from "./parsing.js";
import { type Credentials, isStatus, Questions } from "./questions.js";
import { Watching } from "./watching.js";

/** A watch has to be answered at once, though nothing follows. */
const OPEN_MS = 10_000;
/** Asked for each watch, in s, and up to a quarter more, so that those of a fleet do not end together. */
const WATCH_SECONDS = 240;
/** A bookmark comes each minute. Half as much again without a word, and nothing will come any more. */
const IDLE_MS = 90_000;
/** While a list is streamed, though after it the same watch may be silent for as long as any other. */
const INITIAL_IDLE_MS = 20_000;
const PAGE_SIZE = 500;
/** After an outage of this length the server may be another, with another past; a list tells. In ms. */
const OUTAGE_MS = 5_000;
/** Before a watch that has ended in good order is opened again, at most, in ms: a whole fleet may have lost its server. */
const REOPEN_MS = 500;

export interface ListWatchSpec<T> {
  readonly http: Pick<Http, "request" | "stream">;
  readonly clock: Pick<Clock, "now" | "sleep">;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** The collection, without a query: `https://api/apis/discovery.k8s.io/v1/namespaces/default/endpointslices`. */
  readonly url: string;
  /** `labelSelector` and `fieldSelector`. */
  readonly query?: Readonly<Record<string, string>>;
  readonly credentials?: Credentials | undefined;
  /** What is to be kept of an object; undefined: it cannot be understood, and is skipped and counted. Must not keep the object. */
  readonly read: (object: unknown) => T | undefined;
  /** What `read` looks at; it is not shown anything else. All of the object, if it is not said. */
  readonly fields?: JsonShape;
  /** Objects on a page of a list; 500 by default. */
  readonly pageSize?: number;
  /** How long a watch may be silent, in ms; 90,000 by default. Bookmarks, which are asked for, come every 60 s. */
  readonly idleMs?: number;
}

type Context = Pick<WatchContext, "signal" | "alive" | "request" | "count" | "pace">;

/**
 * One collection of the Kubernetes API: listed, and then watched from there for as long as it is pulled. Lists are streamed where the
 * server can do that (`sendInitialEvents`), else read page by page.
 *
 * It may be run again after it has failed, and goes on where it was: what changed in between is told, deletions too. Where that cannot be
 * had (the version is too old, or is one that the server has not reached, because its store was restored from a backup) everything is
 * listed anew, as `complete` changes. https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export class ListWatch<T> {
  readonly #spec: ListWatchSpec<T>;
  readonly #questions: Questions;
  readonly #parsing: Parsing;
  /**
   * Everything up to this version has been told, and taken: it moves only when the next is pulled, so that nothing is lost on somebody
   * who stops in between. Undefined: nothing has been told, or it is worth nothing.
   */
  #at: string | undefined;
  /** The last run has failed, or was given up. */
  #doubtful = false;
  /** When something was last heard of the server. */
  #heardAt = 0;
  #streamsLists = true;

  constructor(spec: ListWatchSpec<T>) {
    this.#spec = spec;
    this.#questions = new Questions(spec.http, spec.url, spec.query ?? {}, spec.credentials);
    this.#parsing = new Parsing(spec.fields ?? true);
  }

  /**
   * Tells what there is, and then each change, for ever. Not to be run twice at once.
   *
   * @throws NamerError NAMER_REFUSED, NAMER_UNAVAILABLE, NAMER_ANSWER as `Http.request`; the reason of the signal
   */
  async *run(given: Context): AsyncGenerator<Changes<T>, never, undefined> {
    const alive = (): void => {
      this.#heardAt = this.#spec.clock.now();
      given.alive();
    };
    const context = { ...given, alive };
    try {
      if (this.#doubtful && this.#at !== undefined) await this.#verify(context);
      for (;;) {
        if (this.#at === undefined && !this.#streamsLists) {
          const { changes, at } = await this.#list(context);
          yield changes;
          this.#at = at;
        }
        const streamed = this.#streamsLists;
        yield* this.#watch(context);
        // Nothing has been served: there is no reason to wait before the list is asked for in the other way.
        if (streamed && !this.#streamsLists && this.#at === undefined) continue;
        await this.#beforeTheNext(context);
      }
    } finally {
      this.#doubtful = true;
    }
  }

  /**
   * Whether it is worth going on from where it was. A server whose store was restored from a backup gives the same versions to other
   * objects: if it has not come as far as we have, that shows; and after a while it cannot be told from one that has.
   */
  async #verify(context: Context): Promise<void> {
    if (this.#spec.clock.now() - this.#heardAt > OUTAGE_MS) this.#at = undefined;
    else if (isBefore(await resourceVersionNow(this.#questions, context, this.#parsing), this.#at as string)) {
      context.count("went_back");
      this.#at = undefined;
    }
    this.#doubtful = false;
  }

  async #list(context: Context): Promise<{ readonly changes: Changes<T>; readonly at: string }> {
    const { read, pageSize = PAGE_SIZE } = this.#spec;
    const skipped = () => context.count("skipped");
    const { items, resourceVersion } = await list(this.#questions, context, {
      ...{ pageSize, read, skipped, parsing: this.#parsing },
      alive: () => context.alive(),
    });
    this.#doubtful = false;
    context.count("lists");
    return { changes: items.all(), at: resourceVersion };
  }

  async *#watch(context: Context): AsyncGenerator<Changes<T>, void, undefined> {
    const { read, random, idleMs = IDLE_MS } = this.#spec;
    const from = this.#at;
    const query = {
      allowWatchBookmarks: "true",
      resourceVersion: from,
      timeoutSeconds: String(Math.round(WATCH_SECONDS * (1 + random() / 4))),
      ...(from === undefined && { sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan" }),
    };
    let watching: Watching<T> | undefined;
    try {
      const stream = await this.#questions.watch(query, context, { deadlineMs: OPEN_MS, idleMs });
      context.alive();
      watching = new Watching(stream, { read, parsing: this.#parsing, count: (name) => context.count(name) });
      if (from === undefined) {
        stream.idleMs = Math.min(idleMs, INITIAL_IDLE_MS);
        yield* this.#initial(watching, context, () => {
          stream.idleMs = idleMs;
        });
      } else yield* this.#changes(watching, context);
    } catch (thrown) {
      if (context.signal.aborted || !this.#goesOn(thrown, watching, context)) throw thrown;
    }
  }

  /** Everything first, in one piece, however many pieces it comes in; then `told` is called. */
  async *#initial(
    watching: Watching<T>,
    context: Context,
    told: () => void,
  ): AsyncGenerator<Changes<T>, void, undefined> {
    const all = new AllOfIt<T>();
    for await (const { changes, initialEnd } of watching.heard()) {
      context.alive();
      if (all.told) {
        if (!changes.isEmpty) yield* this.#told(changes.changes());
        this.#at = watching.resourceVersion;
        continue;
      }
      all.add(changes.changes());
      if (!initialEnd) continue;
      all.told = true;
      told();
      this.#doubtful = false;
      context.count("lists");
      yield all.changes();
      this.#at = watching.resourceVersion;
    }
    // It has ended before its beginning was over.
    if (!all.told) this.#streamsLists = false;
  }

  async *#changes(watching: Watching<T>, context: Context): AsyncGenerator<Changes<T>, void, undefined> {
    for await (const { changes } of watching.heard()) {
      context.alive();
      if (!changes.isEmpty) yield* this.#told(changes.changes());
      if (watching.resourceVersion !== "") this.#at = watching.resourceVersion;
    }
  }

  /** Who does not come back for more has not been able to take this: it would come again, and before whatever has followed it. */
  *#told(changes: Changes<T>): Generator<Changes<T>, void, undefined> {
    let taken = false;
    try {
      yield changes;
      taken = true;
    } finally {
      if (!taken) this.#at = undefined;
    }
  }

  /** Whether what has happened to a watch is no failure, but a reason to list or to watch anew. */
  #goesOn(thrown: unknown, watching: Watching<T> | undefined, context: Context): boolean {
    const expired = isStatus(thrown, 410) || (isNamerError(thrown) && thrown.code === "WATCH_EXPIRED");
    if (expired) {
      context.count("expired");
      this.#at = undefined;
      return true;
    }
    if (this.#at === undefined && this.#streamsLists && isStatus(thrown, 400, 404, 422)) {
      // A server that cannot stream lists says so; if it is something else, the list will say it.
      this.#streamsLists = false;
      return true;
    }
    // It would come again, and again be of no use: what is listed comes in other pieces.
    if (isNamerError(thrown) && thrown.code === "NAMER_ANSWER" && watching !== undefined) this.#at = undefined;
    if (thrown instanceof HttpFailure && thrown.kind === "late" && watching !== undefined) {
      context.count("silent");
      if (this.#at === undefined) this.#streamsLists = false;
      // Not even a bookmark: as it is where the version that was asked for lies in the future.
      else if (watching.events === 0) this.#at = undefined;
    }
    return false;
  }

  async #beforeTheNext(context: Context): Promise<void> {
    const { clock, random } = this.#spec;
    await clock.sleep(random() * REOPEN_MS, context.signal);
    await context.pace();
  }
}

/** The first objects of a stream, put together. */
class AllOfIt<T> {
  told = false;
  readonly #set = new Map<string, T>();

  add({ set, deleted }: Changes<T>): void {
    for (const key of deleted) this.#set.delete(key);
    for (const [key, item] of set) this.#set.set(key, item);
  }

  changes(): Changes<T> {
    return { complete: true, set: this.#set, deleted: new Set() };
  }
}

/** Versions are for the server to understand; that they are numbers which grow is what all servers do, and only used to be careful. */
function isBefore(version: string, other: string): boolean {
  const numbers = /^\d+$/;
  return !numbers.test(version) || !numbers.test(other) || BigInt(version) < BigInt(other);
}
