import type { IncomingMessage, ServerResponse } from "node:http";
import type { Lease, Outcome } from "@namerkit/client";
import { type Closable, Dtab, isNamerError, messageOf, NamerError, toNamerError } from "@namerkit/core";
import type { Dispatcher } from "undici";
import type { ClientUse, ServiceUse } from "../router/attachments.js";
import { EndpointUse } from "../router/endpoint-use.js";
import type { RouterRuntime, ServerRuntime } from "../router/runtime.js";
import type { Connection } from "../upstream/connection.js";
import { Upload } from "../upstream/upload.js";
import type { OpenRequest } from "./client-connections.js";
import type { Supervised } from "./deadlines.js";
import { Downstream } from "./downstream.js";
import { errorResponse } from "./error-response.js";
import { connectFailure, endpointFailure, type Failure, namesOf, namingFailure, unsendable } from "./failures.js";
import { tellObservers } from "./finished.js";
import { type Ended, FinishedExchange } from "./finished-exchange.js";
import { newRequestId, upstreamHeaders } from "./forwarded-headers.js";
import { named } from "./naming.js";
import { ProxiedHead } from "./request-head.js";
import { responseHead } from "./response-head.js";
import { verdict, type Waiting } from "./silence.js";

/** Connections that may turn out to be closed before anything is sent, until the endpoint counts as failed. */
const maxStale = 3;

/**
 * One request from its head to the end of its answer.
 *
 * naming ─ lease ─> connecting ─ connection ─> sending ─ head sent ─> sent ─ response head ─> answering ─> done
 *
 * Up to `sending` nothing can have reached the endpoint, so a failure there moves the request to another endpoint. From `sent` on
 * a failure is final: an error answer while the client has not got a head yet, else a connection that is visibly cut.
 */
export class Exchange implements Dispatcher.DispatchHandler, Supervised, OpenRequest {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly #server: ServerRuntime;
  readonly #router: RouterRuntime;
  readonly #start: number;
  #state: "naming" | "connecting" | "sending" | "sent" | "answering" | "done" = "naming";
  #head: ProxiedHead | undefined;
  #target = "/";
  #naming: AbortController | undefined;
  #lease: Lease<ServiceUse, ClientUse> | undefined;
  #service: ServiceUse | undefined;
  #endpoint: EndpointUse | undefined;
  #ticket: Closable | undefined;
  #connection: Connection | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #upload: Upload | undefined;
  #stale = 0;
  #failures: string[] = [];
  #lastMove = 0;
  #error: string | undefined;
  #reqid: string | undefined;
  readonly #client: Downstream;

  constructor(server: ServerRuntime, req: IncomingMessage, res: ServerResponse) {
    this.#server = server;
    this.#router = server.router;
    this.req = req;
    this.res = res;
    this.#start = this.#router.clock.now();
    this.#lastMove = this.#start;
    this.#client = new Downstream(req, res, this.#router.clock);
  }

  /** Never throws; every end of a request comes out as an answer or a cut connection. */
  start(): void {
    this.#server.stats.begin();
    this.#router.deadlines.add(this);
    try {
      this.#route();
    } catch (thrown) {
      this.#refuse(thrown);
    }
  }

  #route(): void {
    const router = this.#router;
    const head = new ProxiedHead(this.req, router.requestHeaders, {
      clearContext: this.#server.clearContext,
      maxDelegations: router.limits.delegationsPerRequest,
    });
    this.#head = head;
    const { path, target } = named(head, router.identifiers, this.#server.maxCallDepth, this.req.socket);
    this.#target = target;
    const lease = router.names.tryAcquire(path, head.local);
    if (lease !== undefined) {
      this.#leased(lease);
      return;
    }
    this.#naming = new AbortController();
    router.names
      .acquire(path, head.local, { signal: this.#naming.signal })
      .then(
        (found) => this.#leased(found),
        (error: unknown) => {
          if (this.#state !== "naming") return;
          const why = toNamerError(error, "CLIENT_BIND_FAILED");
          this.#answer(namingFailure(why, path, router.dtab, head.local));
        },
      )
      .catch((thrown: unknown) => this.#refuse(thrown));
  }

  #leased(lease: Lease<ServiceUse, ClientUse>): void {
    if (this.#state !== "naming") {
      lease.release("ignorable");
      return;
    }
    this.#service = lease.serviceAttachment;
    this.#service.stats.begin();
    this.#use(lease);
  }

  #use(lease: Lease<ServiceUse, ClientUse>): void {
    this.#lease = lease;
    this.#endpoint = new EndpointUse(lease.clientAttachment, this.#router.clock);
    this.#connect(lease);
  }

  #connect(lease: Lease<ServiceUse, ClientUse>): void {
    this.#state = "connecting";
    const pool = lease.clientAttachment.pool(lease.address);
    // Where one idle connection had been closed, the others probably have too.
    const idle = this.#stale === 0 ? pool.takeIdle() : undefined;
    if (idle !== undefined) this.onConnection(idle);
    else this.#ticket = pool.take(this);
  }

  /** Called by the pool. */
  onNoConnection(error: NamerError): void {
    this.#ticket = undefined;
    this.#elsewhere(error);
  }

  /** Called by the pool. */
  onConnection(connection: Connection): void {
    this.#ticket = undefined;
    const head = this.#head;
    const lease = this.#lease;
    if (head === undefined || lease === undefined || this.#state !== "connecting") {
      connection.release();
      return;
    }
    this.#state = "sending";
    this.#connection = connection;
    this.#lastMove = this.#router.clock.now();
    if (head.framing !== 0) this.#upload = new Upload(this.req, this.#moved);
    this.#reqid ??= head.reqid ?? newRequestId(this.#router.random);
    const headers = upstreamHeaders(head, lease, this.#reqid);
    connection.dispatch({ method: head.method, path: this.#target, headers, body: this.#upload ?? null }, this);
  }

  /** Nothing has reached the endpoint: another one may do. */
  #elsewhere(error: NamerError): void {
    const lease = this.#lease;
    if (lease === undefined || this.#state === "done") return;
    this.#failures.push(messageOf(error));
    this.#endpoint?.end(0, false);
    const next = lease.another(error);
    if (next !== undefined) {
      this.#use(next);
      return;
    }
    this.#router.log.warn(namesOf(lease), messageOf(error));
    const { dtab } = this.#router;
    this.#answer(connectFailure(lease, dtab.concat(this.#head?.local ?? Dtab.empty), this.#failures));
  }

  // ---- undici's handler

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#state !== "sending") {
      controller.abort(new NamerError("PROXY_CLIENT_GONE", "the client went away"));
      return;
    }
    this.#state = "sent";
    if (this.#head?.expectsContinue === true && this.#upload !== undefined) this.#client.continue();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    this.#moved();
    if (status < 200 || this.#state !== "sent") return;
    const raw = controller.rawHeaders;
    try {
      const head = responseHead(Array.isArray(raw) ? raw : [], status, this.#router.responseHeaders, {
        clearContext: this.#server.clearContext,
        close: this.#server.draining || !this.req.complete,
      });
      this.#client.head(status, head);
      this.#state = "answering";
    } catch (thrown) {
      this.#failUpstream(502, `the answer of the endpoint cannot be passed on: ${messageOf(thrown)}`);
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#state !== "answering") return;
    this.#moved();
    const more = this.#client.data(chunk, () => {
      this.#moved();
      controller.resume();
    });
    if (!more) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#state !== "answering") return;
    // Before the client's body is read to its end: the upload would pause it again.
    this.#finishAnswered();
    this.#client.end();
    this.#connection?.release();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const state = this.#state;
    if (state === "done") return;
    if (state === "sending") {
      this.#unsent(error);
      return;
    }
    if (this.#client.complete) {
      this.#finishAnswered();
      return;
    }
    this.#router.log.warn(this.#logged(), `service failure: ${messageOf(error)}`);
    if (state === "answering") this.#cut(messageOf(error));
    else this.#answer(endpointFailure(502, this.#lease, messageOf(error)));
  }

  /** The head was never written: a pooled connection had gone stale, or undici refuses the request. */
  #unsent(error: Error): void {
    this.#upload?.destroy();
    this.#upload = undefined;
    const lease = this.#lease;
    if (unsendable(error)) {
      this.#connection?.release();
      this.#answer({ status: 400, text: `the request cannot be forwarded: ${error.message}`, routed: false });
    } else if (lease !== undefined && ++this.#stale <= maxStale) {
      this.#connection?.destroy();
      this.#connect(lease);
    } else {
      this.#elsewhere(toNamerError(error, "PROXY_CONNECT_FAILED"));
    }
  }

  // ---- time, and the client's side

  check(now: number): void {
    const waiting = this.#waiting();
    if (waiting === undefined) return;
    const found = verdict(waiting, now - this.#lastMove, this.#router.limits);
    if (found === undefined) return;
    if ("status" in found) {
      this.#failUpstream(found.status, found.text);
      return;
    }
    this.#router.log.warn(this.#logged(), found.cut);
    const controller = this.#controller;
    const open = this.#state !== "done";
    this.#cut(found.cut);
    const code = waiting === "reader" ? "PROXY_CLIENT_TIMEOUT" : "PROXY_RESPONSE_TIMEOUT";
    if (open) controller?.abort(new NamerError(code, found.cut));
  }

  /** Names and connections have deadlines of their own. */
  #waiting(): Waiting | undefined {
    if (this.#state === "sent") return this.#upload?.hungry === true ? "body" : "head";
    if (this.#state === "answering") return this.#controller?.paused === true ? "reader" : "answer";
    // What is left of an answer may still be waiting to be read.
    return this.#state === "done" ? "reader" : undefined;
  }

  readonly #moved = (): void => {
    this.#lastMove = this.#router.clock.now();
  };

  get answered(): boolean {
    return this.#state === "done";
  }

  closed(): void {
    const state = this.#state;
    this.#router.deadlines.delete(this);
    if (state === "done") return;
    const gone = new NamerError("PROXY_CLIENT_GONE", "the client went away");
    const controller = this.#controller;
    const connection = this.#connection;
    if (this.#client.complete) this.#finishAnswered();
    else {
      this.#error = gone.message;
      this.#finish("ignorable", false);
    }
    this.#naming?.abort(gone);
    this.#ticket?.close();
    if (state === "sent" || state === "answering") controller?.abort(gone);
    connection?.destroy();
  }

  /** Answers an error although the endpoint might still answer: its connection is cut. */
  #failUpstream(status: number, text: string): void {
    const controller = this.#controller;
    this.#answer(endpointFailure(status, this.#lease, text));
    controller?.abort(new NamerError("PROXY_UPSTREAM_FAILED", text));
  }

  /** A coded error is the client's mistake; anything else is ours. */
  #refuse(thrown: unknown): void {
    if (!isNamerError(thrown)) {
      this.#router.log.error({ err: thrown }, `service failure: ${messageOf(thrown)}`);
      this.#answer({ status: 502, text: messageOf(thrown), routed: false });
      return;
    }
    const status = thrown.code === "PROXY_NOT_SUPPORTED" ? 501 : 400;
    this.#answer({ status, text: thrown.message, routed: false });
  }

  #answer({ status, text, routed }: Failure): void {
    if (this.#state === "done") return;
    const close = this.#server.draining || !this.req.complete;
    this.#error = text;
    const { headers, body } = errorResponse({ status, text, routed, close }, this.#router.limits);
    const head = this.#head;
    const shown = head?.method === "HEAD" ? undefined : body;
    this.#finish(status < 500 ? "ignorable" : "failure", status < 500, { status, bytes: shown?.length ?? 0 });
    this.#client.answer(status, headers, shown, head?.expectsContinue === true);
  }

  #cut(why: string): void {
    this.#error ??= why;
    if (this.#state !== "done") this.#finish("failure", false);
    this.#client.cut();
  }

  #logged(): object {
    return this.#lease === undefined ? {} : namesOf(this.#lease);
  }

  #finishAnswered(): void {
    const success = this.#client.status < 500;
    this.#finish(success ? "success" : "failure", success);
  }

  /** The books: once per request. `success` is what the client saw, `outcome` what it says about the endpoint. */
  #finish(
    outcome: Outcome,
    success: boolean,
    shown: { readonly status: number; readonly bytes: number } = this.#client,
  ): void {
    this.#state = "done";
    this.#moved();
    this.#upload?.destroy();
    const ms = this.#router.clock.now() - this.#start;
    this.#server.stats.end(success, ms);
    this.#service?.stats.end(success, ms);
    this.#service = undefined;
    this.#endpoint?.end(this.#client.status, outcome === "success");
    this.#lease?.release(outcome);
    const { observers, log } = this.#router;
    if (observers.length > 0) tellObservers(observers, new FinishedExchange(this.#ended(ms, shown)), log);
  }

  #ended(durationMs: number, { status, bytes }: { readonly status: number; readonly bytes: number }): Ended {
    const id = this.#reqid ?? newRequestId(this.#router.random);
    return {
      server: this.#server,
      req: this.req,
      head: this.#head,
      lease: this.#lease,
      durationMs,
      status,
      bytes,
      retries: 0,
      trace: { traceId: id, spanId: id, parentId: id, sampled: undefined, flags: 0 },
      error: this.#error,
    };
  }
}
