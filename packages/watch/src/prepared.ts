import { NamerError } from "@namerkit/core";
import type { Expect } from "./failures.js";
import { safeUrl } from "./safe-url.js";
import { secretsOf } from "./secrets.js";
import type { Stop } from "./stop.js";

export interface RequestOptions {
  readonly signal?: Stop | undefined;
  /** For the whole request: waiting for a connection, connecting, headers and body, in ms. 10,000 by default. Never endless. */
  readonly deadlineMs?: number | undefined;
  readonly method?: "GET" | "HEAD" | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The largest body that is taken, in bytes; 64 MiB by default. */
  readonly maxBytes?: number | undefined;
  /** Which statuses are answers and not errors; "ok" (2xx) by default. */
  readonly expect?: Expect | undefined;
  /** Finds in the body of an error what the server says for people, to be quoted; all of the body by default. Must not throw. */
  readonly words?: ((body: string) => string) | undefined;
}

/** A request that has been checked. */
export interface Prepared {
  readonly origin: string;
  /** With the query. */
  readonly path: string;
  readonly method: "GET" | "HEAD";
  readonly headers: Readonly<Record<string, string>>;
  readonly deadlineMs: number;
  readonly maxBytes: number;
  readonly expect: Expect;
  readonly words: ((body: string) => string) | undefined;
  /** Method and URL for people. */
  readonly shown: string;
  readonly secrets: readonly string[];
}

const DEADLINE_MS = 10_000;
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * User and password of the URL become an Authorization header. Compression is declined: what is read would have to be bounded twice.
 *
 * @throws NamerError WATCH_REQUEST_INVALID
 */
export function prepare(
  url: string | URL,
  options: RequestOptions,
  common: Readonly<Record<string, string>> = {},
): Prepared {
  const { method = "GET", deadlineMs = DEADLINE_MS, maxBytes = MAX_BYTES, expect = "ok", words } = options;
  const shown = `${method} ${safeUrl(url)}`;
  const parsed = parse(url);
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) throw invalid(shown, "not an http or https URL");
  if (!(deadlineMs > 0) || deadlineMs === Number.POSITIVE_INFINITY) throw invalid(shown, "deadlineMs must be positive");
  if (!(maxBytes >= 0)) throw invalid(shown, "maxBytes must not be negative");
  const headers: Record<string, string> = { accept: "application/json", "accept-encoding": "identity" };
  if (parsed.username !== "" || parsed.password !== "") headers["authorization"] = basic(parsed, shown);
  for (const name in common) headers[name.toLowerCase()] = common[name] as string;
  const { headers: own } = options;
  for (const name in own) headers[name.toLowerCase()] = own[name] as string;
  const { origin, pathname, search } = parsed;
  let secrets: readonly string[] | undefined;
  return {
    ...{ origin, path: pathname + search, method, headers, deadlineMs, maxBytes, expect, words, shown },
    // Needed only for what goes wrong.
    get secrets() {
      secrets ??= secretsOf(parsed, headers);
      return secrets;
    },
  };
}

function parse(url: string | URL): URL | undefined {
  try {
    return new URL(url);
  } catch {
    return undefined;
  }
}

function basic({ username, password }: URL, shown: string): string {
  try {
    return `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64")}`;
  } catch {
    throw invalid(shown, "user or password is not properly escaped");
  }
}

function invalid(shown: string, why: string): NamerError {
  return new NamerError("WATCH_REQUEST_INVALID", `${shown}: ${why}`);
}
