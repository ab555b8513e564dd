import { isNamerError, NamerError } from "@namerkit/core";
import { HttpFailure } from "@namerkit/watch";
import type { ConsulAnswer } from "../transport/transport.js";

/**
 * Consul answers 500 to much that is no failure of its own. What it says tells it apart.
 *
 * @returns "no such datacenter" where that is all that is wrong
 */
export function isUnknownDatacenter(thrown: unknown): boolean {
  return isNamerError(thrown) && thrown.code === "NAMER_UNAVAILABLE" && /No path to datacenter/i.test(saidIn(thrown));
}

/** The error as it is to be shown: a filter that Consul does not understand will not be understood later either. */
export function meant(thrown: unknown): unknown {
  if (!isNamerError(thrown) || thrown.code !== "NAMER_UNAVAILABLE") return thrown;
  if (!/boolean expression|filter expression|bexpr/i.test(saidIn(thrown))) return thrown;
  return new NamerError("NAMER_ANSWER", thrown.message, { cause: thrown });
}

/**
 * Consul answers 200. A part, or nothing, with another 2xx is of somebody in between.
 *
 * @throws NamerError NAMER_ANSWER
 */
export function mustBeWhole({ status, request }: Pick<ConsulAnswer, "status" | "request">): void {
  if (status !== 200) throw new NamerError("NAMER_ANSWER", `${request}: status ${status}, which is not Consul's`);
}

/** Consul's own words: a service may be called bexpr, and is part of the message. */
function saidIn(error: NamerError): string {
  return error instanceof HttpFailure ? error.said : error.message;
}
