import type { PageAnswer, PageContent, PageRequest } from "@namerkit/core";

/** What an admin page answers. */
export type AdminAnswer = PageAnswer;

export interface AdminContent extends PageContent {
  /** Of page/, such as dashboard.js: the module that brings the page to life. */
  readonly script?: string;
}

/** What an admin page is asked. */
export interface AdminRequest extends PageRequest {
  /** Without the query; percent-escapes resolved where they are valid. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly contentType: string | undefined;
  /** The body as text; empty for GET. */
  readonly body: string;
  /** What there is beside this page, of what `admin.security` lets through. */
  readonly pages: readonly AdminPage[];
  page(content: AdminContent): AdminAnswer;
}

export interface AdminPage {
  /** A whole path, or the beginning of one where `prefix` is true. */
  readonly path: string;
  readonly prefix?: boolean;
  readonly methods: readonly string[];
  /** One line for the lists of pages; undefined: it is part of another and stays out of them. */
  readonly about: string | undefined;
  /** How the navigation calls it; absent: it is not there. */
  readonly navigation?: string;
  handle(request: AdminRequest): AdminAnswer | Promise<AdminAnswer>;
}

export function text(status: number, body: string): AdminAnswer {
  return { status, type: "text/plain; charset=utf-8", body };
}

export function json(status: number, value: unknown, pretty = false): AdminAnswer {
  return { status, type: "application/json", body: JSON.stringify(value, undefined, pretty ? 2 : undefined) };
}

export function jsonError(status: number, code: string, error: string): AdminAnswer {
  return json(status, { error, code });
}
