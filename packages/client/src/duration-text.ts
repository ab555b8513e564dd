const units: readonly (readonly [name: string, ms: number])[] = [
  ["days", 86_400_000],
  ["hours", 3_600_000],
  ["minutes", 60_000],
  ["seconds", 1000],
  ["milliseconds", 1],
];

/**
 * A duration as Linkerd's messages print it: 10.seconds, 500.milliseconds, 1.minutes+30.seconds. Always plural, whole milliseconds.
 */
export function durationText(ms: number): string {
  let left = Math.round(ms);
  const parts: string[] = [];
  for (const [name, size] of units) {
    const count = Math.floor(left / size);
    if (count === 0) continue;
    parts.push(`${count}.${name}`);
    left -= count * size;
  }
  return parts.length === 0 ? "0.seconds" : parts.join("+");
}
