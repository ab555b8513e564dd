import { isNamerError, messageOf, NamerError } from "@namerkit/core";

/**
 * Consul answers 500 to much that is no failure of its own. What it says tells it apart.
 *
 * @returns "no such datacenter" where that is all that is wrong
 */
export function isUnknownDatacenter(thrown: unknown): boolean {
  return (
    isNamerError(thrown) && thrown.code === "NAMER_UNAVAILABLE" && /No path to datacenter/i.test(messageOf(thrown))
  );
}

/** The error as it is to be shown: a filter that Consul does not understand will not be understood later either. */
export function meant(thrown: unknown): unknown {
  if (!isNamerError(thrown) || thrown.code !== "NAMER_UNAVAILABLE") return thrown;
  if (!/boolean expression|filter expression|bexpr/i.test(thrown.message)) return thrown;
  return new NamerError("NAMER_ANSWER", thrown.message, { cause: thrown });
}
