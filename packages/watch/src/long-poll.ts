import type { WatchContext } from "@namerkit/core";

export interface LongPoll<T> {
  /**
   * Asks once. With nothing known the server has to answer at once; otherwise it holds the request until it has something else than
   * `known`, or its own time is up. `deadlineMs` is for the request: without it, a connection that has silently died is waited on for ever.
   */
  ask(known: T | undefined, deadlineMs: number): Promise<T>;
  /** Whether two answers stand at the same place: the same version, the same index. */
  same(known: T, next: T): boolean;
  /** How long the server holds a request, in ms; 60,000 by default. */
  readonly waitMs?: number | undefined;
  /** How much later than that its answer may come, in ms; 10,000 by default. Some servers look at their clock only every few seconds. */
  readonly marginMs?: number | undefined;
  /** The deadline while nothing is known, in ms; 10,000 by default. */
  readonly firstDeadlineMs?: number | undefined;
  /**
   * True if `next` lies before `known`, as the index of a server that was restarted. It is yielded, and the next request begins with
   * nothing known, because a server that is asked to pass a place it has not reached yet stays silent about what happens till then.
   */
  readonly wentBack?: ((known: T, next: T) => boolean) | undefined;
}

/**
 * The answers of a long poll, each time they have moved. One that has not is contact without change: `alive`, and `pace` before the
 * next, so that a server that does not wait makes no busy loop. A yield is not paced here: the supervisor does that if whoever
 * consumes this yields in turn; whoever does not has to `pace` itself.
 */
export async function* longPoll<T>(
  context: Pick<WatchContext, "alive" | "pace">,
  poll: LongPoll<T>,
): AsyncGenerator<T, never, undefined> {
  const { waitMs = 60_000, marginMs = 10_000, firstDeadlineMs = 10_000 } = poll;
  let known: { readonly value: T } | undefined;
  for (;;) {
    const next = await poll.ask(known?.value, known === undefined ? firstDeadlineMs : waitMs + marginMs);
    if (known !== undefined && poll.same(known.value, next)) {
      context.alive();
      await context.pace();
      continue;
    }
    const back = known !== undefined && poll.wentBack?.(known.value, next) === true;
    known = back ? undefined : { value: next };
    yield next;
  }
}
