/**
 * `l5d-ctx-deadline` is two decimal numbers of nanoseconds since 1970: when it was written, and when the answer stops being of use.
 * Only their difference is believed, as clocks of two machines differ.
 */
const shape = /^\s*([0-9]{1,20})\s+([0-9]{1,20})\s*$/;

/** The time that the strictest of several leaves, in milliseconds, 0 if it is over; undefined if none can be read. */
export function deadlineBudgetMs(values: readonly string[]): number | undefined {
  let written: bigint | undefined;
  let deadline: bigint | undefined;
  for (const value of values) {
    const found = shape.exec(value);
    if (found === null) continue;
    const [at, end] = [BigInt(found[1] as string), BigInt(found[2] as string)];
    if (written === undefined || at > written) written = at;
    if (deadline === undefined || end < deadline) deadline = end;
  }
  if (written === undefined || deadline === undefined) return undefined;
  return Math.max(0, Number(deadline - written) / 1e6);
}

/** `wallMs`: now, since 1970. */
export function showDeadline(wallMs: number, budgetMs: number): string {
  const now = BigInt(Math.round(wallMs)) * 1_000_000n;
  return `${now} ${now + BigInt(Math.round(budgetMs * 1e6))}`;
}
