/**
 * An index drawn by weight. Weights that are not positive numbers count as 0; when all do, every index is equally likely.
 * One draw of `random` per call, none for a single weight.
 */
export class WeightedDraw {
  readonly #upTo: readonly number[];

  constructor(weights: readonly number[]) {
    const clean = weights.map((weight) => (weight > 0 ? Math.min(weight, Number.MAX_VALUE) : 0));
    // Scaled by the largest, so that the sum of enormous weights stays finite.
    const largest = Math.max(...clean);
    let sum = 0;
    this.#upTo = clean.map((weight) => {
      sum += largest === 0 ? 1 : weight / largest;
      return sum;
    });
  }

  draw(random: () => number): number {
    const upTo = this.#upTo;
    const last = upTo.length - 1;
    if (last <= 0) return last;
    const at = random() * (upTo[last] as number);
    for (let i = 0; i < last; i++) if (at < (upTo[i] as number)) return i;
    // The last with any weight: `at` may be rounded up to the sum.
    for (let i = last; i > 0; i--) if ((upTo[i] as number) > (upTo[i - 1] as number)) return i;
    return 0;
  }
}
