import { NamerError, type NamerErrorOptions } from "@namerkit/core";

/**
 * How a request failed: "connect" there was no connection to be had (refused, no such host, TLS); "late" its deadline has passed;
 * "broken" the connection was; "status" the answer was one that was not expected; "answer" it could not be used.
 */
export type HttpFailureKind = "connect" | "late" | "broken" | "status" | "answer";

export interface HttpFailureOptions extends NamerErrorOptions {
  /** Of an answer that was not expected. */
  readonly status?: number;
  /** The beginning of the answer's body, on one line, without the request's secrets. */
  readonly said?: string;
}

/** A NamerError of a request, with more about it for whoever has to decide what follows. */
export class HttpFailure extends NamerError {
  readonly kind: HttpFailureKind;
  readonly status: number | undefined;
  readonly said: string;

  constructor(code: string, kind: HttpFailureKind, message: string, options: HttpFailureOptions = {}) {
    super(code, message, options);
    this.kind = kind;
    this.status = options.status;
    this.said = options.said ?? "";
  }
}
