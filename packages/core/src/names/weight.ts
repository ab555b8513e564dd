/**
 * A weight with two decimals, rounded half up on the shortest decimal text of the number: 1.005 is 1.01.
 * Number.prototype.toFixed rounds the binary value instead and answers 1.00.
 */
export function showWeight(weight: number): string {
  if (!Number.isFinite(weight)) return String(weight);
  const { digits, point } = decimal(weight);
  const kept = point + 2;
  if (kept < 0) return "0.00";
  const padded = digits.padEnd(kept + 1, "0");
  let cents = BigInt(padded.slice(0, kept));
  if (padded.charAt(kept) >= "5") cents += 1n;
  const text = cents.toString().padStart(3, "0");
  return `${text.slice(0, -2)}.${text.slice(-2)}`;
}

/** A weight that reads back as the same number: with two decimals where that is exact, otherwise with as many as it takes. */
export function exactWeight(weight: number): string {
  const short = showWeight(weight);
  if (Number(short) === weight || !Number.isFinite(weight)) return short;
  const { digits, point } = decimal(weight);
  return point > 0 ? `${digits.slice(0, point)}.${digits.slice(point)}` : `0.${"0".repeat(-point)}${digits}`;
}

/** The shortest decimal digits of a number, and how many of them stand before the decimal point; below 0: zeros after it. */
function decimal(value: number): { digits: string; point: number } {
  const [mantissa = "", exponent = "0"] = String(value).split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  return { digits: whole + fraction, point: whole.length + Number(exponent) };
}
