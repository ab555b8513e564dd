import type { ClassifierKind } from "@namerkit/config";

/** What a response classifier makes of the end of an attempt. */
export interface Judgement {
  readonly success: boolean;
  /** The service allows sending the request again; whether it can be is another question. */
  readonly retryable: boolean;
}

const read: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);
const idempotent: ReadonlySet<string> = new Set([...read, "PUT", "DELETE"]);
const all: ReadonlySet<string> = new Set([...idempotent, "POST", "PATCH"]);

/** Methods whose failures may be tried again. */
const retryable: Readonly<Record<ClassifierKind, ReadonlySet<string>>> = {
  "io.l5d.http.nonRetryable5XX": new Set(),
  "io.l5d.http.retryableRead5XX": read,
  "io.l5d.http.retryableIdempotent5XX": idempotent,
  "io.l5d.http.retryableAll5XX": all,
  "io.l5d.http.allSuccessful": new Set(),
};

const fine: Judgement = { success: true, retryable: false };
const failed: Judgement = { success: false, retryable: false };
const again: Judgement = { success: false, retryable: true };
/** allSuccessful believes what the endpoint says about retries, too. */
const fineAgain: Judgement = { success: true, retryable: true };

/**
 * Linkerd's response classifiers. `status` undefined: the endpoint may have got the request, and did not answer (a broken
 * connection, a timeout). `marked`: a 5xx carries `l5d-retryable: true`, as another proxy sets it where it never reached the
 * endpoint; that is retryable under every classifier.
 */
export function classify(kind: ClassifierKind, method: string, status: number | undefined, marked: boolean): Judgement {
  if (status !== undefined && status < 500) return fine;
  if (kind === "io.l5d.http.allSuccessful") return marked ? fineAgain : fine;
  return marked || retryable[kind].has(method) ? again : failed;
}

/** Whether the headers of an answer carry `l5d-retryable: true`. */
export function marksRetryable(headers: readonly (Buffer | string)[]): boolean {
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as Buffer | string;
    if (name.length !== 13 || name.toString().toLowerCase() !== "l5d-retryable") continue;
    if ((headers[i + 1] as Buffer | string).toString().trim().toLowerCase() === "true") return true;
  }
  return false;
}
