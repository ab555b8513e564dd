import type { Closable } from "@namerkit/core";

/** Waits for the work, or for the grace to be over. */
export function withinGrace(
  work: Promise<unknown>,
  after: (expired: () => void) => Closable,
  late: () => void,
): Promise<void> {
  return new Promise((resolve) => {
    const timer = after(() => {
      late();
      resolve();
    });
    const done = () => {
      timer.close();
      resolve();
    };
    work.then(done, done);
  });
}
