import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Outcome } from "@namerkit/client";
import { messageOf, type NamerError, type ServerTrace, type TraceContext } from "@namerkit/core";
import type { Dispatcher } from "undici";
import type { ServerRuntime } from "../router/runtime.js";
import { classifiedFailure } from "../router/stats.js";
import { Attempt, type AttemptOwner, type RawHeaders, type RequestLease } from "./attempt.js";
import { classify, type Judgement, marksRetryable } from "./classify.js";
import { codeOf, connectFailure, endpointFailure, type Failure, namesOf, timeoutFailure } from "./failures.js";
import { upstreamHeaders } from "./forwarded-headers.js";
import type { HttpLimits } from "./limits.js";
import { type BodyOwner, RequestBody } from "./request-body.js";
import type { ProxiedHead } from "./request-head.js";
import type { TimeLimit } from "./time-limit.js";
import { traceOf } from "./tracing.js";
import { relayedTrailers } from "./trailers.js";

/** How a request came: as one to answer, or with its socket because it wants a tunnel. */
export type Kind = "plain" | "upgrade" | "connect";

/** Who gets the answer. After onFailure, onCut, onEnd or onTunnel nothing more is called. */
export interface TriesOwner {
  /** Something of the request, or of the answer, has moved. */
  onMoved(): void;
  onSending(): void;
  /** Another lease is wanted, so many milliseconds from now. */
  onAgain(waitMs: number): void;
  onInformation(status: number, headers: RawHeaders): void;
  onHead(status: number, headers: RawHeaders, judged: Judgement): void;
  /** False: hold back what comes next, until `resume`. */
  onBody(chunk: Buffer): boolean;
  onEnd(trailers: RawHeaders): void;
  onTunnel(status: number, headers: RawHeaders, socket: Duplex): void;
  /** There is no answer of an endpoint. */
  onFailure(failure: Failure): void;
  /** The answer that has begun will not end. `code`: as metrics call it. */
  onCut(why: string, code: string): void;
}

/** What can stand in a header. */
const sendable = /^[\t -~\x80-\xff]*$/;

/**
 * The endpoint's side of one request: one attempt after the other, until one is answered. Where nothing has reached the endpoint,
 * the next one is another of the same client, within the requeue budget; where something may have, only what the response
 * classifier of the service allows is tried again, within its retry budget, if the request can be sent once more.
 */
export class Tries implements AttemptOwner, BodyOwner {
  readonly #owner: TriesOwner;
  readonly #server: ServerRuntime;
  readonly #req: IncomingMessage;
  readonly #kind: Kind;
  readonly #head: ProxiedHead;
  readonly #target: string;
  readonly #limit: TimeLimit | undefined;
  readonly #body: RequestBody | undefined;
  #attempt: Attempt | undefined;
  #answering = false;
  #retries = 0;
  #waitedMs: number | undefined;
  #failures: NamerError[] = [];
  #serverTrace: ServerTrace | undefined;
  #trace: TraceContext | undefined;

  /** `target`: path and query to ask for. `limit`: by when an answer has to begin. */
  constructor(
    owner: TriesOwner,
    server: ServerRuntime,
    req: IncomingMessage,
    kind: Kind,
    head: ProxiedHead,
    target: string,
    limit: TimeLimit | undefined,
  ) {
    this.#owner = owner;
    this.#server = server;
    this.#req = req;
    this.#kind = kind;
    this.#head = head;
    this.#target = target;
    this.#limit = limit;
    this.#body = head.framing === 0 ? undefined : new RequestBody(req, head.framing, this);
  }

  /** The next attempt. */
  use(lease: RequestLease): void {
    this.#attempt = new Attempt(lease, this, this.#server.router.clock, this.#kind === "connect");
    this.#attempt.start();
  }

  /** Of the last attempt. */
  get lease(): RequestLease | undefined {
    return this.#attempt?.lease;
  }
  /** Attempts beyond the first that a classifier allowed. */
  get retries(): number {
    return this.#retries;
  }
  /** Those of the server, stricter where the client's sockets are to be timed. */
  get limits(): HttpLimits {
    return this.#attempt?.lease.clientAttachment.limits(this.#server.limits) ?? this.#server.limits;
  }
  /** Bytes of the request's body that have come. */
  get received(): number {
    return this.#body?.bytes ?? 0;
  }
  /** What the endpoint was told. */
  get trace(): TraceContext | undefined {
    return this.#trace;
  }
  get serverTrace(): ServerTrace | undefined {
    return this.#serverTrace;
  }
  /** When the last attempt began, by the clock. */
  get attemptedAt(): number | undefined {
    return this.#attempt?.startedAt;
  }
  get awaitsHead(): boolean {
    return this.#attempt?.awaitsHead === true;
  }
  /** True while the answer is held back. */
  get paused(): boolean {
    return this.#attempt?.paused === true;
  }
  /** True while the endpoint would take more than the client has sent. */
  get hungry(): boolean {
    return this.#body?.hungry === true;
  }

  /** Takes no more of the request body, and closes the books of the attempt. */
  settle(status: number, outcome: Outcome, failure: string | undefined): void {
    this.#body?.stop();
    this.#attempt?.settle(status, outcome, failure);
  }

  /** More of the answer may come. */
  resume(): void {
    this.#attempt?.resume();
  }

  /** Nothing is called any more. */
  giveUp(why: NamerError): void {
    this.#attempt?.giveUp(why);
  }

  /** The same, for an answer of which the rest is not wanted. */
  discard(): void {
    this.#attempt?.discard();
  }

  // ---- the attempt's owner

  outgoing(): Dispatcher.DispatchOptions {
    const head = this.#head;
    const attempt = this.#attempt as Attempt;
    this.#owner.onMoved();
    this.#serverTrace ??= traceOf(this.#server, head);
    this.#trace = this.#server.router.tracing.child(this.#serverTrace);
    const { requestAttemptTimeoutMs } = attempt.lease.clientAttachment.settings;
    const headers = upstreamHeaders(head, attempt.lease, {
      server: this.#server,
      socket: this.#req.socket,
      trace: this.#trace,
      deadlineMs: this.#limit?.leftMs(requestAttemptTimeoutMs) ?? requestAttemptTimeoutMs,
    });
    const body = this.#body?.open() ?? null;
    const options = { method: head.method, path: this.#target, headers, body };
    return this.#kind === "upgrade" && head.upgrade !== undefined ? { ...options, upgrade: head.upgrade } : options;
  }

  // ---- the owner of the request body

  onMoved(): void {
    this.#owner.onMoved();
  }

  onTrailers(raw: readonly string[]): void {
    const trailers = relayedTrailers(raw);
    if (trailers !== undefined) this.#attempt?.trailers(trailers);
  }

  // ---- what the attempt comes to

  onSending(): void {
    this.#owner.onSending();
  }

  onUnreached(error: NamerError): void {
    this.#body?.stop();
    const attempt = this.#attempt as Attempt;
    this.#failures.push(error);
    const next = attempt.another(error);
    if (next !== undefined) {
      this.use(next);
      return;
    }
    const { router } = this.#server;
    router.log.warn(namesOf(attempt.lease), messageOf(error));
    const { local } = this.#head;
    const dtab = local.isEmpty ? router.dtab : router.dtab.concat(local);
    this.#owner.onFailure(connectFailure(attempt.lease, dtab, this.#failures));
  }

  onUnsendable(error: Error): void {
    const { authority } = (this.#attempt as Attempt).lease.addrMeta;
    // The client has no part in what a namer says.
    const status = typeof authority === "string" && !sendable.test(authority) ? 502 : 400;
    const text = `the request cannot be forwarded: ${error.message}`;
    this.#owner.onFailure({ code: codeOf(error), status, text, routed: false });
  }

  onFailed(error: Error): void {
    this.#body?.stop();
    const { lease } = this.#attempt as Attempt;
    if (this.#answering) {
      this.#owner.onCut(messageOf(error), codeOf(error));
      return;
    }
    this.#server.router.log.warn(namesOf(lease), `service failure: ${messageOf(error)}`);
    const code = codeOf(error);
    if (this.#again(0, this.#judge(undefined, []), code)) return;
    const reason = messageOf(error);
    const late = code === "PROXY_ATTEMPT_TIMEOUT";
    this.#owner.onFailure(late ? timeoutFailure(reason) : endpointFailure({ code, status: 502, reason }, lease));
  }

  onInformation(status: number, headers: RawHeaders): void {
    this.#owner.onInformation(status, headers);
  }

  onHead(status: number, headers: RawHeaders): void {
    const judged = this.#judge(status, headers);
    if (this.#again(status, judged, classifiedFailure)) {
      this.discard();
      return;
    }
    this.#answering = true;
    this.#body?.forget();
    // How long the body takes says nothing of how busy the endpoint is.
    (this.#attempt as Attempt).lease.answered(judged.success ? "success" : "failure");
    this.#owner.onHead(status, headers, judged);
  }

  onBody(chunk: Buffer): boolean {
    return this.#owner.onBody(chunk);
  }

  onEnd(trailers: RawHeaders): void {
    this.#owner.onEnd(trailers);
  }

  onTunnel(status: number, headers: RawHeaders, socket: Duplex): void {
    // A tunnel may last for days; that the endpoint is well is known now.
    (this.#attempt as Attempt).lease.answered("success");
    this.#owner.onTunnel(status, headers, socket);
  }

  #judge(status: number | undefined, headers: RawHeaders): Judgement {
    const { classifier } = (this.#attempt as Attempt).lease.serviceAttachment;
    const marked = status !== undefined && status >= 500 && marksRetryable(headers);
    return classify(classifier, this.#head.method, status, marked);
  }

  /** True: another attempt follows, wherever the balancer sends it now. `code`: what this one failed by, if it has failed. */
  #again(status: number, judged: Judgement, code: string): boolean {
    if (!judged.retryable || this.#kind !== "plain" || this.#body?.replayable === false) return false;
    const attempt = this.#attempt as Attempt;
    const wait = attempt.lease.serviceAttachment.retries.next(this.#retries, this.#waitedMs);
    if (wait === undefined) return false;
    if (judged.success) attempt.settle(status, "success", undefined);
    else attempt.settle(status, "failure", code);
    this.#body?.stop();
    this.#retries++;
    this.#waitedMs = wait;
    this.#owner.onAgain(wait);
    return true;
  }
}
