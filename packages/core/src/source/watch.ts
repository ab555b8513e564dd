/** What a watch is given: how to hear that it is over, and how to say what happens beside the values. */
export interface WatchContext {
  /** Aborts when the watch is closed, or when its generator has ended or thrown. Give it to everything that waits. */
  readonly signal: AbortSignal;
  /** Contact without change: the last answer is still true. Not needed with a value: `yield` says it too. */
  alive(): void;
  /** What is asked of the catalogue, for people; never with credentials. */
  request(text: string): void;
  /** Adds to one of the counters that status and metrics show, such as "skipped" for items that could not be understood. */
  count(name: string, n?: number): void;
  /**
   * Waits until another request may be sent. Only for a generator that asks again *without* having yielded (a long poll that came
   * back unchanged): a `yield` waits by itself. Rejects when the watch is closed.
   */
  pace(): Promise<void>;
}

/**
 * Watches one thing upstream, as an async generator that the supervisor pulls; the pull is the pacing.
 *
 * - `yield value`: the whole current truth. The same value again is contact without change.
 * - `yield undefined`: it definitely does not exist.
 * - `throw`: no answer. The last good value stays, the generator is called again after a pause (`retryAfterMs` of a NamerError is
 *   obeyed). NAMER_REFUSED and NAMER_ANSWER are shown at once where there is no value yet, anything else after `firstAnswerMs`.
 * - `return`: over for now; the generator is called again.
 *
 * What it still yields or throws after `signal` has aborted is ignored.
 */
export type Watch<T> = (context: WatchContext) => AsyncIterable<T | undefined>;
