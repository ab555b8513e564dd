import type { Clock } from "./clock.js";
import type { Watch, WatchContext } from "./watch.js";

/** One call of a scripted watch. What it is told to do it does in order, each step when it is pulled for. */
export interface ScriptedCall<T> {
  readonly context: WatchContext;
  /** When it was called, by the clock. */
  readonly at: number;
  yield(value: T | undefined): void;
  throw(error: unknown): void;
  end(): void;
}

/** A watch that a test drives from outside, and every call that has been made of it. */
export interface ScriptedWatch<T> {
  readonly watch: Watch<T>;
  readonly calls: readonly ScriptedCall<T>[];
  /** The latest call; throws if there was none. */
  readonly last: ScriptedCall<T>;
}

type Step<T> = () => IteratorResult<T | undefined, undefined>;

/** It ignores its signal on purpose: nothing that it says after its end may be heard. */
export function scriptedWatch<T>(clock: Pick<Clock, "now">): ScriptedWatch<T> {
  const calls: ScriptedCall<T>[] = [];
  async function* watch(context: WatchContext): AsyncGenerator<T | undefined, undefined> {
    const todo: Step<T>[] = [];
    let wake = (): void => {};
    const push = (step: Step<T>): void => {
      todo.push(step);
      wake();
    };
    calls.push({
      context,
      at: clock.now(),
      yield: (value) => push(() => ({ done: false, value })),
      throw: (error) =>
        push(() => {
          throw error;
        }),
      end: () => push(() => ({ done: true, value: undefined })),
    });
    for (;;) {
      while (todo.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const result = todo.shift()?.();
      if (result === undefined || result.done) return undefined;
      yield result.value;
    }
  }
  return {
    watch,
    calls,
    get last(): ScriptedCall<T> {
      const last = calls.at(-1);
      if (last === undefined) throw new Error("the watch has not been called");
      return last;
    },
  };
}
