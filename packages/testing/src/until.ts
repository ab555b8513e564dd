import { messageOf, NamerError } from "@namerkit/core";

export interface UntilOptions {
  /** How long to wait, in ms; 5,000 by default. Generous on purpose: it is only ever spent by a test that fails. */
  readonly timeoutMs?: number;
  /** What is waited for, for the failure: "the socket to be closed". */
  readonly what?: string;
  /** Pause between two looks, in ms; 5 by default. */
  readonly everyMs?: number;
}

/**
 * Looks until the predicate answers something other than undefined, null or false, and resolves to that. A predicate that throws is
 * asked again, so it may contain `expect` (and then has to return true). Meant for real sockets; where time is a ManualClock, `advance`
 * it instead.
 *
 * @throws NamerError TESTING_UNTIL, with what the predicate last answered or threw.
 */
export async function until<T>(
  predicate: () => T | Promise<T>,
  options: UntilOptions = {},
): Promise<Exclude<T, undefined | null | false>> {
  const { timeoutMs = 5_000, what = "the condition", everyMs = 5 } = options;
  const deadline = performance.now() + timeoutMs;
  let last = "it never answered";
  let cause: unknown;
  do {
    try {
      const value = await atMost(deadline, predicate());
      if (value === late) break;
      if (value !== undefined && value !== null && value !== false)
        return value as Exclude<T, undefined | null | false>;
      last = `last answer: ${String(value)}`;
      cause = undefined;
    } catch (thrown) {
      last = `last error: ${messageOf(thrown)}`;
      cause = thrown;
    }
    await pause(everyMs);
  } while (performance.now() < deadline);
  throw new NamerError("TESTING_UNTIL", `waited ${timeoutMs} ms for ${what}; ${last}`, { cause });
}

const late = Symbol("late");

/** A predicate that never settles must not hang the test beyond its own deadline. */
async function atMost<T>(deadline: number, value: T | Promise<T>): Promise<T | typeof late> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<typeof late>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, deadline - performance.now()), late);
  });
  try {
    return await Promise.race([value, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
