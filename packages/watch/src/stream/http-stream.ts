import type { IncomingHttpHeaders } from "node:http";
import { type Clock, type Closable, NamerError, toNamerError } from "@namerkit/core";
import type { Dispatcher } from "undici";
import { HttpAnswer } from "../answer.js";
import { isExpected, statusError, transportError } from "../failures.js";
import { HttpFailure } from "../http-failure.js";
import type { Prepared } from "../prepared.js";
import { redact } from "../secrets.js";
import type { Stop } from "../stop.js";

/** Of the body of an error no more than this is read, in bytes. */
const ERROR_BYTES = 16 * 1024;
/** So much may have arrived that nobody has asked for yet; then the connection is not read from until that has changed. */
const UNREAD_BYTES = 256 * 1024;

/** An answer whose body is read while it comes. */
export interface HttpStream extends AsyncIterable<Uint8Array>, Closable {
  readonly status: number;
  /** How long nothing may come, in ms, counted from what has come last. */
  idleMs: number;
  /** The request for people: method and URL, without secrets. */
  readonly request: string;
  /** A header by its name, in any case; several of the same name are joined by ", ". */
  header(name: string): string | undefined;
  /**
   * The pieces of the body as they came, once: a second iteration goes on where the first has stopped. Throws NAMER_UNAVAILABLE when
   * the connection breaks, or is silent for too long; the reason of the signal; CLOSED. Leaving the loop closes the stream.
   */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array>;
  /** Destroys the connection, unless the body has been read to its end. */
  close(): void;
}

export interface StreamEnd {
  resolve(stream: HttpStream): void;
  reject(error: NamerError): void;
  /** The request has left the queue: it is on a connection, or over. */
  started(): void;
  /** Nothing of it is left on the wire. */
  over(stream: StreamTransfer): void;
}

interface Reader {
  resolve(result: IteratorResult<Uint8Array>): void;
  reject(error: NamerError): void;
}

/**
 * One request whose answer is a stream. Up to the head it settles like any other, by a deadline; from then on silence is what is timed,
 * by the clock, and whoever reads slowly holds the server back instead of filling the memory.
 */
export class StreamTransfer implements Dispatcher.DispatchHandler, HttpStream, AsyncIterator<Uint8Array> {
  place: number | undefined;
  readonly #request: Prepared;
  readonly #clock: Clock;
  readonly #end: StreamEnd;
  #idleMs: number;
  readonly #signal: Stop | undefined;
  #timer: Closable;
  #controller: Dispatcher.DispatchController | undefined;
  #state: "opening" | "refused" | "open" | "ended" | "failed" = "opening";
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #chunks: Uint8Array[] = [];
  #unread = 0;
  #movedAt = 0;
  #reader: Reader | undefined;
  #error: NamerError | undefined;

  constructor(request: Prepared, clock: Clock, options: { signal: Stop | undefined; idleMs: number }, end: StreamEnd) {
    this.#request = request;
    this.#clock = clock;
    this.#end = end;
    this.#idleMs = options.idleMs;
    this.#signal = options.signal;
    this.#timer = clock.after(request.deadlineMs, () => this.#fail(this.#late("no answer", request.deadlineMs)));
    this.#signal?.addEventListener("abort", this.#aborted, { once: true });
  }

  get status(): number {
    return this.#status;
  }
  get request(): string {
    return this.#request.shown;
  }
  header(name: string): string | undefined {
    const value = this.#headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  get idleMs(): number {
    return this.#idleMs;
  }
  set idleMs(ms: number) {
    this.#idleMs = ms;
    if (this.#state !== "open") return;
    this.#timer.close();
    this.#silent();
  }

  /** Never throws. Sends nothing if the request is over already. */
  send(dispatcher: Pick<Dispatcher, "dispatch">): void {
    const { origin, path, method, headers } = this.#request;
    try {
      if (this.#signal?.aborted) this.#aborted();
      if (!this.#over) dispatcher.dispatch({ origin, path, method, headers }, this);
    } catch (thrown) {
      this.#fail(transportError(this.request, { connected: false, where: "no connection" }, thrown));
    }
  }

  /** Ends it, wherever it is. */
  abort(error: NamerError): void {
    this.#fail(error);
  }

  close(): void {
    this.#fail(new NamerError("CLOSED", `${this.request}: the stream was closed`));
  }
  [Symbol.dispose](): void {
    this.close();
  }

  // ---- who reads it

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#unread -= chunk.length;
      if (this.#chunks.length === 0 && this.#controller?.paused === true && this.#state === "open") {
        this.#movedAt = this.#clock.now();
        this.#controller.resume();
      }
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#state === "ended") return Promise.resolve({ done: true, value: undefined });
    if (this.#error !== undefined) return Promise.reject(this.#error);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  // ---- undici's handler; the order of calls is its contract

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Over while it was still queued: undici can be told only now.
    if (this.#over) controller.abort(new NamerError("ABORTED", "the request is over"));
    else this.#end.started();
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (this.#over || status < 200) return;
    this.#status = status;
    this.#headers = headers;
    if (!isExpected(status, this.#request.expect)) {
      this.#state = "refused";
      return;
    }
    this.#timer.close();
    this.#movedAt = this.#clock.now();
    this.#timer = this.#clock.after(this.#idleMs, this.#silent);
    this.#state = "open";
    this.#end.resolve(this);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    this.#movedAt = this.#clock.now();
    const reader = this.#reader;
    if (reader !== undefined) {
      this.#reader = undefined;
      reader.resolve({ done: false, value: chunk });
      return;
    }
    this.#chunks.push(chunk);
    this.#unread += chunk.length;
    if (this.#state === "refused") {
      if (this.#unread >= ERROR_BYTES) this.#refuse();
    } else if (this.#unread >= UNREAD_BYTES) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#state === "refused") this.#refuse();
    else if (!this.#over) {
      this.#state = "ended";
      this.#reader?.resolve({ done: true, value: undefined });
      this.#reader = undefined;
      this.#leave();
    }
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#state === "refused") this.#refuse();
    else {
      const where = this.#state === "open" ? "in the middle of the stream" : "no answer";
      this.#fail(transportError(this.request, { connected: this.#controller !== undefined, where }, error));
    }
  }

  // ----

  get #over(): boolean {
    return this.#state === "ended" || this.#state === "failed";
  }

  /** Of an error the beginning of the body is enough. */
  #refuse(): void {
    const { shown, secrets } = this.#request;
    const clean = (text: string): string => redact(text, secrets);
    const answer = new HttpAnswer(this.#status, this.#headers, Buffer.concat(this.#chunks), shown, clean);
    this.#fail(statusError(answer, this.#clock.wall(), clean, this.#request.words));
  }

  #late(where: string, ms: number): HttpFailure {
    return new HttpFailure("NAMER_UNAVAILABLE", "late", `${this.request}: ${where} within ${ms} ms`);
  }

  /** Nothing has come for a while, unless it is we who did not want it. */
  readonly #silent = (): void => {
    const now = this.#clock.now();
    if (this.#controller?.paused === true) this.#movedAt = now;
    const left = this.#movedAt + this.#idleMs - now;
    if (left <= 0) this.#fail(this.#late("nothing more in the middle of the stream", this.#idleMs));
    else this.#timer = this.#clock.after(left, this.#silent);
  };

  readonly #aborted = (): void => {
    this.#fail(toNamerError(this.#signal?.reason, "ABORTED", `${this.request}: `));
  };

  #fail(error: NamerError): void {
    if (this.#over) return;
    const opened = this.#state === "open";
    this.#state = "failed";
    this.#error = error;
    this.#chunks = [];
    if (!opened) this.#end.reject(error);
    this.#reader?.reject(error);
    this.#reader = undefined;
    this.#leave();
    // After settling, because undici calls back at once.
    this.#controller?.abort(error);
  }

  #leave(): void {
    this.#timer.close();
    this.#signal?.removeEventListener("abort", this.#aborted);
    this.#end.started();
    this.#end.over(this);
  }
}
