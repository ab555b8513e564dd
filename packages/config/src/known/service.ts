import { list, object } from "../fields/containers.js";
import { ignored, quiet } from "../fields/field.js";
import { kinded } from "../fields/kinded.js";
import { integer, milliseconds } from "../fields/scalars.js";
import { perPrefix } from "./client.js";
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

const settings = {
  totalTimeoutMs: ignored(milliseconds, "How long a request may take, with every retry."),
  retries: ignored(
    object({
      budget: quiet(retryBudget, "How many retries, as a share of requests."),
      backoff: quiet(backoff, "How long to wait before one."),
    }),
    "Trying a failed request again.",
  ),
};
const classifier = "Which answers are failures, and which of these may be tried again.";

export const httpService = perPrefix({
  ...settings,
  responseClassifier: ignored(kinded({ ...http, ...httpBefore1 }), classifier, {
    harmless: ({ kind }) => kind === "io.l5d.http.nonRetryable5XX",
  }),
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
