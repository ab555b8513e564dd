/** Something that must be let go of. `close` returns at once, may be called any number of times, and never throws. */
export interface Closable extends Disposable {
  close(): void;
}

/** A Closable that runs `release` the first time it is closed. */
export function closable(release: () => void): Closable {
  return new Once(release);
}

class Once implements Closable {
  #release: (() => void) | undefined;
  constructor(release: () => void) {
    this.#release = release;
  }
  close(): void {
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

/** A Closable with nothing to release. */
export const closedAlready: Closable = closable(() => {});

/** One Closable for several, closed in the order given; each is closed even if one before it throws. */
export function closeAll(...all: Closable[]): Closable {
  return closable(() => {
    const thrown: unknown[] = [];
    for (const one of all) {
      try {
        one.close();
      } catch (error) {
        thrown.push(error);
      }
    }
    if (thrown.length === 1) throw thrown[0];
    if (thrown.length > 1) throw new AggregateError(thrown, "several closables threw");
  });
}
