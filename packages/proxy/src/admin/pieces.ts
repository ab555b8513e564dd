import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Clock } from "@namerkit/core";

/** Whoever takes longer to read an answer is cut off: what it is made of is held until then. */
const readMs = 60_000;

/**
 * Sends the body of an answer as fast as the client takes it. Rejects with what the pieces throw; then the answer is cut, so that it
 * does not look whole.
 */
export async function sendPieces(
  res: ServerResponse,
  pieces: AsyncIterable<string | Uint8Array>,
  clock: Clock,
): Promise<void> {
  const timer = clock.after(readMs, () => res.destroy());
  // The first piece may take a while.
  res.flushHeaders();
  try {
    for await (const piece of pieces) {
      if (!res.destroyed && !res.write(piece)) await drained(res);
      if (res.destroyed) return;
    }
    res.end();
  } catch (thrown) {
    res.destroy();
    throw thrown;
  } finally {
    timer.close();
  }
}

/** Or closed, whichever comes first. */
async function drained(res: ServerResponse): Promise<void> {
  const over = new AbortController();
  const events = ["drain", "close"].map((event) => once(res, event, { signal: over.signal }).catch(() => {}));
  await Promise.race(events);
  over.abort();
}
