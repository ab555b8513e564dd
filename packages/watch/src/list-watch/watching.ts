import { messageOf, NamerError } from "@namerkit/core";
import type { HttpStream } from "../stream/http-stream.js";
import { Lines } from "../stream/lines.js";
import { Gathering } from "./changes.js";
import { endsInitialEvents, keyOf, versionOf, type WatchEvent, watchEvent } from "./objects.js";
import type { Parsing } from "./parsing.js";

/** The API server itself takes objects of 1.5 MB; JSON and managedFields may double that. */
export const LINE_BYTES = 8 * 1024 * 1024;

export interface WatchingOptions<T> {
  readonly read: (object: unknown) => T | undefined;
  readonly parsing: Parsing;
  readonly count: (name: string) => void;
}

/** What one piece of a watch has said. */
export interface Heard<T> {
  readonly changes: Gathering<T>;
  /** The first objects are all there. */
  readonly initialEnd: boolean;
}

/** The events of one watch as they come, and how far they go. */
export class Watching<T> {
  /** The version up to which everything is known; empty before the first event. */
  resourceVersion = "";
  /** Events of any kind. */
  events = 0;
  readonly #stream: HttpStream;
  readonly #options: WatchingOptions<T>;
  readonly #lines = new Lines(LINE_BYTES);

  constructor(stream: HttpStream, options: WatchingOptions<T>) {
    this.#stream = stream;
    this.#options = options;
  }

  /**
   * What each piece of the stream says, until it ends. A watch that breaks off in the middle of a line has ended before it: what was not
   * whole was not said.
   *
   * @throws NamerError WATCH_EXPIRED (the server no longer knows the version the watch began at, or knows another history), NAMER_ANSWER,
   * NAMER_UNAVAILABLE, and the reason of the signal
   */
  async *heard(): AsyncGenerator<Heard<T>, void, undefined> {
    const { parsing } = this.#options;
    const { request } = this.#stream;
    for await (const piece of this.#stream) {
      const changes = new Gathering<T>();
      let initialEnd = false;
      let failure: NamerError | undefined;
      try {
        for (const line of this.#lines.push(piece)) {
          const event = watchEvent(parsing.event(line, request), request);
          if (this.#take(event, changes)) initialEnd = true;
        }
      } catch (thrown) {
        // What was said before it is true all the same.
        failure =
          thrown instanceof NamerError ? thrown : new NamerError("NAMER_ANSWER", messageOf(thrown), { cause: thrown });
      }
      yield { changes, initialEnd };
      if (failure !== undefined) throw failure;
    }
  }

  /** Whether the first objects end here. */
  #take({ type, object }: WatchEvent, changes: Gathering<T>): boolean {
    this.events++;
    switch (type) {
      case "ADDED":
      case "MODIFIED":
        this.#moved(object);
        this.#set(object, changes);
        return false;
      case "DELETED": {
        this.#moved(object);
        const key = keyOf(object);
        if (key === undefined) this.#options.count("skipped");
        else changes.delete(key);
        return false;
      }
      case "BOOKMARK":
        this.#moved(object);
        return endsInitialEvents(object);
      case "ERROR":
        throw errorOf(object, this.#stream.request);
      default:
        this.#options.count("unknown_events");
        return false;
    }
  }

  #set(object: WatchEvent["object"], changes: Gathering<T>): void {
    const key = keyOf(object);
    const item = key === undefined ? undefined : this.#options.read(object);
    if (key === undefined || item === undefined) this.#options.count("skipped");
    else changes.set(key, item);
  }

  #moved(object: WatchEvent["object"]): void {
    const version = versionOf(object);
    if (version !== "") this.resourceVersion = version;
  }
}

/** The Status in an ERROR event. Its code 410 comes with HTTP 200. */
function errorOf(status: WatchEvent["object"], request: string): NamerError {
  const { code, reason, message } = status;
  const said = `${request}: the watch ended with ${String(code ?? "an error")}${typeof message === "string" ? `: ${message.slice(0, 200)}` : ""}`;
  if (code === 410 || reason === "Expired" || reason === "Gone") return new NamerError("WATCH_EXPIRED", said);
  if (code === 401 || code === 403) return new NamerError("NAMER_REFUSED", said);
  return new NamerError("NAMER_UNAVAILABLE", said);
}
