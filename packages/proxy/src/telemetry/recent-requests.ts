import {
  defineTelemeter,
  escapeHtml,
  type FinishedRequest,
  type PageAnswer,
  type PageRequest,
  type TelemeterPlugin,
} from "@namerkit/core";
import { integerField, optionsJsonSchema, optionsSchema, shareField } from "../identify/options-schema.js";
import { withoutQuery } from "./target.js";

interface RecentRequestsOptions {
  /** The share of requests that is kept, from 0 to 1. */
  readonly sampleRate: number;
  /** How many are kept. */
  readonly capacity: number;
}

const fields = { sampleRate: shareField("required"), capacity: integerField(10, 1, 10_000) };

/** One request as /requests.json tells it. */
interface RecentRequest {
  /** When it came, ISO 8601. */
  readonly timestamp: string;
  readonly durationMs: number;
  /** ip:port of the client. */
  readonly source: string;
  readonly server: string;
  readonly router: string;
  readonly method: string;
  /** Host of the request. */
  readonly authority: string | null;
  /** Without the query, which may hold secrets. */
  readonly path: string;
  /** As the client saw it; 0: there was none. */
  readonly status: number;
  readonly logicalName: string | null;
  readonly concreteName: string | null;
  /** ip:port of the endpoint. */
  readonly destination: string | null;
  readonly retries: number;
  readonly traceId: string;
  readonly error: string | null;
}

/** `io.l5d.recentRequests`: the last requests, at /requests for people and at /requests.json for programs. */
export const recentRequestsTelemeter: TelemeterPlugin<RecentRequestsOptions> = defineTelemeter<RecentRequestsOptions>({
  kind: "io.l5d.recentRequests",
  config: optionsSchema<RecentRequestsOptions>(fields),
  jsonSchema: optionsJsonSchema<RecentRequestsOptions>(fields),
  create({ sampleRate, capacity }, { random }) {
    const ring: RecentRequest[] = [];
    let next = 0;
    /** The newest first. */
    const newest = () => [...ring.slice(next), ...ring.slice(0, next)].reverse();
    return {
      observer: {
        finished(request) {
          if (random() >= sampleRate) return;
          ring[next] = recorded(request);
          next = (next + 1) % capacity;
        },
      },
      pages: [
        {
          path: "/requests",
          about: "the last requests",
          navigation: "Requests",
          handle: (request) => page(newest(), request),
        },
        {
          path: "/requests.json",
          about: "the same as JSON",
          handle: () => ({ status: 200, type: "application/json", body: JSON.stringify(newest()) }),
        },
      ],
      close() {},
    };
  },
});

function recorded(request: FinishedRequest): RecentRequest {
  return {
    timestamp: new Date(request.startedAt).toISOString(),
    durationMs: Math.round(request.durationMs * 1_000) / 1_000,
    source: request.remote,
    server: request.server,
    router: request.router,
    method: request.method,
    authority: request.authority ?? null,
    path: withoutQuery(request.target),
    status: request.status,
    logicalName: request.service ?? null,
    concreteName: request.client ?? null,
    destination: request.address ?? null,
    retries: request.retries,
    traceId: request.trace.traceId,
    error: request.error?.split("\n", 1)[0] ?? null,
  };
}

const columns = [
  "Timestamp",
  "Source",
  "Server",
  "Router",
  "Logical Name",
  "Concrete Name",
  "Destination",
  "Request",
  "Status",
  "ms",
];

/** Whatever names somebody has given. */
const long: ReadonlySet<string | undefined> = new Set(["Logical Name", "Concrete Name", "Request"]);

function page(requests: readonly RecentRequest[], request: PageRequest): PageAnswer {
  const rows = requests.map(row);
  const head = columns.map((column) => `<th scope="col">${column}</th>`).join("");
  const body = `<h1>Recent requests</h1>
<div class="card scroll" tabindex="0" role="region" aria-label="Recent requests"><table class="dense"><thead><tr>${head}</tr></thead><tbody>
${rows.length === 0 ? `<tr><td colspan="${columns.length}">None yet.</td></tr>` : rows.join("\n")}
</tbody></table></div>
<p class="hint">The newest first, as of the moment the page was asked for. <a href="requests.json">As JSON</a></p>`;
  return request.page({ title: "Requests", body });
}

function row(request: RecentRequest): string {
  const { router, logicalName, concreteName, status } = request;
  const kind = status === 0 || status >= 500 ? "bad" : status >= 400 ? "warn" : "good";
  const cells = [
    time(request.timestamp),
    escapeHtml(request.source),
    escapeHtml(request.server),
    escapeHtml(router),
    name(router, logicalName),
    name(router, concreteName),
    escapeHtml(request.destination ?? ""),
    escapeHtml(`${request.method} ${request.authority ?? ""}${request.path}`),
    `<span class="${kind}" title="${escapeHtml(request.error ?? "")}">${status === 0 ? "cut" : status}</span>`,
    request.durationMs.toFixed(1),
  ];
  const shown = cells.map((cell, i) => `<td${long.has(columns[i]) ? ' class="long"' : ""}>${cell}</td>`);
  return `<tr>${shown.join("")}</tr>`;
}

/** Without the year. */
function time(iso: string): string {
  return `<time datetime="${iso}" title="${iso}">${iso.slice(5, 23).replace("T", " ")}</time>`;
}

/** Leads to how the name is resolved. */
function name(router: string, path: string | null): string {
  if (path === null) return "";
  const query = new URLSearchParams({ router, path });
  return `<a href="delegator?${escapeHtml(query.toString())}">${escapeHtml(path)}</a>`;
}
