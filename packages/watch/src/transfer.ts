import type { IncomingHttpHeaders } from "node:http";
import { type Clock, type Closable, NamerError, toNamerError } from "@namerkit/core";
import type { Dispatcher } from "undici";
import { HttpAnswer } from "./answer.js";
import { isExpected, type Progress, statusError, transportError } from "./failures.js";
import { HttpFailure } from "./http-failure.js";
import type { Prepared } from "./prepared.js";
import { redact } from "./secrets.js";
import type { Stop } from "./stop.js";

/** Of the body of an error no more than this is read, in bytes. */
const ERROR_BYTES = 16 * 1024;

export interface TransferEnd {
  resolve(answer: HttpAnswer): void;
  reject(error: NamerError): void;
  /** The request has left the queue: it is on a connection, or over. */
  started(): void;
  /** After one of the first two. */
  over(transfer: Transfer): void;
}

/**
 * One request from its sending to the last byte of its answer. It settles exactly once, and from then on nothing of it is left: the
 * timer is closed, the signal is not listened to, the body has been read to its end or the socket has been destroyed.
 */
export class Transfer implements Dispatcher.DispatchHandler {
  place: number | undefined;
  readonly #request: Prepared;
  readonly #clock: Clock;
  readonly #end: TransferEnd;
  readonly #signal: Stop | undefined;
  readonly #timer: Closable;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #chunks: Uint8Array[] = [];
  #size = 0;
  #over = false;

  constructor(request: Prepared, clock: Clock, signal: Stop | undefined, end: TransferEnd) {
    this.#request = request;
    this.#clock = clock;
    this.#end = end;
    this.#signal = signal;
    this.#timer = clock.after(request.deadlineMs, () => this.#late());
    signal?.addEventListener("abort", this.#aborted, { once: true });
  }

  /** Never throws. Sends nothing if the request is over already. */
  send(dispatcher: Pick<Dispatcher, "dispatch">): void {
    const { origin, path, method, headers } = this.#request;
    try {
      if (this.#signal?.aborted) this.#aborted();
      if (!this.#over) dispatcher.dispatch({ origin, path, method, headers }, this);
    } catch (thrown) {
      this.#fail(transportError(this.#request.shown, this.#progress, thrown));
    }
  }

  /** Ends the request, wherever it is. */
  abort(error: NamerError): void {
    this.#fail(error);
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
    const announced = Number(headers["content-length"]);
    if (this.#expected && announced > this.#request.maxBytes) this.#tooLarge(` (${announced} bytes)`);
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#expected) {
      if (this.#size > this.#request.maxBytes) this.#tooLarge("");
    } else if (this.#size >= ERROR_BYTES) {
      this.#answered();
      this.#controller?.abort(new NamerError("ABORTED", "enough of the error has been read"));
    }
  }

  onResponseEnd(): void {
    this.#answered();
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, error: Error): void {
    // A status that is an error by itself says more than a body that broke off.
    if (this.#status !== 0 && !this.#expected) this.#answered();
    else this.#fail(transportError(this.#request.shown, this.#progress, error));
  }

  // ----

  get #expected(): boolean {
    return isExpected(this.#status, this.#request.expect);
  }

  get #progress(): Progress {
    return { connected: this.#controller !== undefined, where: this.#where };
  }

  get #where(): string {
    if (this.#status !== 0) return `in the middle of the answer, after ${this.#size} bytes`;
    return this.#controller === undefined ? "no connection" : "no answer";
  }

  #answered(): void {
    const request = this.#request;
    const { shown } = request;
    const [first] = this.#chunks;
    const body = first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
    const clean = (text: string): string => redact(text, request.secrets);
    const answer = new HttpAnswer(this.#status, this.#headers, body, shown, clean);
    const encoding = answer.header("content-encoding") ?? "identity";
    if (!this.#expected) {
      this.#settle(() => this.#end.reject(statusError(answer, this.#clock.wall(), clean, request.words)));
    } else if (encoding !== "identity") {
      const message = `${shown}: the answer is encoded as ${encoding.slice(0, 40)}, which was not asked for`;
      this.#settle(() => this.#end.reject(new HttpFailure("NAMER_ANSWER", "answer", message)));
    } else this.#settle(() => this.#end.resolve(answer));
  }

  #tooLarge(how: string): void {
    const { shown, maxBytes } = this.#request;
    this.#fail(
      new HttpFailure("NAMER_ANSWER", "answer", `${shown}: the answer is larger than ${maxBytes} bytes${how}`),
    );
  }

  #late(): void {
    const { shown, deadlineMs } = this.#request;
    this.#fail(new HttpFailure("NAMER_UNAVAILABLE", "late", `${shown}: ${this.#where} within ${deadlineMs} ms`));
  }

  readonly #aborted = (): void => {
    this.#fail(toNamerError(this.#signal?.reason, "ABORTED", `${this.#request.shown}: `));
  };

  #fail(error: NamerError): void {
    this.#settle(() => this.#end.reject(error));
    // After settling, because undici calls back at once. Harmless where the request has ended by itself.
    this.#controller?.abort(error);
  }

  #settle(tell: () => void): void {
    if (this.#over) return;
    this.#over = true;
    this.#chunks = [];
    this.#timer.close();
    this.#signal?.removeEventListener("abort", this.#aborted);
    this.#end.started();
    tell();
    this.#end.over(this);
  }
}
