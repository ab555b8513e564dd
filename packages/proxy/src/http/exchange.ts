import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Outcome } from "@namerkit/client";
import { type Closable, Dtab, isNamerError, messageOf, NamerError, type Path, toNamerError } from "@namerkit/core";
import type { RouterRuntime, ServerRuntime } from "../router/runtime.js";
import { classifiedFailure } from "../router/stats.js";
import type { RawHeaders, RequestLease } from "./attempt.js";
import { Books } from "./books.js";
import type { Judgement } from "./classify.js";
import type { OpenRequest } from "./client-connections.js";
import type { Supervised } from "./deadlines.js";
import { Diagnosis } from "./diagnosis.js";
import { Downstream } from "./downstream.js";
import { errorResponse } from "./error-response.js";
import { endpointFailure, type Failure, namesOf, namingFailure, refusal, timeoutFailure } from "./failures.js";
import { tellObservers } from "./finished.js";
import { type Course, FinishedExchange } from "./finished-exchange.js";
import { type Named, named } from "./naming.js";
import { ProxiedHead } from "./request-head.js";
import { responseHead, upgradeHead } from "./response-head.js";
import { type State, verdict, type Waiting, waitingFor } from "./silence.js";
import { TimeLimit } from "./time-limit.js";
import { traceOf } from "./tracing.js";
import { relayedTrailers } from "./trailers.js";
import { type Kind, Tries, type TriesOwner } from "./tries.js";
import { Tunnel, type TunnelOwner } from "./tunnel.js";

/**
 * One request from its head to the end of its answer. Every end comes out as an answer, or as a connection that is visibly cut.
 *
 * naming ─ lease ─> trying ─ response head ─> answering ─> done
 *    └── again ──────┘└─ 101, or connected ─> tunnel ───┘
 */
export class Exchange implements TriesOwner, TunnelOwner, Supervised, OpenRequest {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Nothing after it on its connection is to be taken for a request. */
  last = false;
  place: number | undefined;
  readonly #kind: Kind;
  readonly #server: ServerRuntime;
  readonly #router: RouterRuntime;
  readonly #client: Downstream;
  readonly #books: Books;
  #state: State = "naming";
  #head: ProxiedHead | undefined;
  #path: Path | undefined;
  #target = "/";
  #naming: AbortController | undefined;
  #limit: TimeLimit | undefined;
  #tries: Tries | undefined;
  #pause: Closable | undefined;
  #tunnel: Tunnel | undefined;
  #success = false;
  #diagnosis: Diagnosis | undefined;
  #lastMove: number;

  constructor(server: ServerRuntime, req: IncomingMessage, res: ServerResponse, kind: Kind) {
    this.#server = server;
    this.#router = server.router;
    this.#kind = kind;
    this.req = req;
    this.res = res;
    this.#client = new Downstream(req, res, this.#router.clock);
    this.#books = new Books(server);
    this.#lastMove = this.#books.startedAt;
  }

  /** Never throws. */
  start(): void {
    this.#router.deadlines.add(this);
    try {
      this.#server.admit();
      this.#route();
    } catch (thrown) {
      this.#refuse(thrown);
    }
  }

  // ---- naming

  #route(): void {
    const router = this.#router;
    const { clearContext, maxCallDepth, timeoutMs } = this.#server;
    const head = new ProxiedHead(this.req, router.requestHeaders, { clearContext, limits: router.limits });
    this.#head = head;
    if (!clearContext) this.#diagnosis = Diagnosis.of(head, this.#books.startedAt);
    if (!head.local.isEmpty) this.#server.stats.delegated(head.local.size);
    const found = named(head, router.identifiers, maxCallDepth, this.req.socket);
    if (timeoutMs !== undefined) this.#within(timeoutMs);
    if (head.deadlineMs !== undefined) this.#within(head.deadlineMs);
    if (!(found instanceof Promise)) {
      this.#named(found, head.local);
      return;
    }
    found.then((one) => this.#named(one, head.local)).catch((thrown: unknown) => this.#refuse(thrown));
  }

  #named({ path, target }: Named, local: Dtab): void {
    if (this.#state !== "naming") return;
    this.#path = path;
    this.#target = target;
    this.#acquire(path, local);
  }

  #acquire(path: Path, local: Dtab): void {
    const { names } = this.#router;
    const lease = names.tryAcquire(path, local);
    if (lease !== undefined) {
      this.#leased(lease);
      return;
    }
    this.#naming = new AbortController();
    names
      .acquire(path, local, { signal: this.#naming.signal })
      .then(
        (found) => this.#leased(found),
        (error: unknown) => this.#unnamed(error, path, local),
      )
      .catch((thrown: unknown) => this.#refuse(thrown));
  }

  #unnamed(error: unknown, path: Path, local: Dtab): void {
    if (this.#state !== "naming") return;
    this.#answer(namingFailure(toNamerError(error, "CLIENT_BIND_FAILED"), path, this.#router.dtab, local));
  }

  #leased(lease: RequestLease): void {
    if (this.#state !== "naming") {
      lease.release("ignorable");
      return;
    }
    if (this.#diagnosis?.final === true) {
      lease.release("ignorable");
      this.#answer({ code: "", status: 200, text: this.#wayOf(lease), routed: true, answer: true });
      return;
    }
    this.#state = "trying";
    this.#tries ??= this.#firstTry(lease);
    this.#tries.use(lease);
  }

  #firstTry(lease: RequestLease): Tries {
    const service = lease.serviceAttachment;
    this.#books.serving(service);
    const { totalTimeoutMs } = service.settings;
    if (totalTimeoutMs !== undefined) this.#within(totalTimeoutMs);
    return new Tries(this, this.#server, this.req, this.#kind, this.#head as ProxiedHead, this.#target, this.#limit);
  }

  // ---- what the tries come to

  onMoved(): void {
    this.#lastMove = this.#router.clock.now();
  }
  readonly #moved = (): void => this.onMoved();

  onSending(): void {
    if (this.#head?.expectsContinue === true && this.#head.framing !== 0) this.#client.continue();
  }

  onAgain(waitMs: number): void {
    this.#state = "naming";
    // Never within this call: undici is in the middle of an answer.
    this.#pause = this.#router.clock.after(waitMs, () => {
      try {
        this.#acquire(this.#path as Path, this.#head?.local ?? Dtab.empty);
      } catch (thrown) {
        this.#refuse(thrown);
      }
    });
  }

  onInformation(status: number, headers: RawHeaders): void {
    this.onMoved();
    const { responseHeaders } = this.#router;
    const problem = this.#client.information(status, headers, responseHeaders, this.#server.clearContext);
    if (problem !== undefined) this.#failUpstream(502, problem);
  }

  onHead(status: number, raw: RawHeaders, judged: Judgement): void {
    this.onMoved();
    this.#limit?.close();
    this.#success = judged.success;
    try {
      let plain = responseHead(raw, status, this.#router.responseHeaders, {
        clearContext: this.#server.clearContext,
        success: judged.success,
        close: this.#closes(),
        authority: this.#tries?.lease?.addrMeta.authority,
        host: this.#head?.authority,
      });
      if (this.#diagnosis !== undefined) {
        const longer = this.#diagnosis.lengthened(status, plain);
        if (longer === plain) this.#diagnosis = undefined;
        plain = longer;
      }
      const { compression } = this.#router;
      const head = compression === undefined ? plain : compression.of(this.#head as ProxiedHead, status, plain);
      this.#client.head(status, head, this.#moved);
      this.#state = "answering";
      if (!head.blank) return;
    } catch (thrown) {
      this.#failUpstream(502, `the answer of the endpoint cannot be passed on: ${messageOf(thrown)}`);
      return;
    }
    this.#finishAnswered();
    this.#tries?.discard();
    this.#client.end(undefined);
  }

  onBody(chunk: Buffer): boolean {
    this.onMoved();
    return this.#client.data(chunk, this.#drained);
  }

  readonly #drained = (): void => {
    this.onMoved();
    this.#tries?.resume();
  };

  onEnd(trailers: RawHeaders): void {
    const lease = this.#tries?.lease;
    if (this.#diagnosis !== undefined && lease !== undefined) {
      this.#client.data(Buffer.from(this.#wayOf(lease)), () => {});
    }
    this.#client.finish(() => {
      // Before the client's body is read to its end: the upload would pause it again.
      this.#finishAnswered();
      this.#client.end(trailers.length === 0 ? undefined : relayedTrailers(trailers));
    });
  }

  onTunnel(status: number, raw: RawHeaders, endpoint: Duplex): void {
    this.#limit?.close();
    this.onMoved();
    try {
      if (status === 200) this.#client.connected();
      else this.#client.switching(upgradeHead(raw, this.#router.responseHeaders, this.#server.clearContext));
    } catch (thrown) {
      endpoint.on("error", () => {}).destroy();
      this.#failUpstream(502, `the answer of the endpoint cannot be passed on: ${messageOf(thrown)}`);
      return;
    }
    this.#state = "tunnel";
    this.#success = true;
    this.#tunnel = new Tunnel(this.req.socket, endpoint, this);
  }

  onTunnelOver(bytes: number): void {
    this.#client.bytes = bytes;
    if (this.#state === "tunnel") this.#finishAnswered();
    this.#router.deadlines.delete(this);
  }

  onFailure(failure: Failure): void {
    this.#answer(failure);
  }

  onCut(why: string, code: string): void {
    // The client may have it all, if it is only the end of the connection that went wrong.
    if (this.#client.complete) {
      this.#finishAnswered();
      return;
    }
    this.#log(`service failure: ${why}`);
    this.#cut(why, code);
  }

  // ---- time

  /** The answer has to begin within this time from now. */
  #within(ms: number): void {
    if (ms <= 0) throw new NamerError("PROXY_TIMEOUT", "the deadline of the request (l5d-ctx-deadline) is over");
    this.#limit ??= new TimeLimit(this.#router.clock, (text) => this.#late(text));
    this.#limit.tighten(ms);
  }

  #late(text: string): void {
    if (this.#state !== "naming" && this.#state !== "trying") return;
    const late = new NamerError("PROXY_TIMEOUT", text);
    this.#naming?.abort(late);
    this.#answer(timeoutFailure(text));
    this.#tries?.giveUp(late);
  }

  check(now: number): void {
    const waiting = this.#client.finishing ? "reader" : waitingFor(this.#state, this.#tries, this.#tunnel);
    if (waiting === undefined) return;
    const found = verdict(waiting, now - this.#lastMove, this.#tries?.limits ?? this.#server.limits);
    if (found === undefined) return;
    this.#timedOut(waiting);
    if ("status" in found) {
      this.#failUpstream(found.status, found.text, "PROXY_RESPONSE_TIMEOUT");
      return;
    }
    const code = waiting === "reader" ? "PROXY_CLIENT_TIMEOUT" : "PROXY_RESPONSE_TIMEOUT";
    this.#log(found.cut);
    this.#cut(found.cut, code);
    this.#tries?.giveUp(new NamerError(code, found.cut));
  }

  #timedOut(waiting: Waiting): void {
    const { stats } = this.#server;
    if (waiting === "body") stats.readTimedOut();
    else if (waiting === "reader") stats.writeTimedOut();
    else this.#tries?.lease?.clientAttachment.stats.readTimedOut();
  }

  // ---- the end

  end(why: NamerError): void {
    const { message, code } = why;
    if (this.#state === "naming" || this.#state === "trying") {
      this.#naming?.abort(why);
      this.#answer({ code, status: 503, text: message, routed: true });
    } else {
      this.#cut(message, code);
    }
    this.#tries?.giveUp(why);
  }

  get answered(): boolean {
    return this.#state === "done";
  }

  closed(): void {
    this.#client.closed();
    // The endpoint may still have to hear the rest.
    if (this.#state === "tunnel") return;
    this.#router.deadlines.delete(this);
    if (this.#state === "done") return;
    const gone = new NamerError("PROXY_CLIENT_GONE", "the client went away");
    if (this.#client.complete) this.#finishAnswered();
    else this.#finish("ignorable", this.#client.status, gone.code, gone.message);
    this.#naming?.abort(gone);
    this.#tries?.giveUp(gone);
  }

  /** Whether this answer is the last on its connection. */
  #closes(): boolean {
    return this.#kind !== "plain" || !this.req.complete || this.#server.closes(this.req.socket);
  }

  /** Answers an error although the endpoint might still answer: its connection is cut. */
  #failUpstream(status: number, reason: string, code = "PROXY_UPSTREAM_FAILED"): void {
    this.#answer(endpointFailure({ code, status, reason }, this.#tries?.lease));
    this.#tries?.giveUp(new NamerError(code, reason));
  }

  /** A coded error is the client's mistake; anything else is ours. */
  #refuse(thrown: unknown): void {
    if (!isNamerError(thrown)) this.#router.log.error({ err: thrown }, `service failure: ${messageOf(thrown)}`);
    this.#answer(refusal(thrown));
  }

  #answer(failure: Failure): void {
    if (this.#state === "done") return;
    const { code, status, text } = failure;
    this.last = failure.last === true;
    const close = this.last || this.#closes();
    const clear = this.#server.clearContext;
    const { headers, body } = errorResponse({ ...failure, close, clear }, this.#router.limits);
    const head = this.#head;
    const shown = head?.method === "HEAD" ? undefined : body;
    this.#client.bytes = shown?.length ?? 0;
    const error = failure.answer === true ? undefined : text;
    this.#finish(status < 500 ? "ignorable" : "failure", status, code, error, status < 500);
    this.#client.answer(status, headers, shown, head?.expectsContinue === true);
  }

  /** For a TRACE: how the request came to its endpoint. */
  #wayOf(lease: RequestLease): string {
    const { label, dtab, clock } = this.#router;
    const local = this.#head?.local ?? Dtab.empty;
    return this.#diagnosis?.text(label, lease, dtab.concat(local), clock.now()) ?? "";
  }

  #log(text: string): void {
    const lease = this.#tries?.lease;
    this.#router.log.warn(lease === undefined ? {} : namesOf(lease), text);
  }

  #cut(why: string, code: string): void {
    if (this.#state !== "done") this.#finish("failure", this.#client.status, code, why);
    this.#tunnel?.close();
    this.#client.cut();
  }

  #finishAnswered(): void {
    if (this.#success) this.#finish("success", this.#client.status, undefined, undefined);
    else this.#finish("failure", this.#client.status, classifiedFailure, undefined);
  }

  /**
   * Once. `outcome` is what it says about the endpoint, `status` what the client is told, `code` what the request failed by, if
   * it has, `error` what is to be said about that. `success`: that the client made a mistake is no failure of the service.
   */
  #finish(
    outcome: Outcome,
    status: number,
    code: string | undefined,
    error: string | undefined,
    success = code === undefined,
  ): void {
    this.#state = "done";
    this.onMoved();
    this.#limit?.close();
    this.#pause?.close();
    this.#tries?.settle(this.#client.status, outcome, code);
    this.#server.stats.payload(this.#tries?.received ?? 0, this.#client.bytes);
    const durationMs = this.#books.close(success ? undefined : code, this.#tries?.retries ?? 0);
    const { observers, log } = this.#router;
    if (observers.length === 0) return;
    const course = { durationMs, status, bytes: this.#client.bytes, error, ...this.#course() };
    tellObservers(observers, new FinishedExchange(course), log);
  }

  #course(): Course {
    const tries = this.#tries;
    const attemptedAt = tries?.attemptedAt;
    const serverTrace = tries?.serverTrace ?? traceOf(this.#server, this.#head);
    return {
      server: this.#server,
      req: this.req,
      head: this.#head,
      lease: tries?.lease,
      retries: tries?.retries ?? 0,
      trace: tries?.trace ?? this.#router.tracing.child(serverTrace),
      serverTrace,
      attemptMs: attemptedAt === undefined ? undefined : this.#router.clock.now() - attemptedAt,
    };
  }
}
