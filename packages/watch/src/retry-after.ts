/** The longest wait that a server may impose, in milliseconds. */
const LONGEST_MS = 60_000;

/**
 * Retry-After (RFC 9110, 10.2.3), seconds or a date, as milliseconds from now, a minute at most. Undefined where it is missing or
 * not understood.
 */
export function retryAfterMs(header: string | undefined, wallNow: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - wallNow;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_MS);
}
