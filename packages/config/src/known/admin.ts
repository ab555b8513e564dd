import { list, object } from "../fields/containers.js";
import { ignored, quiet, refused, withDefault } from "../fields/field.js";
import { flag, integer, ip, milliseconds, port, text } from "../fields/scalars.js";
import { serverTls, socketOptions } from "./shared.js";

const security = object({
  uiEnabled: withDefault(flag, true, "Serves the pages and what they read. Default true."),
  controlEnabled: withDefault(flag, true, "Serves what changes things: shutdown, log levels. Default true."),
  diagnosticsEnabled: withDefault(flag, true, "Serves everything else. Default true."),
  pathWhitelist: quiet(list(text), "Paths served whatever the switches say."),
  pathBlacklist: quiet(list(text), "Paths never served."),
});

export const adminFields = {
  ip: withDefault(ip, "127.0.0.1", "The address that the admin server listens on. Default 127.0.0.1."),
  port: withDefault(port, 9990, "Its port; 0 is any free one. Default 9990."),
  shutdownGraceMs: withDefault(milliseconds, 10_000, "How long a drain may take in all. Default 10000."),
  socketOptions,
  tls: refused(
    serverTls,
    "TLS of the admin server.",
    "without it the admin server would be open to readers on the network",
  ),
  httpIdentifierPort: ignored(port, "A further server that explains how a request would be named."),
  workerThreads: ignored(integer(1), "Threads of the admin server; ours needs none."),
  security: refused(
    security,
    "Which parts of the admin server answer.",
    "without it what you closed would stay open; listen on 127.0.0.1 instead",
    {
      harmless: (value) =>
        value.uiEnabled && value.controlEnabled && value.diagnosticsEnabled && (value.pathBlacklist ?? []).length === 0,
    },
  ),
};

export const usageFields = {
  orgId: quiet(text, "Names your organisation in Linkerd's usage reports."),
  enabled: quiet(flag, "Whether Linkerd sends usage reports. Namerkit never sends any, whatever stands here."),
};
