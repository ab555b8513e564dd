/** A duration as Linkerd's messages print it: 3.seconds, 500.milliseconds. */
export function shownDuration(ms: number): string {
  const rounded = Math.round(ms);
  return rounded % 1_000 === 0 ? `${rounded / 1_000}.seconds` : `${rounded}.milliseconds`;
}
