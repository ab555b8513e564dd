import type { Duplex } from "node:stream";
import type { Lease, Outcome } from "@namerkit/client";
import { type Clock, type Closable, NamerError, toNamerError } from "@namerkit/core";
import type { Dispatcher } from "undici";
import type { ClientUse, ServiceUse } from "../router/attachments.js";
import type { RequestStats } from "../router/stats.js";
import type { Connection } from "../upstream/connection.js";
import type { Taker } from "../upstream/host-pool.js";
import { shownDuration } from "./duration.js";
import { unsendable } from "./failures.js";
import { timedOut } from "./texts.js";

export type RequestLease = Lease<ServiceUse, ClientUse>;
export type RawHeaders = readonly (Buffer | string)[];

/** Whose attempt it is. One of onUnreached, onUnsendable, onEnd, onFailed and onTunnel is called, once, unless it is given up. */
export interface AttemptOwner {
  /** What to send; asked once there is a connection, and again if that one turns out to be stale. */
  outgoing(): Dispatcher.DispatchOptions;
  /** From here on the endpoint may have got the request. */
  onSending(): void;
  /** Nothing has reached the endpoint: another one may do. */
  onUnreached(error: NamerError): void;
  /** undici refuses to write the request; no endpoint would get it. */
  onUnsendable(error: Error): void;
  onInformation(status: number, headers: RawHeaders): void;
  onHead(status: number, headers: RawHeaders): void;
  /** False: hold back what comes next, until `resume`. */
  onBody(chunk: Buffer): boolean;
  onEnd(trailers: RawHeaders): void;
  /** The endpoint may have got the request, and there will be no answer, or no more of it. */
  onFailed(error: Error): void;
  /** `status` 101 after an Upgrade, 200 for a CONNECT: from here on the socket is the owner's. */
  onTunnel(status: number, headers: RawHeaders, socket: Duplex): void;
}

/** Connections that may turn out to be closed before anything is sent, until the endpoint counts as failed. */
const maxStale = 3;
/** An answer that is not passed on is read to its end if it is this short, so that its connection can be used again. */
const discardBytes = 16_384;
const discardMs = 1_000;

/**
 * One try of a request, at one endpoint.
 *
 * connecting ─ connection ─> sending ─ head sent ─> sent ─ response head ─> answering ─> over
 *
 * Up to `sending` nothing can have reached the endpoint; from `sent` on it may have.
 */
export class Attempt implements Dispatcher.DispatchHandler, Taker {
  readonly lease: RequestLease;
  /** By the clock. */
  readonly startedAt: number;
  readonly #owner: AttemptOwner;
  readonly #clock: Clock;
  readonly #stats: readonly RequestStats[];
  /** The socket itself is wanted, and nothing is sent on it: CONNECT. */
  readonly #bare: boolean;
  #state: "connecting" | "sending" | "sent" | "answering" | "discarding" | "over" = "connecting";
  #ticket: Closable | undefined;
  #timer: Closable | undefined;
  #connection: Connection | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #stale = 0;
  #discarded = 0;
  #counted = false;

  /** It counts as load of the client from now until it is settled. */
  constructor(lease: RequestLease, owner: AttemptOwner, clock: Clock, bare: boolean) {
    this.lease = lease;
    this.#owner = owner;
    this.#clock = clock;
    this.#bare = bare;
    this.startedAt = clock.now();
    const client = lease.clientAttachment;
    this.#stats = [client.stats, client.statsOf(lease.serviceAttachment)];
    for (const stats of this.#stats) stats.begin();
  }

  /** True while the endpoint has the request, or a part of it, and has not answered. */
  get awaitsHead(): boolean {
    return this.#state === "sent";
  }

  /** True while the answer is held back. */
  get paused(): boolean {
    return this.#controller?.paused === true;
  }

  start(): void {
    this.#state = "connecting";
    const pool = this.lease.clientAttachment.pool(this.lease.address);
    // Where one idle connection had been closed, the others probably have too. undici reads from those that it has used.
    const idle = this.#stale === 0 && !this.#bare ? pool.takeIdle() : undefined;
    if (idle !== undefined) this.onConnection(idle);
    else this.#ticket = pool.take(this);
  }

  resume(): void {
    this.#controller?.resume();
  }

  /** Ends it without an answer; whatever the endpoint still says is not heard. Nothing is called any more. */
  giveUp(why: Error): void {
    const state = this.#state;
    this.#over();
    this.#ticket?.close();
    if (state === "sent" || state === "answering" || state === "discarding") this.#controller?.abort(why);
    if (state !== "connecting") this.#connection?.destroy();
  }

  /** Ends it although an answer has begun, sparing the connection if the rest is short. Nothing is called any more. */
  discard(): void {
    if (this.#state !== "sent" && this.#state !== "answering") return;
    this.#timer?.close();
    this.#state = "discarding";
    this.#timer = this.#clock.after(discardMs, () => this.#tooLong());
    if (this.paused) this.resume();
  }

  /** Ends the chunked body that is being sent with these. */
  trailers(pairs: readonly (readonly [string, string])[]): void {
    this.#connection?.trailers(pairs);
  }

  /**
   * The books of the client, once; `status` 0 if there was no answer. Gives the lease back. `failure`: the code of what went
   * wrong, if something did.
   */
  settle(status: number, outcome: Outcome, failure: string | undefined): void {
    this.#count(status, failure);
    this.lease.release(outcome);
  }

  /** Settles it, and gives a lease of the same client on an endpoint that has not been tried. */
  another(error: NamerError): RequestLease | undefined {
    this.#count(0, error.code);
    return this.lease.another(error);
  }

  #count(status: number, failure: string | undefined): void {
    if (this.#counted) return;
    this.#counted = true;
    const ms = this.#clock.now() - this.startedAt;
    for (const stats of this.#stats) stats.end(failure, ms);
    this.lease.clientAttachment.status.count(status, ms);
  }

  /** Called by the pool. */
  onNoConnection(error: NamerError): void {
    this.#ticket = undefined;
    this.#over();
    this.#owner.onUnreached(error);
  }

  /** Called by the pool. */
  onConnection(connection: Connection): void {
    this.#ticket = undefined;
    if (this.#state !== "connecting") {
      connection.release();
      return;
    }
    this.#connection = connection;
    if (this.#bare) {
      this.#bareSocket(connection);
      return;
    }
    this.#state = "sending";
    this.lease.clientAttachment.acquired(this.#clock.now() - this.startedAt);
    const ms = this.lease.clientAttachment.settings.requestAttemptTimeoutMs;
    if (ms !== undefined) this.#timer = this.#clock.after(ms, () => this.#timedOut(ms));
    connection.dispatch(this.#owner.outgoing(), this);
  }

  #bareSocket(connection: Connection): void {
    if (connection.uses > 0) {
      connection.destroy();
      if (++this.#stale <= maxStale) this.start();
      else this.onNoConnection(new NamerError("PROXY_TOO_MANY_WAITERS", "no new connection became free"));
      return;
    }
    this.#over();
    this.#owner.onTunnel(200, [], connection.detach());
  }

  // ---- undici's handler

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#state !== "sending") {
      controller.abort(new NamerError("PROXY_CLIENT_GONE", "the client went away"));
      return;
    }
    this.#state = "sent";
    this.#owner.onSending();
  }

  onRequestUpgrade(controller: Dispatcher.DispatchController, status: number, _headers: object, socket: Duplex): void {
    if (this.#state !== "sent") {
      socket.on("error", () => {}).destroy();
      return;
    }
    this.#over();
    this.#owner.onTunnel(status, rawList(controller.rawHeaders), socket);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (this.#state !== "sent") return;
    const headers = rawList(controller.rawHeaders);
    if (status < 200) {
      this.#owner.onInformation(status, headers);
      return;
    }
    this.#timer?.close();
    this.#state = "answering";
    this.#owner.onHead(status, headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#state === "discarding") {
      this.#discarded += chunk.length;
      if (this.#discarded > discardBytes) this.#tooLong();
      return;
    }
    if (this.#state !== "answering") return;
    if (!this.#owner.onBody(chunk)) controller.pause();
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    const state = this.#state;
    if (state !== "answering" && state !== "discarding") return;
    this.#over();
    if (state === "answering") this.#owner.onEnd(rawList(controller.rawTrailers));
    this.#connection?.release();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const state = this.#state;
    if (state === "over") return;
    this.#over();
    if (state === "sending") this.#unsent(error);
    else if (state !== "discarding") this.#owner.onFailed(error);
  }

  /** The head was never written: a pooled connection had gone stale, or undici refuses the request. */
  #unsent(error: Error): void {
    if (unsendable(error)) {
      this.#connection?.release();
      this.#owner.onUnsendable(error);
      return;
    }
    this.#connection?.destroy();
    if (++this.#stale <= maxStale) this.start();
    else this.#owner.onUnreached(toNamerError(error, "PROXY_CONNECT_FAILED"));
  }

  #over(): void {
    this.#state = "over";
    this.#timer?.close();
  }

  #tooLong(): void {
    this.giveUp(new NamerError("PROXY_UPSTREAM_FAILED", "the rest of the answer is not wanted"));
  }

  #timedOut(ms: number): void {
    const error = new NamerError("PROXY_ATTEMPT_TIMEOUT", timedOut(shownDuration(ms)));
    this.giveUp(error);
    this.#owner.onFailed(error);
  }
}

function rawList(raw: Dispatcher.DispatchController["rawHeaders"]): RawHeaders {
  return Array.isArray(raw) ? raw : [];
}
