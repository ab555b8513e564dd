const MAX_LENGTH = 64;

/** The candidate most like `given`, if one is near enough that a slip of the fingers explains it. */
export function nearest(given: string, candidates: Iterable<string>): string | undefined {
  if (given.length === 0 || given.length > MAX_LENGTH) return undefined;
  const wanted = given.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(given.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - given.length) >= bestDistance) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Insertions, deletions, substitutions and swaps of neighbours, each counted as one. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}

/** "did you mean …?" with the nearest candidate, else the candidates themselves when they are few. */
export function suggestion(given: string, candidates: readonly string[]): string | undefined {
  const near = nearest(given, candidates);
  if (near !== undefined) return `did you mean ${near}?`;
  if (candidates.length > 0 && candidates.length <= 12) return `known here: ${[...candidates].sort().join(", ")}`;
  return undefined;
}
