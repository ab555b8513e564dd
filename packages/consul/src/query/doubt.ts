import type { ConsulAnswer } from "../transport/transport.js";

/** What a server that has not heard from its leader for so long says may be long outdated. */
const OUT_OF_TOUCH_MS = 5_000;

/**
 * Why an answer that tells of so few addresses is not believed; undefined if it is. Consul puts an index on whatever it says of its
 * catalogue and its keys: that there is nothing, without one, is said by somebody else.
 *
 * @param before how many there were; undefined if nothing was known
 */
export function disbelief(
  answer: Pick<ConsulAnswer, "header" | "index">,
  now: number,
  before?: number | undefined,
): string | undefined {
  if (now === 0 && answer.index === undefined) return "the answer has no X-Consul-Index";
  return isBelievable(now, before) ? undefined : doubtOf(answer);
}

/** Why the server that has answered may not know; undefined if there is no reason to think so. */
export function doubtOf(answer: Pick<ConsulAnswer, "header">): string | undefined {
  if (answer.header("x-consul-knownleader")?.trim().toLowerCase().startsWith("false"))
    return "the server knows no leader";
  const contact = Number.parseFloat(answer.header("x-consul-lastcontact") ?? "0");
  if (contact > OUT_OF_TOUCH_MS) return `the server last heard from its leader ${contact} ms ago`;
  return undefined;
}

/**
 * Whether so few addresses are believed of a server that may not know. It may tell of more than there were, or of some that are gone;
 * that there is nothing, or less than half, is told as well by one that has lost its data.
 *
 * @param before how many there were; undefined if nothing was known
 */
export function isBelievable(now: number, before: number | undefined): boolean {
  return now > 0 && (before === undefined || 2 * now >= before);
}
