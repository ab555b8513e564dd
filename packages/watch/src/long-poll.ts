import type { WatchContext } from "@namerkit/core";

export interface LongPoll<T> {
  /** Asks once; the server holds the request until the value differs from `known`, or its own time is up. */
  ask(known: T | undefined): Promise<T>;
  same(a: T, b: T): boolean;
}

/**
 * The values of a long poll as they change. An answer that changes nothing is contact (`alive`), and the next request is paced, so
 * that a server which answers at once cannot make a hot loop. The first value is asked for without a known one.
 */
export async function* longPoll<T>(
  context: Pick<WatchContext, "alive" | "pace">,
  poll: LongPoll<T>,
): AsyncGenerator<T> {
  let known = await poll.ask(undefined);
  yield known;
  for (;;) {
    const next = await poll.ask(known);
    if (poll.same(known, next)) {
      context.alive();
      await context.pace();
      continue;
    }
    known = next;
    yield next;
  }
}
