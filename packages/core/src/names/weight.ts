/**
 * A weight with two decimals, rounded half up on the shortest decimal text of the number: 1.005 is 1.01.
 * Number.prototype.toFixed rounds the binary value instead and answers 1.00.
 */
export function showWeight(weight: number): string {
  if (!Number.isFinite(weight)) return String(weight);
  const [mantissa = "", exponent = "0"] = String(weight).split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const kept = whole.length + Number(exponent) + 2;
  if (kept < 0) return "0.00";
  const digits = `${whole}${fraction}`.padEnd(kept + 1, "0");
  let cents = BigInt(digits.slice(0, kept));
  if (digits.charAt(kept) >= "5") cents += 1n;
  const text = cents.toString().padStart(3, "0");
  return `${text.slice(0, -2)}.${text.slice(-2)}`;
}
