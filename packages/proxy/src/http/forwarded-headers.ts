import type { Lease } from "@namerkit/client";
import type { ClientUse, ServiceUse } from "../router/attachments.js";
import type { ProxiedHead } from "./request-head.js";

/** Names and values for the endpoint: what the client sent, and what the proxy says about itself. */
export function upstreamHeaders(head: ProxiedHead, lease: Lease<ServiceUse, ClientUse>, reqid: string): string[] {
  const { authority } = lease.addrMeta;
  // An empty Host is what RFC 9112 (3.2) asks for where there is no authority; undici would put in the endpoint's address.
  const headers = ["Host", typeof authority === "string" ? authority : (head.authority ?? "")];
  if (typeof head.framing === "number" && head.framing > 0) headers.push("Content-Length", String(head.framing));
  for (const text of head.forwarded) headers.push(text);
  headers.push("Via", head.via);
  headers.push("l5d-dst-service", lease.serviceAttachment.shown, "l5d-dst-client", lease.clientAttachment.shown);
  if (!lease.residual.isEmpty) headers.push("l5d-dst-residual", lease.residual.show());
  headers.push("l5d-reqid", reqid);
  if (!head.local.isEmpty) headers.push("l5d-ctx-dtab", head.local.showExact());
  return headers;
}

/** 16 hex digits. */
export function newRequestId(random: () => number): string {
  return hex32(random) + hex32(random);
}

function hex32(random: () => number): string {
  return Math.floor(random() * 0x1_0000_0000)
    .toString(16)
    .padStart(8, "0");
}
