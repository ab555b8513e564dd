import type { HttpAnswer } from "@namerkit/watch";
import type { ConsulAnswer } from "./transport.js";

/** An answer as the namer sees it. */
export function consulAnswer(answer: HttpAnswer, epoch: number): ConsulAnswer {
  const { status, request } = answer;
  // A missing key has an index that can be waited on; that of any error means nothing.
  const hasIndex = status === 200 || status === 404;
  return {
    status,
    request,
    epoch,
    index: hasIndex ? answer.header("x-consul-index") : undefined,
    header: (name) => answer.header(name),
    text: () => answer.text(),
    json: () => answer.json(),
  };
}
