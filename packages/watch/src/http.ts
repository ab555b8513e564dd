import { type Clock, type Closable, NamerError } from "@namerkit/core";
import type { Dispatcher } from "undici";
import { type AgentOptions, OwnAgent } from "./agent.js";
import type { HttpAnswer } from "./answer.js";
import { Bag, type Bagged } from "./bag.js";
import { type Prepared, prepare, type RequestOptions } from "./prepared.js";
import { type HttpStream, StreamTransfer } from "./stream/http-stream.js";
import { Transfer } from "./transfer.js";

export interface HttpEnv {
  readonly clock: Clock;
  /** An undici Dispatcher that takes every request, as in PluginEnv. It stays its owner's; without it there is an agent of one's own. */
  readonly dispatcher?: object | undefined;
}

export interface HttpOptions extends AgentOptions {
  /** Sent with every request; those of a request win. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How many requests may be under way or waiting for a connection at once; 10,000 by default. */
  readonly maxPending?: number;
}

export interface StreamOptions extends Omit<RequestOptions, "maxBytes" | "method"> {
  /** Until the head of the answer is there, in ms; 10,000 by default. */
  readonly deadlineMs?: number | undefined;
  /** How long nothing may come of the body, in ms; a stream is not silent for ever. */
  readonly idleMs: number;
}

/** A request that is under way, or a stream. */
interface Underway extends Bagged {
  send(dispatcher: Pick<Dispatcher, "dispatch">): void;
  abort(error: NamerError): void;
}

/**
 * A client for one catalogue. Answers are read whole, or as a stream; nothing is retried, redirected or cached: that is for whoever supervises.
 * Deadlines go by the given clock, because undici's own tick only twice a second and do not bound a body that trickles.
 */
export class Http implements Closable {
  readonly #clock: Clock;
  readonly #given: Dispatcher | undefined;
  readonly #own: OwnAgent;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #maxPending: number;
  readonly #transfers = new Bag<Underway>();
  #holds = 0;
  /** Let go of the connections as soon as nothing is under way. */
  #unheld = false;
  #closed = false;

  constructor(env: HttpEnv, options: HttpOptions = {}) {
    this.#clock = env.clock;
    this.#given = env.dispatcher as Dispatcher | undefined;
    this.#own = new OwnAgent(env.clock, options);
    this.#headers = options.headers ?? {};
    this.#maxPending = options.maxPending ?? 10_000;
  }

  /**
   * Sends one request and reads the whole answer.
   *
   * @throws NamerError (by rejecting) NAMER_REFUSED, NAMER_ANSWER, NAMER_UNAVAILABLE, WATCH_REQUEST_INVALID,
   * WATCH_TOO_MANY_REQUESTS; CLOSED after `close`; the reason of `signal`, as ABORTED unless it is a NamerError. In each of these cases
   * its socket is gone or, where the answer was complete, free for the next request.
   */
  request(url: string | URL, options: RequestOptions = {}): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const prepared = prepare(url, options, this.#headers);
      const end = { resolve, reject, ...this.#admit(prepared) };
      this.#begin(new Transfer(prepared, this.#clock, options.signal, end), prepared);
    });
  }

  /**
   * Sends one GET and resolves with the head of its answer; the body is read as it comes, for as long as something comes. It counts as
   * under way until it has ended, failed or been closed.
   *
   * @throws NamerError (by rejecting) as `request`
   */
  stream(url: string | URL, options: StreamOptions): Promise<HttpStream> {
    return new Promise((resolve, reject) => {
      const prepared = prepare(url, options, this.#headers);
      const { signal, idleMs } = options;
      const end = { resolve, reject, ...this.#admit(prepared) };
      this.#begin(new StreamTransfer(prepared, this.#clock, { signal, idleMs }, end), prepared);
    });
  }

  #admit({ shown, origin }: Prepared): { started(): void; over(transfer: Underway): void } {
    if (this.#closed) throw new NamerError("CLOSED", `${shown}: the client is closed`);
    if (this.#transfers.size >= this.#maxPending) {
      throw new NamerError("WATCH_TOO_MANY_REQUESTS", `${shown}: ${this.#maxPending} requests are under way already`);
    }
    const started = this.#given === undefined ? this.#own.wait(origin) : () => {};
    return { started, over: (transfer) => this.#over(transfer) };
  }

  #begin(transfer: Underway, { origin }: Prepared): void {
    this.#transfers.add(transfer);
    this.#send(transfer, origin);
  }

  #over(transfer: Underway): void {
    this.#transfers.delete(transfer);
    if (this.#given === undefined) this.#own.answered();
    // Not from within undici, which has not finished with the connection yet.
    if (this.#unheld) queueMicrotask(() => this.#letGo());
  }

  /**
   * Says that the connections are of use until `signal` aborts. When it was the last one that was held for, idle connections are
   * closed at once and not only after `idleMs`. The signal of a watch is what should be given here.
   */
  hold(signal: AbortSignal): void {
    if (signal.aborted || this.#closed) return;
    this.#holds++;
    this.#unheld = false;
    const release = (): void => {
      if (--this.#holds > 0) return;
      this.#unheld = true;
      this.#letGo();
    };
    signal.addEventListener("abort", release, { once: true });
  }

  /** Has every connection made anew, as after a change of who we are: what is under way on the old ones fails. */
  reconnect(): void {
    this.#own.reset();
  }

  /** Requests under way fail with CLOSED, and every socket is destroyed. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const transfer of this.#transfers.list()) transfer.abort(new NamerError("CLOSED", "the client was closed"));
    this.#own.reset();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The connections that stand. */
  get sockets(): readonly { readonly destroyed: boolean }[] {
    return this.#own.sockets;
  }

  /** Resolves when the sockets that `close` and `hold` have let go of are gone. */
  drained(): Promise<void> {
    return this.#own.drained();
  }

  #send(transfer: Underway, origin: string): void {
    const { settling } = this.#own;
    if (this.#given !== undefined) transfer.send(this.#given);
    else if (settling === undefined) transfer.send(this.#own.dispatcherOf(origin));
    else void settling.then(() => transfer.send(this.#own.dispatcherOf(origin)));
  }

  #letGo(): void {
    if (this.#unheld && this.#transfers.size === 0) this.#own.reset();
  }
}

/** As `new Http(env, options)`. */
export function createHttp(env: HttpEnv, options?: HttpOptions): Http {
  return new Http(env, options);
}
