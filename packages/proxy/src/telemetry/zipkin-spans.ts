import { isIP } from "node:net";
import type { FinishedRequest, TraceContext } from "@namerkit/core";
import { withoutQuery } from "./target.js";

/** A span of Zipkin's API, version 2 (zipkin.io/zipkin-api). */
export interface ZipkinSpan {
  readonly traceId: string;
  readonly id: string;
  readonly parentId?: string;
  readonly kind: "SERVER" | "CLIENT";
  readonly name: string;
  /** Microseconds since 1970. */
  readonly timestamp: number;
  /** Microseconds, 1 at the least. */
  readonly duration: number;
  readonly shared?: true;
  readonly debug?: true;
  readonly localEndpoint: ZipkinEndpoint;
  readonly remoteEndpoint?: ZipkinEndpoint;
  readonly tags: Readonly<Record<string, string>>;
}

interface ZipkinEndpoint {
  readonly serviceName?: string;
  readonly ipv4?: string;
  readonly ipv6?: string;
  readonly port?: number;
}

/** Clients choose targets and hosts: a collector takes 5 MiB at once. */
const maxTag = 1_024;

/**
 * The server's span of a request, and the client's of its last attempt, if it got so far. Tags are those of Finagle (`http.method`,
 * `http.uri`, `http.status_code`) and of Linkerd (`router.label`, `service`, `client`), with Zipkin's `error`.
 */
export function zipkinSpans(request: FinishedRequest): readonly ZipkinSpan[] {
  const { router, method, status, startedAt, durationMs, serverTrace, trace, attemptMs, service, client, error } =
    request;
  const name = method.toLowerCase();
  const localEndpoint = { serviceName: router.toLowerCase(), ...endpoint(request.server.replace(/\/(\d+)$/, ":$1")) };
  const common = tags({
    "http.method": method,
    "http.uri": withoutQuery(request.target),
    "http.status_code": status === 0 ? undefined : String(status),
    "router.label": router,
    service,
    client,
    error: error?.split("\n", 1)[0] ?? (status >= 500 ? String(status) : undefined),
  });
  const remote = endpoint(request.remote);
  const retries = request.retries === 0 ? {} : { retries: String(request.retries) };
  const host = tags({ "http.host": request.authority });
  const server: ZipkinSpan = {
    ...ids(serverTrace),
    kind: "SERVER",
    name,
    ...times(startedAt, durationMs),
    ...(serverTrace.shared ? { shared: true as const } : {}),
    localEndpoint,
    ...(Object.keys(remote).length === 0 ? {} : { remoteEndpoint: remote }),
    tags: { ...common, ...host, ...retries },
  };
  if (attemptMs === undefined || request.address === undefined) return [server];
  const to = { ...(service === undefined ? {} : { serviceName: service.toLowerCase() }), ...endpoint(request.address) };
  const last: ZipkinSpan = {
    ...ids(trace),
    kind: "CLIENT",
    name,
    ...times(startedAt + durationMs - attemptMs, attemptMs),
    localEndpoint,
    remoteEndpoint: to,
    tags: common,
  };
  return [server, last];
}

function ids({
  traceId,
  spanId,
  parentId,
  flags,
}: TraceContext): Pick<ZipkinSpan, "traceId" | "id" | "parentId" | "debug"> {
  const parent = parentId === spanId ? {} : { parentId };
  return { traceId, id: spanId, ...parent, ...((flags & 1) === 0 ? {} : { debug: true as const }) };
}

function times(startMs: number, ms: number): Pick<ZipkinSpan, "timestamp" | "duration"> {
  return { timestamp: Math.round(startMs * 1_000), duration: Math.max(1, Math.round(ms * 1_000)) };
}

function tags(given: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [key, value] of Object.entries(given)) if (value !== undefined) all[key] = value.slice(0, maxTag);
  return all;
}

/** Of ip:port; empty where it is no address, or that of no machine. */
function endpoint(text: string): Pick<ZipkinEndpoint, "ipv4" | "ipv6" | "port"> {
  const [, host = "", digits] = /^\[?([^\]]*)\]?:(\d+)$/.exec(text) ?? [];
  const port = Number(digits) > 0 ? { port: Number(digits) } : {};
  const bare = host.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  if (bare === "0.0.0.0" || bare === "::") return port;
  const family = isIP(bare);
  return family === 0 ? {} : family === 4 ? { ipv4: bare, ...port } : { ipv6: bare, ...port };
}
