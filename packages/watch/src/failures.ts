import { isNamerError, messageOf, NamerError } from "@namerkit/core";
import type { HttpAnswer } from "./answer.js";
import { HttpFailure } from "./http-failure.js";
import { oneLine } from "./one-line.js";
import { retryAfterMs } from "./retry-after.js";
import { safeUrl } from "./safe-url.js";
import { tlsReason } from "./tls/failure.js";

/** How much of the server's own words goes into an error. */
const QUOTED = 200;

/** Which statuses are an answer: 2xx, 2xx and the ones listed, or all of them. */
export type Expect = "ok" | "any" | readonly number[];

export function isExpected(status: number, expect: Expect): boolean {
  return (status >= 200 && status < 300) || expect === "any" || (expect !== "ok" && expect.includes(status));
}

/**
 * What a status that was not expected means: 401 and 403 NAMER_REFUSED; 408, 429 and 5xx NAMER_UNAVAILABLE, with `retryAfterMs` if the
 * server names a time; everything else NAMER_ANSWER. Redirects are among those: a catalogue that moves house is a thing to configure,
 * and credentials do not follow it unasked. Carries the server's words.
 *
 * @param clean takes out of the quoted text what must not be shown
 * @param words finds what is meant for people in the body, where that is not all of it
 */
export function statusError(
  answer: HttpAnswer,
  wall: number,
  clean: (quoted: string) => string,
  words: (body: string) => string = (body) => body,
): NamerError {
  const { status, request } = answer;
  const said = oneLine(clean(words(answer.text())), QUOTED);
  const location = answer.header("location");
  const to = location === undefined ? "" : ` to ${clean(redirectTarget(location))}`;
  const message = `${request}: status ${status}${to}${said && `: ${said}`}`;
  const more = { status, said };
  if (status === 401 || status === 403) return new HttpFailure("NAMER_REFUSED", "status", message, more);
  if (status !== 408 && status !== 429 && status < 500) return new HttpFailure("NAMER_ANSWER", "status", message, more);
  const wait = retryAfterMs(answer.header("retry-after"), wall);
  const after = wait === undefined ? {} : { retryAfterMs: wait };
  return new HttpFailure("NAMER_UNAVAILABLE", "status", message, { ...more, ...after });
}

function redirectTarget(location: string): string {
  if (URL.canParse(location)) return safeUrl(location);
  // Relative; of its query nothing is needed.
  return oneLine(location.replace(/[?#].*$/s, ""), QUOTED);
}

/** Codes of undici for an answer that came, and cannot be used. */
const UNUSABLE = /^(UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_EXCEEDED_MAX_SIZE)$/;
const INVALID = /^(UND_ERR_INVALID_ARG|UND_ERR_NOT_SUPPORTED|UND_ERR_REQ_CONTENT_LENGTH_MISMATCH)$/;

/** How far a request had come when it failed. */
export interface Progress {
  readonly connected: boolean;
  /** The same for people. */
  readonly where: string;
}

/** What went wrong on the way, in the terms of supervising. */
export function transportError(request: string, { connected, where }: Progress, thrown: unknown): NamerError {
  if (isNamerError(thrown)) {
    if (connected || thrown.code !== "NAMER_UNAVAILABLE") return thrown;
    return new HttpFailure("NAMER_UNAVAILABLE", "connect", `${request}: ${messageOf(thrown)}`, { cause: thrown });
  }
  const code = codeOf(thrown);
  if (INVALID.test(code)) return new NamerError("WATCH_REQUEST_INVALID", `${request}: ${reasonOf(thrown)}`);
  const message = `${request}: ${where}: ${reasonOf(thrown)}`;
  // Without the cause, which holds the raw bytes.
  if (UNUSABLE.test(code) || isNotHttp(thrown)) return new HttpFailure("NAMER_ANSWER", "answer", message);
  // With TLS 1.3 a server refuses our certificate only after the connection stands for us.
  const kind = connected && tlsReason(thrown) === undefined ? "broken" : "connect";
  return new HttpFailure("NAMER_UNAVAILABLE", kind, message, { cause: thrown });
}

/** The parser also complains of an answer that breaks off, and that is not the answer's fault. */
function isNotHttp(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === "HTTPParserError" && !/EOF/.test(codeOf(thrown) + thrown.message);
}

function codeOf(thrown: unknown): string {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  return typeof code === "string" ? code : "";
}

function reasonOf(thrown: unknown): string {
  // One error for each address of a host that was tried.
  if (thrown instanceof AggregateError && thrown.errors.length > 0) {
    return oneLine([...new Set(thrown.errors.map(reasonOf))].join("; "), QUOTED);
  }
  const tls = tlsReason(thrown);
  if (tls !== undefined) return oneLine(tls, QUOTED);
  const text = thrown instanceof Error ? thrown.message || codeOf(thrown) || thrown.name : String(thrown);
  return oneLine(text, QUOTED);
}
