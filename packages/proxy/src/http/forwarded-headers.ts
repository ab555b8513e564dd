import type { Socket } from "node:net";
import type { TraceContext } from "@namerkit/core";
import type { ServerRuntime } from "../router/runtime.js";
import { clientCert } from "../tls/client-cert.js";
import type { RequestLease } from "./attempt.js";
import { showDeadline } from "./deadline-context.js";
import type { ProxiedHead } from "./request-head.js";

/** What the proxy has to say of a request, beside what the client said. */
export interface Saying {
  readonly server: ServerRuntime;
  /** The client's. */
  readonly socket: Socket;
  readonly trace: TraceContext;
  /** How soon an answer has to begin; undefined: no limit. */
  readonly deadlineMs: number | undefined;
}

/** Names and values for the endpoint: what the client sent, and what the proxy says about itself. */
export function upstreamHeaders(head: ProxiedHead, lease: RequestLease, saying: Saying): string[] {
  const { authority } = lease.addrMeta;
  const { forwarded, timestampHeader, router } = saying.server;
  // An empty Host is what RFC 9112 (3.2) asks for where there is no authority; undici would put in the endpoint's address.
  const headers = ["Host", typeof authority === "string" ? authority : (head.authority ?? "")];
  if (typeof head.framing === "number" && head.framing > 0) headers.push("Content-Length", String(head.framing));
  for (const text of head.forwarded) headers.push(text);
  if (forwarded !== undefined) headers.push("Forwarded", forwarded.value(saying.socket, head.authority));
  if (timestampHeader !== undefined) headers.push(timestampHeader, String(Math.round(router.clock.wall())));
  if (lease.clientAttachment.settings.forwardClientCert === true) {
    const cert = clientCert(saying.socket);
    if (cert !== undefined) headers.push("x-forwarded-client-cert", cert);
  }
  headers.push("Via", head.via);
  headers.push("l5d-dst-service", lease.serviceAttachment.shown, "l5d-dst-client", lease.clientAttachment.shown);
  if (!lease.residual.isEmpty) headers.push("l5d-dst-residual", lease.residual.show());
  for (const text of router.tracing.write(saying.trace)) headers.push(text);
  if (saying.deadlineMs !== undefined) {
    headers.push("l5d-ctx-deadline", showDeadline(router.clock.wall(), saying.deadlineMs));
  }
  if (!head.local.isEmpty) headers.push("l5d-ctx-dtab", head.local.showExact());
  return headers;
}
