import { http } from "msw";
import type { Metadata } from "./metadata.js";

/** The server as msw handlers under `baseUrl`, such as http://rancher-metadata, for a client at `clientIp`. */
export function metadataHandlers(metadata: Metadata, baseUrl: string, clientIp = "127.0.0.1") {
  return [
    http.all(new RegExp(`^${escapeRegExp(baseUrl.replace(/\/$/, ""))}(/|$)`), ({ request }) =>
      metadata.handle(request, clientIp),
    ),
  ];
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
