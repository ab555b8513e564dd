import { NamerError } from "@namerkit/core";
import type { RecordedExchange, Recording } from "./recording.js";
import { Secrets } from "./secrets.js";

export interface PlayerOptions {
  /** What was given to the recorder as `secrets`, so that paths that held one are found again. */
  readonly secrets?: readonly string[];
  /** What becomes of a request that was recorded, but not so often: an "error" (the default), or "silence" for ever. */
  readonly whenExhausted?: "error" | "silence";
}

/** How many of the exchanges that are still to come a message names. */
const NAMED = 5;

/** Knows what of a recording is to be answered next: the answers to one method and path come in the order of the recording. */
export class Player {
  readonly #waiting = new Map<string, RecordedExchange[]>();
  readonly #recorded = new Map<string, number>();
  readonly #remaining: Set<RecordedExchange>;
  readonly #secrets: Secrets;
  readonly #whenExhausted: "error" | "silence";
  #failure: NamerError | undefined;

  /** Use `createPlayer`. */
  constructor({ exchanges }: Recording, { secrets = [], whenExhausted = "error" }: PlayerOptions = {}) {
    this.#secrets = new Secrets(secrets);
    this.#whenExhausted = whenExhausted;
    this.#remaining = new Set(exchanges);
    for (const exchange of exchanges) {
      const key = keyOf(exchange.request.method, exchange.request.path);
      const waiting = this.#waiting.get(key);
      if (waiting === undefined) this.#waiting.set(key, [exchange]);
      else waiting.push(exchange);
      this.#recorded.set(key, (this.#recorded.get(key) ?? 0) + 1);
    }
  }

  /** What has not been asked for yet, in the order of the recording. */
  get remaining(): readonly RecordedExchange[] {
    return [...this.#remaining];
  }

  /** The first request that had no answer, as the error that it was told. */
  get failure(): NamerError | undefined {
    return this.#failure;
  }

  /**
   * The next answer to a request, which is then taken; undefined is silence.
   *
   * @throws NamerError TESTING_REPLAY if there is none; what is recorded next is in the message
   */
  take(method: string, path: string): RecordedExchange | undefined {
    const key = keyOf(method, this.#secrets.path(path));
    const exchange = this.#waiting.get(key)?.shift();
    if (exchange === undefined) {
      const times = this.#recorded.get(key) ?? 0;
      if (times > 0 && this.#whenExhausted === "silence") return undefined;
      const asked = times === 0 ? "was not recorded" : `was recorded ${times} time(s), and is asked once more`;
      throw this.#fail(`${key} ${asked}; recorded next: ${this.#next()}`);
    }
    this.#remaining.delete(exchange);
    if (exchange.ended === "unrecorded")
      throw this.#fail(`${key} cannot be played: ${exchange.why ?? "no reason given"}`);
    return exchange;
  }

  /** @throws NamerError TESTING_REPLAY if a request had no answer, or something in the recording was not asked for */
  assertFinished(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#remaining.size > 0) throw new NamerError("TESTING_REPLAY", `not asked for: ${this.#next()}`);
  }

  #next(): string {
    const named = this.remaining.slice(0, NAMED).map(({ number, request: { method, path } }) => {
      return `${keyOf(method, path)} (number ${number})`;
    });
    if (named.length === 0) return "nothing, all has been played";
    const more = this.#remaining.size - named.length;
    return `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  }

  #fail(text: string): NamerError {
    const failure = new NamerError("TESTING_REPLAY", text);
    this.#failure ??= failure;
    return failure;
  }
}

/** What `playerServer` or `playerDispatcher` is to answer with; each answer is given once. */
export function createPlayer(recording: Recording, options?: PlayerOptions): Player {
  return new Player(recording, options);
}

/** HTTP clients write one target in several ways; a URL writes it in one. */
function keyOf(method: string, path: string): string {
  try {
    const { pathname, search } = new URL(`http://player${path}`);
    return `${method} ${pathname}${search}`;
  } catch {
    return `${method} ${path}`;
  }
}
