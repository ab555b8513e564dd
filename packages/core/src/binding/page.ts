/** What a page of the admin server is asked. */
export interface PageRequest {
  readonly method: string;
  readonly query: Pick<URLSearchParams, "get">;
  /** The Host header. */
  readonly host: string | undefined;
  /** Aborts when the client goes away or the time for an answer is over. */
  readonly signal: AbortSignal;
  /** An HTML page in the look of the others, with their navigation. */
  page(content: PageContent): PageAnswer;
}

export interface PageContent {
  readonly title: string;
  /** HTML: what somebody else has said goes through `escapeHtml` first. Scripts and styles of its own are not run. */
  readonly body: string;
}

export interface PageAnswer {
  readonly status: number;
  /** The Content-Type. HTML runs no scripts but the admin server's, unless the headers have a Content-Security-Policy. */
  readonly type: string;
  /** A text, or pieces that are asked for as the client takes them. */
  readonly body: string | AsyncIterable<string | Uint8Array>;
  readonly headers?: readonly (readonly [string, string])[];
}

/**
 * A page that a namer, an interpreter or a telemeter brings to the admin server; answers GET. It belongs to the diagnostics of
 * `admin.security`, unless its path is one of Linkerd's others.
 */
export interface PluginPage {
  /**
   * The whole path, such as /admin/metrics/prometheus. One that is taken already is not served, with a warning in the log: what may be
   * configured several times builds it from `env.prefix`.
   */
  readonly path: string;
  /** One line for the list of pages. */
  readonly about: string;
  /** How the navigation of the admin pages calls it; absent: it is not there. */
  readonly navigation?: string;
  handle(request: PageRequest): PageAnswer | Promise<PageAnswer>;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** For text and for quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (one) => entities[one] as string);
}
