// Side-by-side timing in one process: the contestants take turns, in an order that is reversed each round, and only the ratios
// between them mean anything. The machine these run on may be shared; a round with an outlier is why medians are taken.

/**
 * @param {Record<string, () => number>} contestants each runs once and returns its rate (higher is better) or cost (lower is better)
 * @param {{ rounds?: number, warmups?: number }} [options]
 * @returns {Record<string, number[]>} the samples of each
 */
export function interleave(contestants, { rounds = 7, warmups = 1 } = {}) {
  const names = Object.keys(contestants);
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -warmups; round < rounds; round++) {
    const order = round % 2 === 0 ? names : [...names].reverse();
    for (const name of order) {
      globalThis.gc?.();
      const value = contestants[name]();
      if (round >= 0) samples[name].push(value);
    }
  }
  return samples;
}

/** The same for contestants that return promises. */
export async function interleaveAsync(contestants, { rounds = 7, warmups = 1 } = {}) {
  const names = Object.keys(contestants);
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -warmups; round < rounds; round++) {
    const order = round % 2 === 0 ? names : [...names].reverse();
    for (const name of order) {
      globalThis.gc?.();
      const value = await contestants[name]();
      if (round >= 0) samples[name].push(value);
    }
  }
  return samples;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** 1234567 as 1.2M. */
export function short(value) {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  if (value >= 1e3) return `${(value / 1e3).toFixed(1)}k`;
  return value >= 10 ? value.toFixed(0) : value.toFixed(2);
}

/** A Markdown table. */
export function tableText(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${head.map(() => " --- ").join("|")}|`, ...rows.map(line)].join("\n");
}

/** Prints a Markdown table. */
export function table(head, rows) {
  console.log(tableText(head, rows));
}
