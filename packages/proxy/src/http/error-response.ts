import type { Failure } from "./failures.js";

/** An answer that the proxy gives by itself. Where it is routed it carries Via and l5d-success-class, as in Linkerd. */
export interface ErrorAnswer extends Omit<Failure, "code"> {
  readonly close: boolean;
  /** The client is to learn nothing but the status (clearContext). */
  readonly clear: boolean;
}

/** Flat headers and body of an error answer; both texts are cut to the limits. */
export function errorResponse(
  answer: ErrorAnswer,
  limits: { readonly errorBodyBytes: number; readonly errorHeaderBytes: number },
): { headers: string[]; body: Buffer } {
  const text = answer.clear ? "" : answer.text;
  const body = cutUtf8(Buffer.from(text, "utf8"), limits.errorBodyBytes);
  const headers =
    answer.answer === true && text === ""
      ? lengthOf(answer.status)
      : ["Content-Type", "text/plain", "Content-Length", String(body.length)];
  if (answer.routed) headers.push("Via", "1.1 linkerd");
  if (!answer.clear) {
    if (answer.routed) headers.push("l5d-success-class", answer.answer === true && answer.status < 500 ? "1.0" : "0.0");
    if (answer.retryable === true) headers.push("l5d-retryable", "true");
    if (answer.answer !== true) headers.push("l5d-err", encodeErr(text, limits.errorHeaderBytes));
  }
  if (answer.close) headers.push("Connection", "close");
  return { headers, body };
}

/** Of an empty body, where the status may have one. */
function lengthOf(status: number): string[] {
  return status === 204 || status === 304 ? [] : ["Content-Length", "0"];
}

/** URL-encoded as HTML forms are, spaces as `+`; cut at a whole character so that it decodes. */
export function encodeErr(text: string, maxBytes: number): string {
  let encoded = "";
  for (const char of text.length > maxBytes ? text.slice(0, maxBytes) : text) {
    const next = encodeChar(char);
    if (encoded.length + next.length > maxBytes) break;
    encoded += next;
  }
  return encoded;
}

function encodeChar(char: string): string {
  if (/^[A-Za-z0-9.*_-]$/.test(char)) return char;
  if (char === " ") return "+";
  let escaped = "";
  for (const byte of Buffer.from(char, "utf8")) escaped += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  return escaped;
}

function cutUtf8(bytes: Buffer, max: number): Buffer {
  if (bytes.length <= max) return bytes;
  let end = max;
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}
