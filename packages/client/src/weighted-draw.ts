/**
 * An index drawn by weight. Weights that are not positive numbers count as 0; when all do, every index is equally likely.
 * One draw of `random` per call, none for a single weight; constant time, by Vose's alias method.
 */
export class WeightedDraw {
  /** Of the i-th equal part of the draws, this share goes to i and the rest to `alias[i]`. */
  readonly shares: readonly number[];
  readonly alias: readonly number[];

  constructor(weights: readonly number[]) {
    const clean = weights.map((weight) => (weight > 0 ? Math.min(weight, Number.MAX_VALUE) : 0));
    // Scaled by the largest, so that the sum of enormous weights stays finite.
    const largest = clean.reduce((a, b) => Math.max(a, b), 0);
    const scaled = clean.map((weight) => (largest === 0 ? 1 : weight / largest));
    const mean = scaled.reduce((sum, one) => sum + one, 0) / scaled.length;
    const left = scaled.map((one) => one / mean);
    const shares = left.map(() => 1);
    // Those that stay what they are when nothing is left to give: the heaviest stands in for them, never one without weight.
    const heaviest = clean.indexOf(largest);
    const alias = left.map((_, i) => (scaled[i] === 0 ? heaviest : 0));
    const small: number[] = [];
    const large: number[] = [];
    left.forEach((one, i) => {
      (one < 1 ? small : large).push(i);
    });
    while (small.length > 0 && large.length > 0) {
      const lesser = small.pop() as number;
      const greater = large.pop() as number;
      shares[lesser] = left[lesser] as number;
      alias[lesser] = greater;
      left[greater] = (left[greater] as number) - (1 - (left[lesser] as number));
      ((left[greater] as number) < 1 ? small : large).push(greater);
    }
    // What rounding has left over is whole, except for what must never be drawn.
    for (const i of small) if (scaled[i] === 0) shares[i] = 0;
    this.shares = shares;
    this.alias = alias;
  }

  draw(random: () => number): number {
    const size = this.shares.length;
    if (size <= 1) return size - 1;
    const at = random() * size;
    const part = Math.floor(at);
    return at - part < (this.shares[part] as number) ? part : (this.alias[part] as number);
  }
}
