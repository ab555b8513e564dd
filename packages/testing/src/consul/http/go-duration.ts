const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;

/** Milliseconds of a duration as Go writes it, such as 1h30m or -5s; undefined if it is none. A number needs a unit, unless it is 0. */
export function goDuration(text: string): number | undefined {
  const digits = text.replace(/^[-+]/, "");
  if (digits === "0") return 0;
  let ms = 0;
  PART.lastIndex = 0;
  for (let at = 0; at < digits.length; at = PART.lastIndex) {
    const part = PART.exec(digits);
    if (part === null) return undefined;
    ms += Number(part[1]) * (units[part[2] ?? ""] ?? Number.NaN);
  }
  if (digits === "") return undefined;
  return text.startsWith("-") ? -ms : ms;
}
