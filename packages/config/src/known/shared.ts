import process from "node:process";
import { entryOf, join } from "../document/node.js";
import { object } from "../fields/containers.js";
import { built, ignored, quiet, required, withDefault } from "../fields/field.js";
import { kinded } from "../fields/kinded.js";
import { refined } from "../fields/refined.js";
import { flag, integer, milliseconds, number } from "../fields/scalars.js";
import type { BackoffPlan } from "../plan-settings.js";

const common = {
  noDelay: built(flag, "TCP_NODELAY. Default true."),
  keepAlive: built(flag, "SO_KEEPALIVE. Default true."),
  reuseAddr: quiet(flag, "SO_REUSEADDR; always on where something listens."),
  readTimeoutMs: ignored(milliseconds, "How long a read may take; the proxy has limits of its own on silence."),
  writeTimeoutMs: ignored(milliseconds, "How long a write may take; the proxy has limits of its own on silence."),
};

/** Whether a listening socket can share its port, in a Node.js of this version: since 22.12, and in 23 since 23.1. */
export function canReusePort(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
}

/** `socketOptions` of what listens. */
export const listenerSocketOptions = built(
  object({
    ...common,
    reusePort: ignored(flag, "SO_REUSEPORT; takes Node.js 22.12 or newer. Default false.", {
      harmless: (value) => !value || canReusePort(process.versions.node),
    }),
    backlog: built(integer(0), "Connections that may wait to be accepted."),
  }),
  "Options of the TCP sockets.",
);

/** `socketOptions` of clients. */
export const clientSocketOptions = built(
  object({
    ...common,
    reusePort: quiet(flag, "SO_REUSEPORT, which says nothing to a socket that connects."),
    backlog: quiet(integer(0), "Of listening sockets alone."),
  }),
  "Options of the TCP sockets.",
);

/** `clientSession` and `serverSession`. */
export const session = object({
  idleTimeMs: built(milliseconds, "How long an idle connection is kept."),
  lifeTimeMs: built(milliseconds, "How long any connection is kept."),
});

export const backoff = refined(
  kinded({
    constant: { ms: withDefault(milliseconds, 0, "Every wait. Default 0.") },
    jittered: {
      minMs: required(milliseconds, "The shortest wait."),
      maxMs: required(milliseconds, "The longest wait."),
    },
  }),
  (value, { node, path, reading }): BackoffPlan | undefined => {
    if (value.kind === "constant") return value;
    const { kind, minMs, maxMs } = value;
    if (minMs === undefined || maxMs === undefined) return undefined;
    if (minMs <= maxMs) return { kind, minMs, maxMs };
    const offset = (node.type === "map" ? entryOf(node, "minMs")?.value.start : undefined) ?? node.start;
    const place = { offset, path: join(path, "minMs") };
    reading.reporter.error("CONFIG_VALUE", place, "the shortest wait is longer than the longest, maxMs");
    return undefined;
  },
);

/** The bounds of the time are those that Linkerd has. */
export const retryBudget = object({
  minRetriesPerSec: withDefault(number(0), 10, "Tries that are always allowed, in a second. Default 10."),
  percentCanRetry: withDefault(number(0, 1000), 0.2, "Tries per request, as a share: 0.2 is one in five. Default 0.2."),
  ttlSecs: withDefault(integer(1, 60), 10, "How long a request counts, in seconds. Default 10."),
});
