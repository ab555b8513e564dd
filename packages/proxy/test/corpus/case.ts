/**
 * One thing a client may send, and what has to hold whatever the libraries underneath make of it: the endpoint sees exactly these
 * requests, each of which the client has framed, or none; and nothing of it reaches the request of somebody else.
 */
export interface FramingCase {
  readonly name: string;
  /** Latin-1. */
  readonly bytes: string;
  /**
   * "refused": answered with 4xx or 501, or cut, and the connection is closed; the endpoint sees no whole request.
   * A list: the endpoint sees these, as `METHOD target body`, in this order, and nothing else.
   */
  readonly outcome: "refused" | readonly string[];
  /** Both are right: a "refused" would be, too. */
  readonly mayRefuse?: true;
  /** It is not over: more may come, and nobody answers before. */
  readonly unfinished?: true;
}

export interface FramingClass {
  readonly about: string;
  readonly cases: readonly FramingCase[];
}

export const smuggled = "GET /smuggled HTTP/1.1\r\nHost: web\r\n\r\n";

export const refused = (name: string, bytes: string): FramingCase => ({ name, bytes, outcome: "refused" });

export const seen = (name: string, bytes: string, ...outcome: readonly string[]): FramingCase => ({
  name,
  bytes,
  outcome,
});

export const either = (name: string, bytes: string, ...outcome: readonly string[]): FramingCase => ({
  ...{ name, bytes, outcome },
  mayRefuse: true,
});

export const unfinished = (name: string, bytes: string): FramingCase => ({
  name,
  bytes,
  outcome: [],
  unfinished: true,
});

/** A POST with these header lines, and what follows the head. */
export function post(lines: readonly string[], body: string, target = "/"): string {
  return `POST ${target} HTTP/1.1\r\nHost: web\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n${body}`;
}

/** Control characters by their names, for those who read the results. */
export function shown(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
