import { built, quiet, withDefault } from "../fields/field.js";
import { flag, integer, ip, milliseconds, port, text } from "../fields/scalars.js";
import { openSecurity, security } from "./security.js";
import { listenerSocketOptions } from "./shared.js";
import { serverTls } from "./tls.js";

export const adminFields = {
  ip: withDefault(ip, "127.0.0.1", "The address that the admin server listens on. Default 127.0.0.1."),
  port: withDefault(port, 9990, "Its port; 0 is any free one. Default 9990."),
  shutdownGraceMs: withDefault(milliseconds, 10_000, "How long a drain may take in all. Default 10000."),
  socketOptions: listenerSocketOptions,
  tls: built(serverTls, "TLS of the admin server."),
  httpIdentifierPort: built(port, "A further server that explains how a request would be named."),
  workerThreads: quiet(integer(1), "Threads of the admin server; ours needs none."),
  security: withDefault(security, openSecurity, "Which parts of the admin server answer. Default: all."),
};

export const usageFields = {
  orgId: quiet(text, "Names your organisation in Linkerd's usage reports."),
  enabled: quiet(flag, "Whether Linkerd sends usage reports. Namerkit never sends any, whatever stands here."),
};
