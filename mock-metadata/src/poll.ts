/** A request that waits for a value to become another one. */
export interface Poll {
  /** The value that the client knows, as Go would print it. */
  readonly old: string;
  /** May be negative: then the first look is the last. */
  readonly maxWaitMs: number;
}

/**
 * Reads `?wait=true&value=OLD&maxWait=SECONDS`. Undefined for a plain request, which it also is when OLD has a `?` or `&` in it: the
 * real server's route does not match such a one. A missing OLD is the empty text.
 */
export function pollOf(query: URLSearchParams): Poll | undefined {
  if (query.get("wait") !== "true") return undefined;
  const old = query.get("value") ?? "";
  return /[?&]/.test(old) ? undefined : { old, maxWaitMs: maxWaitMs(query.get("maxWait") ?? "") };
}

/** Seconds: 60 where missing, zero or not a number; 120 at most. */
function maxWaitMs(text: string): number {
  const seconds = /^[+-]?\d+$/.test(text) ? Number(text) : 0;
  return Math.min(seconds === 0 ? 60 : seconds, 120) * 1000;
}
