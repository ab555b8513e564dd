import { type ApiVersion, apiVersionOf } from "./api-version.js";
import { cleanPath, escapeProblem, pathEscape, pathUnescape, queryUnescape } from "./escape.js";
import { type Format, formatFor } from "./negotiate.js";
import { type Poll, pollOf } from "./poll.js";
import { failure, movedTo, noRoute } from "./responses.js";

/** What a request is about. */
export interface Asked {
  /** As the client wrote it; `latest` is one. Empty for the list of versions. */
  readonly api: string;
  readonly dated: ApiVersion | undefined;
  readonly path: readonly string[];
  readonly format: Format;
  readonly poll: Poll | undefined;
}

/** Reads a request; or the answer to it, where no route leads anywhere. */
export function askedIn(request: Request): Asked | Response {
  const url = new URL(request.url);
  const format = formatFor(request.headers.get("accept"));
  const path = pathUnescape(url.pathname);
  if (path === undefined) return failure(400, escapeProblem(url.pathname), format);
  const clean = cleanPath(path);
  if (clean !== path) return movedTo(`${pathEscape(clean)}${url.search}`);
  if ((request.method !== "GET" && request.method !== "HEAD") || path === "/favicon.ico") return noRoute();
  const [, api = "", ...below] = path.split("/");
  return {
    api,
    dated: apiVersionOf(api),
    path: segmentsOf(url.pathname),
    format,
    poll: below.length === 0 ? undefined : pollOf(url.searchParams),
  };
}

/** Split where the slashes are before unescaping, so that a `%2F` is part of a name. */
function segmentsOf(pathname: string): readonly string[] {
  const [, , ...segments] = pathname.replace(/\/+$/, "").split("/");
  return segments.map((segment) => queryUnescape(segment) ?? segment);
}

/** Whether it is the version that is asked for, and nothing else. */
export function isForVersion({ url }: Request): boolean {
  return /^\/[^/]+\/version\/?$/i.test(new URL(url).pathname);
}
