/** From where on a blocking query waits: an index, and the agent (by its epoch) that it is from. Undefined: nowhere, it does not wait. */
export type Place = { readonly index: bigint; readonly epoch: number } | undefined;

/**
 * What an answer's index says.
 *
 * - `first`: there was no place yet, or of another agent.
 * - `moved`: something may have changed.
 * - `same`: the time was over.
 * - `back`: Consul has lost what it knew. It would be silent until it is where it was before, so the next query is not to wait.
 * - `none`: there is no index that could be waited on.
 */
export type Move = "first" | "moved" | "same" | "back" | "none";

export interface Step {
  readonly move: Move;
  /** Where to go on. */
  readonly next: Place;
}

/** The rules of https://developer.hashicorp.com/consul/api-docs/features/blocking, as a function. */
export function step(at: Place, answer: { readonly index: string | undefined; readonly epoch: number }): Step {
  const index = indexIn(answer.index);
  if (index === undefined) return { move: "none", next: undefined };
  const next = { index, epoch: answer.epoch };
  if (at === undefined || at.epoch !== answer.epoch) return { move: "first", next };
  if (index < at.index) return { move: "back", next: undefined };
  return { move: index === at.index ? "same" : "moved", next };
}

/** Undefined for what is missing, zero (which would not wait), or no 64-bit number. */
function indexIn(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^\d{1,20}$/.test(text)) return undefined;
  const index = BigInt(text);
  return index >= 1n && index < 1n << 64n ? index : undefined;
}
