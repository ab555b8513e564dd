import type { ServerTrace } from "@namerkit/core";
import type { ServerRuntime } from "../router/runtime.js";
import type { ProxiedHead } from "./request-head.js";

/** Where a request stands in a trace: further on in that of the client, or at the beginning of one of its own. */
export function traceOf({ clearContext, router }: ServerRuntime, head: ProxiedHead | undefined): ServerTrace {
  const believed = clearContext || head === undefined ? undefined : (name: string) => head.header(name);
  return router.tracing.begin(believed, head?.reqid);
}
