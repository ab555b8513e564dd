import { list, object } from "../fields/containers.js";
import { built, ignored, quiet } from "../fields/field.js";
import { kinded, kindPlace } from "../fields/kinded.js";
import { refined } from "../fields/refined.js";
import { integer, milliseconds } from "../fields/scalars.js";
import type { ClassifierKind } from "../plan-settings.js";
import { perPrefix } from "./per-prefix.js";
import { backoff, retryBudget } from "./shared.js";

const http = {
  "io.l5d.http.nonRetryable5XX": {},
  "io.l5d.http.retryableRead5XX": {},
  "io.l5d.http.retryableIdempotent5XX": {},
  "io.l5d.http.retryableAll5XX": {},
  "io.l5d.http.allSuccessful": {},
};
/** As before Linkerd 1.0. */
const httpBefore1 = {
  "io.l5d.nonRetryable5XX": {},
  "io.l5d.retryableRead5XX": {},
  "io.l5d.retryableIdempotent5XX": {},
};

export const httpClassifier = refined(kinded({ ...http, ...httpBefore1 }), ({ kind }, at): ClassifierKind => {
  if (kind in http) return kind as ClassifierKind;
  const now = kind.replace("io.l5d.", "io.l5d.http.") as ClassifierKind;
  at.reading.reporter.warning(
    "KIND_RENAMED",
    kindPlace(at.node, at.path),
    `${kind} is the name that an older Linkerd gave ${now}`,
    `write ${now}`,
  );
  return now;
});

const successCodes = {
  successStatusCodes: quiet(list(integer(0)), "gRPC statuses that count as success. Default [0]."),
};
const h2 = {
  "io.l5d.h2.nonRetryable5XX": {},
  "io.l5d.h2.retryableRead5XX": {},
  "io.l5d.h2.retryableIdempotent5XX": {},
  "io.l5d.h2.retryableAll5XX": {},
  "io.l5d.h2.allSuccessful": {},
  "io.l5d.h2.grpc.default": successCodes,
  "io.l5d.h2.grpc.compliant": successCodes,
  "io.l5d.h2.grpc.alwaysRetryable": successCodes,
  "io.l5d.h2.grpc.neverRetryable": successCodes,
  "io.l5d.h2.grpc.retryableStatusCodes": {
    ...successCodes,
    retryableStatusCodes: quiet(list(integer(0)), "gRPC statuses that are tried again."),
  },
};

export const retries = object({
  budget: built(retryBudget, "How many retries, as a share of requests."),
  backoff: built(backoff, "How long to wait before one. Default: not at all."),
});

const settings = {
  totalTimeoutMs: built(milliseconds, "How long a request may take, with every retry."),
  retries: built(retries, "Trying a failed request again."),
};
const classifier = "Which answers are failures, and which of these may be tried again.";

export const httpService = perPrefix({
  ...settings,
  responseClassifier: built(httpClassifier, `${classifier} Default io.l5d.http.nonRetryable5XX.`),
});

export const h2Service = perPrefix({
  ...settings,
  responseClassifier: ignored(kinded(h2), classifier),
  classificationTimeoutMs: quiet(milliseconds, "How long the end of an answer is waited for. Default 100."),
  retryBufferSize: quiet(
    object({ requestBytes: quiet(integer(0), "Default 16383."), responseBytes: quiet(integer(0), "Default 16383.") }),
    "What is kept of a stream, to try it again.",
  ),
});

export const otherService = perPrefix({
  ...settings,
  responseClassifier: ignored(kinded({ "io.l5d.thrift.thriftExceptionsAsFailures": {}, ...http }), classifier),
});
