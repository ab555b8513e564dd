import { type Clock, messageOf } from "@namerkit/core";
import { endToEnd, valuesOf, without } from "./headers.js";
import type { Ending, HeaderPair, RecordedChunk, RecordedExchange } from "./recording.js";
import type { Secrets } from "./secrets.js";

export interface TakeSpec {
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly number: number;
  /** When the recording began, by the clock. */
  readonly beganAt: number;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly HeaderPair[];
  /** Which of the request's headers are kept, in lower case. */
  readonly kept: readonly string[];
  readonly maxBytes: number;
  /** Called once, with the whole. */
  readonly done: (exchange: RecordedExchange) => void;
}

/** One exchange while it is being recorded. */
export class Take {
  readonly #spec: TakeSpec;
  readonly #startedAt: number;
  #answer: RecordedExchange["answer"];
  #chunks: RecordedChunk[] = [];
  #size = 0;
  #why: string | undefined;
  #over = false;

  constructor(spec: TakeSpec) {
    this.#spec = spec;
    this.#startedAt = spec.clock.now();
  }

  head(status: number, rawHeaders: readonly string[]): void {
    const headers = endToEnd(rawHeaders);
    this.#answer = { atMs: this.#elapsed, status, headers };
    const encoding = valuesOf(headers, "content-encoding").find((value) => value.toLowerCase() !== "identity");
    // Secrets cannot be looked for in it.
    if (encoding !== undefined) this.#drop(`the answer is encoded as ${encoding}`);
  }

  chunk(bytes: Uint8Array): void {
    if (this.#why !== undefined || this.#over) return;
    this.#size += bytes.length;
    this.#chunks.push({ atMs: this.#elapsed, bytes });
    if (this.#size > this.#spec.maxBytes) this.#drop(`the answer is larger than ${this.#spec.maxBytes} bytes`);
  }

  /** `cause` is what broke it off. */
  end(how: Ending, cause?: Error): void {
    if (this.#over) return;
    this.#over = true;
    const { secrets, number, beganAt, method, path, headers, kept } = this.#spec;
    const others = headers.map(([name]) => name.toLowerCase()).filter((name) => !kept.includes(name));
    const answer = this.#answer;
    this.#spec.done({
      number,
      atMs: Math.round(this.#startedAt - beganAt),
      request: { method, path: secrets.path(path), headers: secrets.headers(without(headers, ...others)) },
      answer: answer && { ...answer, headers: secrets.headers(answer.headers) },
      chunks: secrets.chunks(this.#chunks),
      ended: this.#why === undefined ? how : "unrecorded",
      why: this.#why ?? (cause && messageOf(cause)),
      endedAtMs: this.#elapsed,
    });
    this.#chunks = [];
  }

  get #elapsed(): number {
    return Math.round(this.#spec.clock.now() - this.#startedAt);
  }

  #drop(why: string): void {
    this.#why = why;
    this.#chunks = [];
  }
}
