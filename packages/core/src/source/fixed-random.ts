/** A `random` that gives these numbers in turn, for ever; a single one is always given. Without any, 0.5. */
export function fixedRandom(...numbers: readonly number[]): () => number {
  let at = 0;
  return () => numbers[at++ % numbers.length] ?? 0.5;
}
